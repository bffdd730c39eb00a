//! Bytes that no well-meaning client sends, on sockets of the test's own: a valid answer or a plain 4xx, and the
//! server goes on answering.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::support::server::{TestServer, shown};

const PATH: &str = "/exotel/default/connect?key=key";

/// What came back: the status and the body.
#[derive(Debug)]
struct Reply {
    status: u16,
    body: String,
}

/// Sends these bytes on a connection of their own and reads until the server closes it.
///
/// The server may answer and close before it has read everything; what has come by then is the reply.
fn exchange(address: SocketAddr, bytes: &[u8]) -> Option<Reply> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let _refused_early = stream.write_all(bytes);
    let _gone_already = stream.shutdown(Shutdown::Write);
    let mut reply = Vec::new();
    let _reset = stream.read_to_end(&mut reply);
    let text = String::from_utf8_lossy(&reply);
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some(Reply {
        status: head.split(' ').nth(1)?.parse().ok()?,
        body: body.to_owned(),
    })
}

fn is_answer_or_plain_refusal(reply: &Reply) -> bool {
    match reply.status {
        200 => serde_json::from_str::<serde_json::Value>(&reply.body)
            .is_ok_and(|answer| answer["destination"].is_array()),
        status => (400..500).contains(&status) && reply.body.is_empty(),
    }
}

fn get(query: &[u8]) -> Vec<u8> {
    let head = format!("GET {PATH}&").into_bytes();
    let rest = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    [&head, query, rest].concat()
}

fn post(content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Asks on a thread that may wait, while the server runs on this one.
async fn asked(server: &TestServer, bytes: Vec<u8>) -> Option<Reply> {
    let address = server.address();
    let exchange = tokio::task::spawn_blocking(move || exchange(address, &bytes));
    exchange.await.unwrap()
}

async fn still_answers(server: &TestServer) {
    let next = shown(server.connect("CallSid=next&To=01135124157").await).await;
    assert!(next.starts_with("200 application/json"), "{next}");
}

const FORM: &str = "application/x-www-form-urlencoded";

#[rstest]
#[case::nothing(b"")]
#[case::no_call_sid(b"From=08516043026&To=01135124157")]
#[case::unparsable_numbers(b"CallSid=one&From=%2B%2B1&To=911&DialWhomNumber=sip:&CallFrom=0")]
#[case::invalid_utf8(b"CallSid=%ff%fe&From=%c3%28&To=%e2%28%a1")]
#[case::nul_bytes(b"CallSid=one%00two&%00=%00&To=%00&digits=%22%00%22")]
#[case::repeated_names(b"CallSid=one&CallSid=two&To=1&To=01135124157&To=null")]
#[case::both_spellings(b"callsid=one&CallSid=one&from=1&From=2&CallFrom=3&to=4&To=5&CallTo=6")]
#[case::all_separators(b"&&&&====&=&;;;;?????####")]
#[case::broken_escapes(b"CallSid=%&From=%zz&%=%&%f=%u0041")]
#[case::ten_thousand_parameters(&b"a=1&".repeat(10_000))]
#[case::ten_thousand_legs(&b"Legs[9999][Number]=1&".repeat(10_000))]
#[case::a_megabyte(&b"x".repeat(1024 * 1024))]
#[case::a_megabyte_of_one_value(&[b"CallSid=", b"%41".repeat(350_000).as_slice()].concat())]
#[tokio::test]
async fn the_same_oddity_in_the_query_in_a_form_and_in_json(#[case] text: &[u8]) {
    let server = TestServer::start().await;
    let json = json!({ "CallSid": String::from_utf8_lossy(text) }).to_string();
    for request in [
        get(text),
        post(FORM, text),
        post("application/json", json.as_bytes()),
    ] {
        let reply = asked(&server, request).await.unwrap();
        assert!(is_answer_or_plain_refusal(&reply), "{reply:?}");
    }
    still_answers(&server).await;
}

#[rstest]
#[case::form_as_json("application/json", b"CallSid=one&To=01135124157")]
#[case::json_as_form(FORM, b"{\"CallSid\": \"one\"}")]
#[case::json_as_multipart("multipart/form-data; boundary=x", b"{\"CallSid\": \"one\"}")]
#[case::multipart_without_boundary("multipart/form-data", b"--x\r\n\r\n--x--")]
#[case::multipart_that_ends("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form")]
#[case::multipart_with_broken_heads(
    "multipart/form-data; boundary=x",
    b"--x\r\n:::\r\n\r\none\r\n--x--\r\n"
)]
#[case::bytes_as_json("application/json", b"\xff\xfe\x00\x01")]
#[case::json_too_deep("application/json", &[b"{\"a\":".repeat(50_000).as_slice(), b"1"].concat())]
#[case::json_with_surrogates("application/json", b"{\"CallSid\": \"\\ud800\"}")]
#[case::json_numbers(
    "application/json",
    b"{\"CallSid\": 1e999, \"To\": -0.0, \"From\": [null, {}]}"
)]
#[case::unknown_type("application/x-\x7f; charset=\"", b"CallSid=one")]
#[case::a_megabyte_and_more(FORM, &b"x".repeat(1024 * 1024 + 1))]
#[case::ten_megabytes("application/json", &b" ".repeat(10 * 1024 * 1024))]
#[tokio::test]
async fn a_body_that_is_not_what_it_says(#[case] content_type: &str, #[case] body: &[u8]) {
    let server = TestServer::start().await;
    let reply = asked(&server, post(content_type, body)).await.unwrap();
    assert!(is_answer_or_plain_refusal(&reply), "{reply:?}");
    still_answers(&server).await;
}

