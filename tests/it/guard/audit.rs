//! Each change that somebody makes in another's name is one line, whatever came of it.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::desk::rules;
use crate::support::process::ServerProcess;

const SETTINGS: &str = "\
    log = { format = 'json', filter = 'warn,audit=info,ringmaster::cli=info' }\n\
    workers = 1\n\
    [accounts.default]\n\
    keys = ['key']\n\
    tokens = 'admin(anita):boss,admin:nameless,presence(desk):desk'\n\
    [accounts.default.exotel]\n\
    sid = 'acme'\n\
    api_key = 'api-key'\n\
    api_token = 'api-token'\n\
    base_url = 'http://127.0.0.1:1'\n\
    connect_timeout_ms = 300\n\
    timeout_ms = 500\n";

/// The lines of the audit, without what is the same in all.
fn lines(log: &str) -> Vec<String> {
    let events = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let audit = events.filter(|event| event["target"] == "audit");
    let shown = |event: Value| {
        assert_eq!(
            (&event["account"], &event["source"]),
            (&json!("default"), &json!("127.0.0.1"))
        );
        let word = |name: &str| event[name].as_str().unwrap_or("-").to_owned();
        ["by", "role", "action", "agent", "fields", "outcome"]
            .map(word)
            .join(" ")
    };
    audit.map(shown).collect()
}

#[tokio::test]
async fn every_change_in_anothers_name_is_a_line() {
    let rules = rules(1).replace(
        "rules: [",
        "outbound: { virtual_number: '08047182200' }\nrules: [",
    );
    let server = ServerProcess::serve(SETTINGS, &rules);
    let client = Client::new();
    let ask = async |token: &str, method: Method, path: &str, body: Value| {
        let url = server.url(&format!("/v1/accounts/default{path}"));
        let request = client.request(method, url).bearer_auth(token).json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    let asha = json!({ "name": "Asha", "destinations": ["+919812345678"], "groups": ["sales"] });
    let mut bilal = asha.clone();
    (bilal["id"], bilal["destinations"]) = (json!("bilal"), json!(["sip:bilal"]));
    let away = json!({ "status": "on_break", "reason": "lunch" });
    let available = json!({ "status": "available" });
    let click = json!({ "agent": "asha", "to": "+919812399999" });
    let steps = [
        ("boss", Method::PUT, "/agents/asha", asha.clone(), 200),
        ("boss", Method::PUT, "/agents/chitra", asha, 400),
        ("nameless", Method::PUT, "/agents", json!([bilal]), 200),
        ("boss", Method::PUT, "/agents/asha/presence", away, 200),
        ("desk", Method::PUT, "/agents/asha/presence", available, 200),
        (
            "desk",
            Method::POST,
            "/agents/asha/heartbeat",
            json!({}),
            204,
        ),
        ("desk", Method::POST, "/agents/asha/release", json!({}), 200),
        ("boss", Method::POST, "/agents/asha/release", json!({}), 200),
        (
            "boss",
            Method::POST,
            "/agents/nobody/release",
            json!({}),
            404,
        ),
        ("desk", Method::POST, "/calls", click, 502),
        ("boss", Method::POST, "/rules/reload", json!({}), 200),
        (
            "boss",
            Method::DELETE,
            "/callers/09812399999",
            json!({}),
            204,
        ),
        ("boss", Method::DELETE, "/agents/bilal", json!({}), 204),
        ("boss", Method::DELETE, "/agents/bilal", json!({}), 404),
        ("desk", Method::DELETE, "/agents/asha", json!({}), 403),
    ];
    for (token, method, path, body, expected) in steps {
        let status = ask(token, method.clone(), path, body).await;
        assert_eq!(status, expected, "{method} {path}");
    }
    // The writer has a thread of its own.
    for _ in 0..1_000 {
        if lines(&server.log()).len() >= 11 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    insta::assert_snapshot!(lines(&server.log()).join("\n"), @r"
    anita admin agent-put asha destinations,groups,name done
    anita admin agent-put chitra destinations,groups,name invalid
    #17d72fdf admin agent-put bilal destinations,groups,id,name done
    anita admin presence-set asha reason,status done
    anita admin agent-released asha - done
    anita admin agent-released nobody - unknown-agent
    desk presence call-started asha agent,to call-refused
    anita admin rules-reloaded - - done
    anita admin caller-erased - - done
    anita admin agent-removed bilal - done
    anita admin agent-removed bilal - unknown-agent
    ");
    let log = server.log();
    let said = ["9812345678", "9812399999", "boss", "Asha", "lunch"].map(|text| log.contains(text));
    assert_eq!(said, [false; 5], "{log}");
}
