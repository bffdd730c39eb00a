//! What is written to a server, and what is read of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::*;
use crate::clock::ManualClock;
use crate::presence::{AgentState, Status};
use crate::telephony::ContactUri;

fn remote(dialect: Dialect) -> Remote {
    Remote {
        client: client().unwrap(),
        origin: origin("http://127.0.0.1:8080").unwrap(),
        target: Target {
            server: "http://127.0.0.1:8080".to_owned(),
            account: AccountName::default(),
            key: "a key".into(),
            token: "token".into(),
            dialect,
        },
        start: Timestamp::from_millis(0),
        began: Instant::now(),
        shown: Timestamp::from_millis(60_000),
    }
}

#[test]
fn a_fetch_has_the_key_and_what_exotel_writes_as_it_writes_it() {
    for (dialect, version) in [(Dialect::Ccm, "1.1"), (Dialect::Generic, "1.0")] {
        let request = remote(dialect).exotel("connect", "From=+91981&Legs%5B0%5D=x");
        let request = request.build().unwrap();
        assert_eq!(
            request.url().as_str(),
            "http://127.0.0.1:8080/exotel/default/connect?key=a+key&From=+91981&Legs%5B0%5D=x"
        );
        assert_eq!(request.headers()["exotel-version"], version);
        assert_eq!(request.timeout(), Some(&EXOTEL_WAITS));
    }
}

#[test]
fn events_go_where_the_answer_wanted_them_but_to_this_server() {
    let remote = remote(Dialect::Ccm);
    let url = remote.named("https://connect.example.com/exotel/default/events?key=second");
    let request = remote.as_exotel(url.unwrap(), "CallSid=1").build().unwrap();
    assert_eq!(
        request.url().as_str(),
        "http://127.0.0.1:8080/exotel/default/events?key=second&CallSid=1"
    );
}

#[test]
fn what_is_no_address_is_told() {
    for text in ["127.0.0.1:8080", "ftp://x", "http://", ""] {
        let told = origin(text).unwrap_err().to_string();
        assert!(told.contains("http://127.0.0.1:8080"), "{told}");
    }
}

#[test]
fn an_address_that_says_more_than_where_is_refused_by_name_and_not_shown() {
    for (text, what) in [
        ("http://hush:hush@127.0.0.1:8080", "a user or a password"),
        ("http://hush@127.0.0.1:8080/", "a user or a password"),
        ("http://127.0.0.1:8080/hush", "a path"),
        ("http://127.0.0.1:8080/?key=hush", "a query"),
        ("http://127.0.0.1:8080#hush", "a fragment"),
        ("http://hush@:x", "is no address"),
        ("hush://127.0.0.1", "is no address of HTTP"),
    ] {
        let told = origin(text).unwrap_err().to_string();
        assert!(told.contains(what), "{text}: {told}");
        assert!(!told.contains("hush"), "{told}");
    }
    for text in ["http://127.0.0.1:8080", "http://127.0.0.1:8080/"] {
        assert_eq!(shown_address(text).unwrap(), "http://127.0.0.1:8080");
    }
}

#[test]
fn the_clock_of_the_wall_stands_in_requests() {
    let service = RemoteService(Arc::new(remote(Dialect::Ccm)), None);
    let shown = service.shown(Timestamp::from_millis(5_000));
    assert_eq!(shown, Timestamp::from_millis(65_000));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_by_what_was_tried_without_the_key() {
    // Nobody listens on a port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let target = Target {
        server,
        key: "a-secret".into(),
        ..remote(Dialect::Ccm).target
    };
    let clock = ManualClock::new(Timestamp::from_millis(0));
    let connected = RemoteService::connect(target, Timestamp::from_millis(0), &clock).await;
    let told = connected.unwrap_err().to_string();
    assert!(
        told.starts_with("trying the key: the server does not answer: "),
        "{told}"
    );
    assert!(!told.contains("a-secret"), "{told}");
}

#[test]
fn an_agent_is_put_as_the_api_takes_one() {
    let profile = AgentProfile {
        id: AgentId::parse("desk-1").unwrap(),
        name: "desk-1".to_owned(),
        destinations: vec![ContactUri::from_canonical("sip:desk-1").unwrap()],
        groups: BTreeSet::from(["desk".to_owned()]),
        skills: BTreeMap::from([("hindi".to_owned(), 4)]),
        position: Some(2),
        weight: 1,
    };
    let document = document::agent(&profile);
    assert_eq!(
        document,
        json!({ "id": "desk-1", "name": "desk-1", "destinations": ["sip:desk-1"], "groups": ["desk"],
            "skills": { "hindi": 4 }, "position": 2, "weight": 1 })
    );
    let unplaced = AgentProfile {
        position: None,
        ..profile
    };
    assert!(document::agent(&unplaced).get("position").is_none());
}

#[test]
fn a_break_has_its_reason_and_its_time() {
    let on_break = |reason: Option<&str>, lasting| Presence::OnBreak {
        reason: reason.map(str::to_owned),
        lasting,
    };
    let timed = on_break(Some("lunch"), Some(Duration::from_millis(90_500)));
    assert_eq!(
        document::presence(&timed),
        json!({ "status": "on_break", "reason": "lunch", "for": "1m30s" })
    );
    let open = document::presence(&on_break(None, None));
    assert_eq!(open, json!({ "status": "on_break" }));
}

#[test]
fn an_agent_is_read_as_the_api_shows_one() {
    let shown = json!({ "id": "a", "status": "on_break", "state": "wrap_up", "remaining": "1m5s" });
    let seen = document::seen(&shown).unwrap();
    assert_eq!(
        (seen.status, seen.state),
        (Status::OnBreak, AgentState::WrapUp)
    );
    assert_eq!(seen.left, Some(Duration::from_secs(65)));
    assert!(document::agents(&json!({ "agents": [{ "id": "a" }] })).is_none());
    assert!(document::agents(&json!([])).is_none());
}
