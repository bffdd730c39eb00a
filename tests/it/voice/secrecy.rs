//! Credentials and numbers stay out of logs, debug output and errors.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex};

use ringmaster::exotel::answer::WebUrl;
use ringmaster::exotel::voice::CallFilter;
use ringmaster::telephony::{CallSid, PhoneNumber};
use ringmaster::voice::VoiceError;
use tracing_subscriber::fmt::MakeWriter;

use super::desk::*;

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

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
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone());
    let guard = tracing::subscriber::set_default(subscriber.finish());
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
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
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
