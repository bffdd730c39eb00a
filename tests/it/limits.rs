//! Whatever comes in, what goes out is a valid answer or a plain 4xx.

use std::io::{Read, Write};
use std::net::TcpStream;

use rstest::rstest;

use crate::support::server::{TestServer, shown};

#[rstest]
#[case::no_key("/exotel/default/connect?CallSid=one")]
#[case::empty_key("/exotel/default/connect?key=&CallSid=one")]
#[case::wrong_key("/exotel/default/connect?key=kez&CallSid=one")]
#[case::key_of_another_account("/exotel/default/connect?key=elsewhere&CallSid=one")]
#[case::unknown_account("/exotel/nobody/connect?key=key&CallSid=one")]
#[case::impossible_account("/exotel/No%20One/connect?key=key&CallSid=one")]
#[case::wrong_key_for_events("/exotel/default/events?key=kez")]
#[tokio::test]
async fn without_the_right_key_there_is_an_empty_403(#[case] path: &str) {
    let server = TestServer::start().await;
    let response = server.client.get(server.url(path)).send().await.unwrap();
    assert_eq!(shown(response).await, "403");
}

#[tokio::test]
async fn a_key_in_the_body_does_not_count() {
    let server = TestServer::start().await;
    let url = server.url("/exotel/default/connect");
    let response = server
        .client
        .post(url)
        .json(&serde_json::json!({ "key": "key" }))
        .send()
        .await
        .unwrap();
    assert_eq!(shown(response).await, "403");
}

#[tokio::test]
async fn too_much_is_refused_plainly() {
    let server = TestServer::start().await;
    let many = "a=1&".repeat(1_001);
    assert_eq!(shown(server.connect(&many).await).await, "400");
    let long = format!("a={}", "x".repeat(33 * 1024));
    assert_eq!(shown(server.connect(&long).await).await, "414");
    let url = server.url("/exotel/default/connect?key=key&CallSid=one");
    let body = "x".repeat(256 * 1024 + 1);
    let response = server.client.post(&url).body(body).send().await.unwrap();
    assert_eq!(shown(response).await, "413");
}

#[tokio::test]
async fn an_event_with_the_right_key_is_taken_whatever_else_it_says() {
    let server = TestServer::start().await;
    let many = "a=1&".repeat(1_001);
    let long = format!("a={}&", "x".repeat(33 * 1024));
    for query in [&many, &long, "CallSid=%ff&", "[[[&&=&"] {
        let url = server.url(&format!("/exotel/default/events?{query}key=key"));
        let response = server.client.get(&url).send().await.unwrap();
        assert_eq!(response.status(), 200, "{query:.20}");
        let wrong = server.client.get(url.replace("key=key", "key=kez"));
        assert_eq!(wrong.send().await.unwrap().status(), 403, "{query:.20}");
    }
    let url = server.url("/exotel/default/events?key=key");
    let body = "x".repeat(256 * 1024 + 1);
    for body in [body.as_str(), "{ not json"] {
        let request = server.client.post(&url).body(body.to_owned());
        let request = request.header("content-type", "application/json");
        assert_eq!(request.send().await.unwrap().status(), 200, "{body:.20}");
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_read_leaves_the_query_to_answer() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    let url = server.url("/exotel/default/connect?key=key&CallSid=one&To=01135124157");
    let broken = ["{ not json", "[1, 2]", &"a=1&".repeat(2_000)];
    for (body, content_type) in
        broken
            .into_iter()
            .zip(["application/json", "application/json", "text/plain"])
    {
        let request = server
            .client
            .post(&url)
            .header("content-type", content_type)
            .body(body.to_owned());
        let answer = shown(request.send().await.unwrap()).await;
        assert!(answer.contains("+919812345678"), "{body:.20}: {answer}");
    }
    let request = server
        .client
        .post(&url)
        .header("content-type", "multipart/form-data; boundary=x");
    let answer = shown(request.body("--y no boundary").send().await.unwrap()).await;
    assert!(answer.contains("+919812345678"), "{answer}");
}

#[rstest]
#[case::ten_thousand_parameters(&"a=1&".repeat(10_000))]
#[case::a_megabyte(&"x".repeat(1024 * 1024))]
#[case::invalid_utf8("CallSid=%ff%fe&From=%c3%28&To=%00")]
#[case::broken_escapes("CallSid=%&From=%zz&%=%")]
#[case::numbers_that_are_none("CallSid=one&From=anonymous&To=%2B%2B%2B&digits=%22%22%22")]
#[case::one_name_in_two_spellings("CallSid=one&callsid=two&CALLSID=null")]
#[case::a_call_that_is_none("CallSid=a%20b%0a")]
#[case::deep_names("Legs[0][Insights][[[[[=1&Legs[99999999999999999999][Number]=1&Legs[-1]=x")]
#[tokio::test]
async fn odd_input_gets_an_answer_or_a_plain_4xx(#[case] query: &str) {
    let server = TestServer::start().await;
    let status = raw_get(&server, query.as_bytes()).await;
    assert!(status == 200 || (400..500).contains(&status), "{status}");
    assert!(
        shown(server.connect("CallSid=next").await)
            .await
            .starts_with("200"),
        "still alive"
    );
}

#[tokio::test]
async fn raw_bytes_in_the_request_line_are_no_catastrophe() {
    let server = TestServer::start().await;
    let status = raw_get(&server, b"CallSid=\xff\xfe\x80").await;
    assert!(status == 200 || (400..500).contains(&status), "{status}");
}

/// Sends bytes that no HTTP client would, and gives the status of the answer.
async fn raw_get(server: &TestServer, query: &[u8]) -> u16 {
    let address = server.address();
    let mut request = b"GET /exotel/default/connect?key=key&".to_vec();
    request.extend_from_slice(query);
    request.extend_from_slice(b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let exchange = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        // The server may answer, and stop reading, before it has seen everything.
        let _refused_early = stream.write_all(&request);
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer);
        let status = String::from_utf8_lossy(&answer)
            .split(' ')
            .nth(1)
            .unwrap_or("0")
            .parse();
        status.unwrap_or(0)
    };
    tokio::task::spawn_blocking(exchange).await.unwrap()
}
