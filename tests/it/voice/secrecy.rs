//! Credentials and numbers stay out of logs, debug output and errors.

use std::fmt::Write as _;

use ringmaster::exotel::answer::WebUrl;
use ringmaster::exotel::voice::CallFilter;
use ringmaster::telephony::{CallSid, PhoneNumber};
use ringmaster::voice::VoiceError;

use super::desk::*;
use crate::support::log::Log;

/// The key, the token, both as they are sent, and what the call's numbers have in their middle.
const HIDDEN: [&str; 6] = [
    KEY,
    TOKEN,
    "a2V5LTQ3MTE6",
    "9812343026",
    "9812316844",
    "2244499102",
];

fn shown(error: VoiceError) -> String {
    let plain = format!("{error}\n{error:?}");
    format!("{plain}\n{:#}", anyhow::Error::from(error))
}

#[tokio::test]
async fn nothing_shows_a_credential_or_a_number() {
    let log = Log::default();
    let guard = log.listen(tracing::Level::TRACE);
    let (call, sid) = (sample_call(), CallSid::parse("c1").unwrap());
    let message = format!("key {KEY} with {TOKEN} may not call +919812316844");
    let mut all = String::new();
    let answers = [
        json_answer(200, SAMPLE_SUCCESS),
        json_answer(403, &failure(403, 19000, &message)),
        html(500),
        html(200),
    ];
    for answer in answers {
        let server = exotel(vec![answer]).await;
        let client = client(&server.uri());
        write!(all, "{client:?}").unwrap();
        for outcome in [
            client.make_call(&call).await,
            client.call_details(&sid).await,
        ] {
            match outcome {
                Ok(details) => write!(all, "{details:?}").unwrap(),
                Err(error) => all.push_str(&shown(error)),
            }
        }
    }
    // The list's address has numbers in it, and errors of the network like to name the address.
    let filter = CallFilter {
        to: PhoneNumber::from_e164("+919812316844").ok(),
        ..CallFilter::default()
    };
    let error = client("http://127.0.0.1:1")
        .calls(&filter)
        .await
        .unwrap_err();
    all.push_str(&shown(error));
    drop(guard);
    let log = log.text();
    assert!(log.contains("asked Exotel"), "{log}");
    assert!(
        all.contains("key … with … may not call +9198xxxxx844"),
        "{all}"
    );
    for hidden in HIDDEN {
        assert!(!log.contains(hidden), "{hidden} in the log:\n{log}");
        assert!(!all.contains(hidden), "{hidden} in:\n{all}");
    }
}

/// As it is written in an address: `s3cret/+ word`.
const WRITTEN: &str = "s3cret%2F%2B+word";

#[tokio::test]
async fn the_key_of_an_address_for_reports_that_exotel_quotes_is_not_told() {
    let url =
        format!("https://connect.example.com/exotel/default/calls?key={WRITTEN}&call=click-1");
    let mut call = sample_call();
    call.status_callback[0].url = WebUrl::parse(&url).unwrap();
    for quoted in [
        format!("status_callback.url {url} is refused"),
        format!("cannot reach connect.example.com with {WRITTEN}"),
        "cannot reach it with s3cret/+ word".to_owned(),
        url.split_once("ret%2F").unwrap().0.to_owned(),
    ] {
        let server = exotel(vec![json_answer(400, &failure(400, 10725, &quoted))]).await;
        let error = client(&server.uri()).make_call(&call).await.unwrap_err();
        let shown = shown(error);
        assert!(shown.contains('…'), "{shown}");
        assert!(!shown.contains("s3c"), "{shown}");
    }
    assert!(!format!("{call:?}").contains("s3cret"), "{call:?}");
}

/// The key and the token as the header has them.
const BASIC: &str = "a2V5LTQ3MTE6dG9rZW4tMDgxNQ==";

#[tokio::test]
async fn credentials_that_exotel_quotes_as_it_got_them_are_not_told() {
    for quoted in [
        format!("headers: Authorization=Basic {BASIC}, host=x"),
        format!("authorization word {BASIC} is not known"),
        "you sent authorization: basic a2V5LTQ3MTE6dG9r".to_owned(),
    ] {
        let server = exotel(vec![json_answer(401, &failure(401, 1010, &quoted))]).await;
        let error = client(&server.uri()).make_call(&sample_call()).await;
        let shown = shown(error.unwrap_err());
        assert!(shown.contains('…'), "{shown}");
        assert!(!shown.contains("a2V5"), "{shown}");
    }
}

#[tokio::test]
async fn a_number_at_the_end_of_what_is_shown_is_no_half_number() {
    let message = format!("{} +919812316844 is engaged", "a".repeat(187));
    let mut body = parsed(&failure(409, 10706, &message));
    body["request_id"] = "call-of-9812316844".into();
    let server = exotel(vec![json_answer(409, &body.to_string())]).await;
    let error = client(&server.uri()).make_call(&sample_call()).await;
    let shown = shown(error.unwrap_err());
    assert!(shown.contains("+9198xxxxx8"), "{shown}");
    assert!(!shown.contains("98123"), "{shown}");
}
