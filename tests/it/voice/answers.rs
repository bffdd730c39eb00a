//! What each answer to a call that was to be made is taken for.

use std::time::Duration;

use ringmaster::exotel::voice::{CallState, Reason};
use ringmaster::voice::{Placed, VoiceError};
use rstest::rstest;
use wiremock::ResponseTemplate;

use super::desk::*;

#[tokio::test]
async fn the_sample_request_goes_out_and_the_sample_success_comes_back() {
    let server = exotel(vec![json_answer(200, SAMPLE_SUCCESS)]).await;
    let details = client(&server.uri())
        .make_call(&sample_call())
        .await
        .unwrap();
    assert_eq!(
        details.call.unwrap().as_str(),
        "5e9ec1f6e4af55fe9c6d5e2ba00e16bn"
    );
    assert_eq!(details.state, Some(CallState::Active));
    let sent = requests(&server).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].method.as_str(), sent[0].url.path()),
        ("POST", "/v3/accounts/Exotel/calls")
    );
    assert_eq!(
        sent[0].headers["authorization"],
        "Basic a2V5LTQ3MTE6dG9rZW4tMDgxNQ=="
    );
    assert_eq!(sent[0].headers["content-type"], "application/json");
    let sample = include_str!("../../data/make-call-request.json")
        .replace("xxxxx43026", "+919812343026")
        .replace("xxxxx16844", "+919812316844")
        .replace("+91xxxx499102", "+912244499102");
    assert_eq!(
        parsed(std::str::from_utf8(&sent[0].body).unwrap()),
        parsed(&sample)
    );
}

#[rstest]
#[case(401, 1010, Reason::AuthenticationFailed, Placed::No)]
#[case(409, 1012, Reason::DeviceOff, Placed::No)]
#[case(500, 1100, Reason::InternalError, Placed::Unknown)]
#[case(409, 10705, Reason::DeviceUnverified, Placed::No)]
#[case(409, 10706, Reason::DeviceBusy, Placed::No)]
#[case(404, 10716, Reason::VirtualNumberNotFound, Placed::No)]
#[case(403, 10717, Reason::DoNotDisturb, Placed::No)]
#[case(429, 10724, Reason::TooManyRequests, Placed::No)]
#[case(400, 10725, Reason::InvalidBody, Placed::No)]
#[case(404, 10731, Reason::UserNotFound, Placed::No)]
#[case(404, 10744, Reason::CallNotFound, Placed::No)]
#[case(418, 12345, Reason::Unknown, Placed::No)]
#[case(503, 12345, Reason::Unknown, Placed::Unknown)]
#[tokio::test]
async fn every_refusal_has_its_own_name_and_is_not_asked_for_twice(
    #[case] status: u16,
    #[case] code: i64,
    #[case] reason: Reason,
    #[case] placed: Placed,
) {
    // With the status of HTTP, and as a 200 whose body says no.
    for http_status in [status, 200] {
        let server = exotel(vec![json_answer(
            http_status,
            &failure(status, code, "why"),
        )])
        .await;
        let error = client(&server.uri())
            .make_call(&sample_call())
            .await
            .unwrap_err();
        assert_eq!(error.placed(), placed);
        assert_eq!(error.code(), reason.code());
        let VoiceError::Refused { refusal, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(
            (refusal.reason, refusal.status, refusal.code),
            (reason, status, Some(code))
        );
        assert_eq!(refusal.message.as_deref(), Some("why: d"));
        assert_eq!(requests(&server).await.len(), 1);
    }
}

#[tokio::test]
async fn the_sample_failure_says_what_is_wrong() {
    let server = exotel(vec![json_answer(400, SAMPLE_FAILURE)]).await;
    let error = client(&server.uri())
        .make_call(&sample_call())
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"Exotel could not use the request (status 400, code 10725, request d1ee94394086491b88ac3439508975cf): Invalid request body,failed parsing: to to.contact_uri is invalid");
}

#[tokio::test]
async fn too_many_requests_are_sent_again_when_exotel_says_soon() {
    let busy =
        json_answer(429, &failure(429, 10724, "slow down")).insert_header("Retry-After", "1");
    let server = exotel(vec![busy, json_answer(200, SAMPLE_SUCCESS)]).await;
    let details = client(&server.uri())
        .make_call(&sample_call())
        .await
        .unwrap();
    assert!(details.call.is_some());
    assert_eq!(requests(&server).await.len(), 2);
}

#[tokio::test]
async fn too_many_requests_for_a_minute_are_told_at_once() {
    let busy = ResponseTemplate::new(429).insert_header("Retry-After", "60");
    let server = exotel(vec![busy]).await;
    let error = client(&server.uri())
        .make_call(&sample_call())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "too_many_requests");
    assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
    assert_eq!((error.placed(), error.is_transient()), (Placed::No, true));
    assert_eq!(requests(&server).await.len(), 1);
}

#[rstest]
#[case(200, "unreadable", Placed::Unknown)]
#[case(404, "unreadable", Placed::No)]
#[case(502, "unreadable", Placed::Unknown)]
#[case(401, "authentication_failed", Placed::No)]
#[tokio::test]
async fn html_is_no_answer_of_exotels(
    #[case] status: u16,
    #[case] code: &str,
    #[case] placed: Placed,
) {
    let server = exotel(vec![html(status)]).await;
    let error = client(&server.uri())
        .make_call(&sample_call())
        .await
        .unwrap_err();
    assert_eq!((error.code(), error.placed()), (code, placed));
    assert_eq!(requests(&server).await.len(), 1);
}

/// `failure` alone under the status of a server that failed, or of a redirect, is no word that nothing was done.
#[rstest]
#[case(503, 200, Placed::Unknown)]
#[case(503, 418, Placed::Unknown)]
#[case(302, 200, Placed::Unknown)]
#[case(200, 302, Placed::Unknown)]
#[case(408, 200, Placed::Unknown)]
#[case(200, 200, Placed::No)]
#[case(404, 200, Placed::No)]
#[tokio::test]
async fn a_failure_without_a_name_is_no_promise_where_http_says_that_the_server_failed(
    #[case] http: u16,
    #[case] own: u16,
    #[case] placed: Placed,
) {
    let body = format!(r#"{{"response":{{"code":{own},"status":"failure","call_details":null}}}}"#);
    let server = exotel(vec![json_answer(http, &body)]).await;
    let error = client(&server.uri())
        .make_call(&sample_call())
        .await
        .unwrap_err();
    assert_eq!((error.code(), error.placed()), ("refused", placed));
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_success_without_a_call_is_no_success() {
    let body =
        r#"{"http_code":200,"response":{"code":200,"status":"success","call_details":null}}"#;
    let server = exotel(vec![json_answer(200, body)]).await;
    let error = client(&server.uri())
        .make_call(&sample_call())
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.placed()),
        ("unreadable", Placed::Unknown)
    );
}

#[tokio::test]
async fn an_answer_without_an_end_is_given_up() {
    let server = exotel(vec![json_answer(200, &" ".repeat(5 * 1024 * 1024))]).await;
    let error = client(&server.uri())
        .make_call(&sample_call())
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.placed()),
        ("too_long", Placed::Unknown)
    );
}
