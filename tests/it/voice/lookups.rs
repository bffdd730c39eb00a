//! What is only looked up: asked again when that may help, since it changes nothing.

use ringmaster::exotel::voice::{CallFilter, Reason};
use ringmaster::telephony::CallSid;
use ringmaster::voice::VoiceError;
use serde_json::json;

use super::desk::*;

fn sid(text: &str) -> CallSid {
    CallSid::parse(text).unwrap()
}

#[tokio::test]
async fn a_look_up_survives_two_failures_of_a_gateway() {
    let server = exotel(vec![html(502), html(503), json_answer(200, SAMPLE_SUCCESS)]).await;
    let details = client(&server.uri())
        .call_details(&sid("c1"))
        .await
        .unwrap();
    assert!(details.call.is_some());
    let sent = requests(&server).await;
    assert_eq!(sent.len(), 3);
    assert_eq!(
        (sent[2].method.as_str(), sent[2].url.path()),
        ("GET", "/v3/accounts/Exotel/calls/c1")
    );
    assert!(sent[2].headers.contains_key("authorization"));
}

#[tokio::test]
async fn an_unknown_call_is_not_asked_for_again() {
    let server = exotel(vec![json_answer(404, &failure(404, 10744, "no such call"))]).await;
    let error = client(&server.uri())
        .call_details(&sid("c1"))
        .await
        .unwrap_err();
    let VoiceError::Refused { refusal, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(refusal.reason, Reason::CallNotFound);
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn the_name_of_a_call_stays_one_part_of_the_path() {
    let legs = json!({ "response": { "status": "success", "leg_details": {
        "call_sid": "c1", "from": [{ "contact_uri": "+919812345678", "status": "completed" }], "to": [],
    }}});
    let server = exotel(vec![json_answer(200, &legs.to_string())]).await;
    let legs = client(&server.uri())
        .legs(&sid("a/../b?c#d%2f"))
        .await
        .unwrap();
    assert_eq!(legs.from.len(), 1);
    let sent = requests(&server).await;
    assert_eq!(
        sent[0].url.path(),
        "/v3/accounts/Exotel/calls/a%2F..%2Fb%3Fc%23d%252f/legs"
    );
    assert_eq!(sent[0].url.query(), None);
}

#[tokio::test]
async fn the_list_is_read_page_by_page_from_our_host_alone() {
    let page = |sids: &[&str], next: Option<&str>| {
        let calls: Vec<_> = sids
            .iter()
            .map(|sid| json!({ "Sid": sid, "Status": "completed" }))
            .collect();
        let body = json!({ "Metadata": { "Total": 3, "NextPageUri": next }, "Calls": calls });
        json_answer(200, &body.to_string())
    };
    let next = "https://elsewhere.example.com/v1/Accounts/Other/Calls.json?PageSize=2&After=x%3D1";
    let server = exotel(vec![page(&["c1", "c2"], Some(next)), page(&["c3"], None)]).await;
    let client = client(&server.uri());
    let filter = CallFilter {
        calls: vec![sid("c1"), sid("c2")],
        ..CallFilter::default()
    };
    let first = client.calls(&filter).await.unwrap();
    assert_eq!((first.calls.len(), first.total), (2, Some(3)));
    let second = client.next_calls(&first.next.unwrap()).await.unwrap();
    assert_eq!((second.calls.len(), second.next), (1, None));
    let sent = requests(&server).await;
    let asked: Vec<_> = sent
        .iter()
        .map(|request| (request.url.path(), request.url.query().unwrap()))
        .collect();
    assert_eq!(
        asked,
        [
            ("/v1/Accounts/Exotel/Calls.json", "Sid=c1%2Cc2&PageSize=100"),
            ("/v1/Accounts/Exotel/Calls.json", "PageSize=2&After=x%3D1"),
        ]
    );
}

#[tokio::test]
async fn no_name_of_a_call_leads_to_another_place_at_exotel() {
    let server = exotel(vec![json_answer(200, SAMPLE_SUCCESS)]).await;
    let client = client(&server.uri());
    for name in [".", ".."] {
        let call = CallSid::parse(name).unwrap();
        for error in [
            client.call_details(&call).await.unwrap_err(),
            client.legs(&call).await.unwrap_err(),
        ] {
            assert_eq!(error.code(), "unwritable", "{name}");
        }
    }
    assert!(requests(&server).await.is_empty());
    let names = [
        "../../other/calls",
        "%2e%2e",
        ".%2E",
        "%2e",
        "a/b",
        "a\\..\\b",
        "a?b#c",
        "...",
        "{weird}:sid\"",
        ";x=../y",
    ];
    for name in names {
        let call = CallSid::parse(name).unwrap();
        client.call_details(&call).await.unwrap();
        let sent = requests(&server).await.pop().unwrap();
        let parts: Vec<_> = sent.url.path_segments().unwrap().collect();
        assert_eq!(parts[..4], ["v3", "accounts", "Exotel", "calls"], "{name}");
        assert_eq!((parts.len(), sent.url.query()), (5, None), "{name}");
        let form = format!("name={}", parts[4].replace('+', "%2B"));
        let read: Vec<(String, String)> = serde_urlencoded::from_str(&form).unwrap();
        assert_eq!(read[0].1, name);
    }
}
