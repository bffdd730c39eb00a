//! A caller who asks to be forgotten.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::redis::RedisServer;
use crate::support::server::{TestServer, shown};

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
queues:
  sales: { agents: { groups: [sales] } }
rules:
  - name: all
    sticky: { for: 30d }
    targets: [{ queue: sales }]
fallback: { numbers: ["+911140001234"] }
"#;

/// Everything that Redis holds, keys and values.
fn everything(redis: &RedisServer) -> String {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    let mut all = String::new();
    for key in keys {
        let dump: Vec<u8> = redis::cmd("DUMP")
            .arg(&key)
            .query(&mut connection)
            .unwrap_or_default();
        let text: Option<Vec<u8>> = redis::cmd("GET")
            .arg(&key)
            .query(&mut connection)
            .unwrap_or_default();
        for bytes in [key.into_bytes(), dump, text.unwrap_or_default()] {
            all.push_str(&String::from_utf8_lossy(&bytes));
            all.push('\n');
        }
    }
    all
}

#[tokio::test]
async fn nothing_in_redis_holds_the_number_of_a_caller_who_is_forgotten() {
    let redis = RedisServer::start();
    let server = TestServer::on_redis_with_rules(&redis.url(), RULES).await;
    server.agent("asha", "9812345678").await;
    let call = "CallSid=one&From=09800012345&To=01135124157";
    assert_eq!(server.connect(call).await.status(), 200);
    let events = "CallSid=one&EventType=Answered&DialWhomNumber=09812345678";
    let url = server.url(&format!("/exotel/default/events?key=key&{events}"));
    assert_eq!(Client::new().get(url).send().await.unwrap().status(), 200);
    let explained = async || -> Value {
        let question = json!({ "from": "09800012345", "to": "01135124157" });
        let asked = server
            .api(Method::POST, "/explain", "wallboard")
            .json(&question);
        asked.send().await.unwrap().json().await.unwrap()
    };
    for _ in 0..1_000 {
        if explained().await["sticky"]["agent"] == "asha" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert!(everything(&redis).contains("9800012345"), "it was there");
    let erased = server
        .admin(Method::DELETE, "/callers/+919800012345", None)
        .await;
    assert_eq!(shown(erased).await, "204");
    assert!(!everything(&redis).contains("9800012345"));
    assert_eq!(explained().await["sticky"]["agent"], Value::Null);
    let asha: Value = server
        .admin(Method::GET, "/agents/asha", None)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        asha["state"], "in_call",
        "whom the caller talks to stays held"
    );
}

#[tokio::test]
async fn a_number_is_written_as_people_write_it_and_a_mistake_is_said_without_it() {
    let server = TestServer::with_rules(RULES).await;
    for number in [
        "09800012345",
        "9800012345",
        "+919800012345",
        "%2B919800012345",
        "919800012345",
    ] {
        let erased = server
            .admin(Method::DELETE, &format!("/callers/{number}"), None)
            .await;
        assert_eq!(erased.status(), 204, "{number}");
    }
    let wrong = server
        .admin(Method::DELETE, "/callers/98000123456789", None)
        .await;
    insta::assert_snapshot!(shown(wrong).await, @r#"
    400 application/problem+json
    {"type":"about:blank","title":"Bad Request","status":400,"detail":"1 field is not valid","code":"invalid","errors":[{"field":"number","message":"this is not a valid number in IN; write it as it is dialled there, or with + and the calling code"}]}
    "#);
}
