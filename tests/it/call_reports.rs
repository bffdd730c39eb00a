//! What Exotel reports about a call, in every form of a request: it is taken at once and understood alike.

use std::time::{Duration, Instant};

use reqwest::multipart::Form;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::support::process::ServerProcess;
use crate::support::server::RULES;

/// The log as JSON, with everything that there is to say about reports.
const SETTINGS: &str = "log = { format = 'json', filter = 'warn,ringmaster::cli=info,ringmaster::server=debug' }\n\
    accounts.default.keys = ['hush']\n";

/// The record of a Passthru applet: one phone rang out, the next was answered.
const RECORD: [(&str, &str); 8] = [
    ("CallSid", "one"),
    ("DialCallStatus", "completed"),
    ("CallType", "completed"),
    ("DialWhomNumber", "sip:Desk1@exotel.in"),
    ("Legs[0][Number]", "09812345678"),
    ("Legs[0][CauseCode]", "RING_TIMEOUT"),
    ("Legs[1][Number]", "sip:desk1"),
    ("Legs[1][OnCallDuration]", "41"),
];

fn serve() -> (ServerProcess, String) {
    let server = ServerProcess::serve(SETTINGS, RULES);
    let url = server.url("/exotel/default/events?key=hush");
    (server, url)
}

async fn taken(request: RequestBuilder) {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.unwrap(), "");
}

/// The lines about reports, once there are as many, without time and place.
fn reported(server: &ServerProcess, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let log = server.log();
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let mut reports: Vec<Value> = lines
            .filter(|line: &Value| line["message"] == "reported")
            .collect();
        if reports.len() >= count {
            assert!(!log.contains("hush"), "{log}");
            assert!(!log.contains("9812345678"), "{log}");
            for report in &mut reports {
                let fields = report.as_object_mut().unwrap();
                fields.retain(|name, _| {
                    !["timestamp", "target", "message", "account"].contains(&name.as_str())
                });
            }
            return reports;
        }
        assert!(Instant::now() < deadline, "{log}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn a_passthru_record_is_understood_alike_in_every_form() {
    let (server, url) = serve();
    let client = Client::new();
    taken(client.get(&url).query(&RECORD)).await;
    taken(client.post(&url).form(&RECORD)).await;
    let multipart = RECORD
        .into_iter()
        .fold(Form::new(), |form, (name, value)| form.text(name, value));
    taken(client.post(&url).multipart(multipart)).await;
    let document = json!({ "CallSid": "one", "DialCallStatus": "completed", "DialWhomNumber": "sip:desk1", "Legs": [
        { "Number": "09812345678", "Cause": 1003 }, { "Number": "sip:desk1", "OnCallDuration": 41 }] });
    taken(client.post(&url).json(&document)).await;
    taken(client.post(&url).query(&RECORD[..4]).form(&RECORD[4..])).await;
    let expected = json!({ "level": "INFO", "call": "one", "news": "end", "who": "sip:desk1", "outcome": "answered",
        "legs": "+9198xxxxx678 no_answer, sip:desk1 answered 41s" });
    assert_eq!(reported(&server, 5), vec![expected; 5]);
}

#[tokio::test]
async fn each_event_of_a_call_is_a_line_of_the_log() {
    let (server, url) = serve();
    let client = Client::new();
    let who = "CallSid=one&DialWhomNumber=+919812345678&Status=busy";
    for query in [
        &format!("{who}&EventType=Dial"),
        &format!("{who}&EventType=Ringing"),
        &format!("{who}&EventType=Answered&RingDuration=7"),
        &format!("{who}&EventType=Terminal&RingDuration=7"),
        "CallSid=one&DialCallStatus=canceled&CallType=client-hangup",
        "CallSid=one&CallType=call-attempt&DialCallDuration=0",
        "CallSid=one&EventType=Whispered",
        "nothing=at+all",
    ] {
        taken(client.get(format!("{url}&{query}"))).await;
    }
    let lines: Vec<_> = reported(&server, 8)
        .iter()
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"call":"one","level":"INFO","news":"dial","who":"+9198xxxxx678"}
    {"call":"one","level":"INFO","news":"ringing","who":"+9198xxxxx678"}
    {"call":"one","level":"INFO","news":"answered","rang_s":7,"who":"+9198xxxxx678"}
    {"call":"one","level":"INFO","news":"terminal","outcome":"unknown","rang_s":7,"who":"+9198xxxxx678"}
    {"call":"one","level":"INFO","news":"end","outcome":"cancelled"}
    {"call":"one","level":"DEBUG","news":"nothing","reason":"a call-attempt precedes the dial"}
    {"call":"one","event":"Whispered","level":"DEBUG","news":"nothing","reason":"its EventType is not known"}
    {"level":"DEBUG","news":"nothing","reason":"it says nothing of a dial"}
    "#);
}
