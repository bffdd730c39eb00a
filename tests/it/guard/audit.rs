//! Each change that somebody makes in another's name is one line, whatever came of it.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::readme::documented_routes;
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
        ("boss", Method::PUT, "/agents/asha/presence", json!({}), 400),
        ("desk", Method::PUT, "/agents/asha/presence", json!({}), 400),
    ];
    for (token, method, path, body, expected) in steps {
        let status = ask(token, method.clone(), path, body).await;
        assert_eq!(status, expected, "{method} {path}");
    }
    let said = audited(&server, 13).await;
    insta::assert_snapshot!(said.join("\n"), @r"
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
    desk presence agent-removed asha - role-too-low
    anita admin presence-set asha - invalid
    ");
    let log = server.log();
    let said = ["9812345678", "9812399999", "boss", "Asha", "lunch"].map(|text| log.contains(text));
    assert_eq!(said, [false; 5], "{log}");
}

/// A route that is added is in the audit, or here is said that it is not.
#[tokio::test]
async fn every_attempt_at_what_an_administrator_may_change_is_a_line() {
    let server = ServerProcess::serve(SETTINGS, &rules(1));
    let client = Client::new();
    let mut expected = 0;
    for (method, path, needed) in documented_routes() {
        // What is compared by other rules changes nothing.
        if needed != "admin" || method == "GET" || path.ends_with("/replay") {
            continue;
        }
        let path = path.replace("{account}", "default").replace("{id}", "asha");
        let path = path.replace("{number}", "12");
        for (token, body) in [
            ("desk", "{}"),
            ("boss", "no JSON"),
            ("boss", "{}"),
            ("boss", "[{}]"),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = client.request(method.clone(), server.url(&path));
            let request = request.bearer_auth(token).body(body).send();
            let status = request.await.unwrap().status().as_u16();
            assert_eq!(status == 403, token == "desk", "{method} {path}: {status}");
            expected += 1;
            let log = audited(&server, expected).await;
            assert_eq!(log.len(), expected, "{method} {path} {body}: {log:?}");
            let last = log.last().unwrap();
            assert_eq!(last.ends_with("role-too-low"), status == 403, "{last}");
        }
    }
    assert!(expected >= 20, "{expected}");
}

/// The lines of the audit, once there are so many: the writer has a thread of its own.
async fn audited(server: &ServerProcess, count: usize) -> Vec<String> {
    for _ in 0..1_000 {
        if lines(&server.log()).len() >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    lines(&server.log())
}