#[rstest]
#[case::half_a_request_line(b"GET /exotel/default/conn")]
#[case::half_a_head(b"GET /exotel/default/connect?key=key HTTP/1.1\r\nHos")]
#[case::half_a_body(
    b"POST /exotel/default/connect?key=key HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nCall"
)]
#[case::two_lengths(b"POST /exotel/default/connect?key=key HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")]
#[case::impossible_length(
    b"POST /exotel/default/connect?key=key HTTP/1.1\r\nContent-Length: -1\r\n\r\n"
)]
#[case::bad_chunks(b"POST /exotel/default/connect?key=key HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
#[case::no_http(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")]
#[case::nul_in_the_line(b"GET /exotel/default/connect?key=key&a=\0 HTTP/1.1\r\nHost: x\r\n\r\n")]
#[case::no_path(b"GET  HTTP/1.1\r\n\r\n")]
#[case::blank_lines(b"\r\n\r\n\r\n\r\n")]
#[tokio::test]
async fn what_is_no_whole_request(#[case] bytes: &[u8]) {
    let server = TestServer::start().await;
    // There may be nothing to answer, and then the connection is only closed.
    if let Some(reply) = asked(&server, bytes.to_vec()).await {
        assert!(is_answer_or_plain_refusal(&reply), "{reply:?}");
    }
    still_answers(&server).await;
}

#[tokio::test]
async fn who_stops_in_the_middle_of_a_line_keeps_nobody_else_waiting() {
    let server = TestServer::start().await;
    let stalled: Vec<_> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address()).unwrap();
            stream.write_all(b"GET /exotel/default/conn").unwrap();
            stream
        })
        .collect();
    still_answers(&server).await;
    drop(stalled);
    still_answers(&server).await;
}

#[tokio::test]
async fn a_wrong_key_is_refused_whatever_else_there_is() {
    let server = TestServer::start().await;
    for method in ["GET", "POST"] {
        for path in ["/ccm-programmable-connect", "/exotel/default/connect"] {
            for key in [
                "",
                "?key=",
                "?key=kez",
                "?key=key%00",
                "?KEY=nokey",
                "?key=%ff",
            ] {
                let request = format!(
                    "{method} {path}{key} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                );
                let reply = asked(&server, request.into_bytes()).await.unwrap();
                assert_eq!(
                    (reply.status, reply.body.as_str()),
                    (403, ""),
                    "{method} {path}{key}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_bad_list_of_agents_names_every_bad_field_of_every_agent() {
    let server = TestServer::start().await;
    let list = json!([
        { "id": "a b", "name": "", "destinations": ["12"] },
        { "id": "good", "name": "Good", "destinations": ["sip:good"] },
        { "name": 7, "destinations": "sip:x", "groups": [""], "skills": [], "colour": "red" },
        "nobody",
    ]);
    let response = server.admin(Method::PUT, "/agents", Some(list)).await;
    assert_eq!(response.status(), 400);
    let problem: serde_json::Value = response.json().await.unwrap();
    let fields: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    let bad = [
        "[0].id",
        "[0].name",
        "[0].destinations[0]",
        "[2].id",
        "[2].name",
        "[2].destinations",
        "[2].groups[0]",
        "[2].skills",
        "[2].colour",
        "[3]",
    ];
    assert_eq!(fields, bad);
    let good = server.admin(Method::GET, "/agents/good", None).await;
    assert_eq!(good.status(), 404, "nothing is stored");
}

/// Any bytes but those that would end the request line.
fn query() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    let names = prop::sample::select(vec![
        "CallSid",
        "From",
        "To",
        "digits",
        "Legs[0][Number]",
        "Created",
        "key",
    ]);
    let pair = (names, bytes.clone());
    let pairs = prop::collection::vec(pair, 0..6).prop_map(|pairs| {
        let text = |(name, value): (&str, Vec<u8>)| [name.as_bytes(), b"=", &value, b"&"].concat();
        pairs.into_iter().flat_map(text).collect()
    });
    prop_oneof![bytes, pairs].prop_map(|mut bytes: Vec<u8>| {
        bytes.retain(|byte| !b" \r\n".contains(byte));
        bytes
    })
}

#[tokio::test]
async fn any_bytes_at_all_in_query_and_body() {
    let server = TestServer::start().await;
    let address = server.address();
    let sweep = tokio::task::spawn_blocking(move || {
        let config = Config {
            failure_persistence: None,
            ..Config::with_cases(300)
        };
        let types = prop::sample::select(vec![
            FORM,
            "application/json",
            "multipart/form-data; boundary=x",
            "?",
        ]);
        TestRunner::new(config).run(&(query(), types), |(bytes, content_type)| {
            for request in [get(&bytes), post(content_type, &bytes)] {
                let reply = exchange(address, &request);
                let reply = reply.ok_or_else(|| TestCaseError::fail("no reply"))?;
                prop_assert!(is_answer_or_plain_refusal(&reply), "{:?}", reply);
            }
            Ok(())
        })
    });
    sweep.await.unwrap().unwrap();
    still_answers(&server).await;
}
