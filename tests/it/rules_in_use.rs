//! Rules change under calls that are in progress, and differ between instances.

use std::fs;
use std::time::{Duration, Instant};

use futures_util::future::join;
use insta::assert_snapshot;
use reqwest::Method;
use serde_json::Value;

use crate::support::flaky::Mood;
use crate::support::office::{Office, PATIENT};
use crate::support::redis::RedisServer;
use crate::support::server::{TestServer, shown};

/// Long enough for rules to come into force, and for an agent to be free again.
const SOON: Duration = Duration::from_secs(10);

/// Rules whose queue `team` is this group; one ring of two seconds.
fn rules_for(group: &str) -> String {
    format!(
        "country: IN\n\
        time_zone: Asia/Kolkata\n\
        presence: {{ heartbeat: 0 }}\n\
        queues: {{ team: {{ agents: {{ groups: [{group}] }} }} }}\n\
        rules: [{{ name: all, ring: {{ for: 2s }}, targets: [{{ queue: team }}] }}]\n\
        fallback: {{ numbers: ['+911140009999'] }}\n"
    )
}

fn write(office: &Office, process: usize, rules: &str) {
    let folder = office.processes[process].folder();
    fs::write(folder.join("rules/default.yaml"), rules).unwrap();
}

/// Waits until the process has loaded this many versions.
async fn has_loaded(office: &Office, process: usize, versions: usize) {
    let since = Instant::now();
    let process = &office.processes[process];
    while process.log().matches("rules loaded").count() < versions {
        assert!(since.elapsed() < SOON, "{}", process.log());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn rings(office: &Office, process: usize, sid: &str) -> Vec<String> {
    let query = format!("CallSid={sid}");
    office.connect(process, &query).await.destinations()
}

fn settings(margin_ms: u32) -> String {
    format!("{PATIENT}offer_margin_ms = {margin_ms}\n")
}

/// Who is held under the old rules is not offered under the new ones, and is free again when the hold ends.
async fn held_and_freed(office: &Office) {
    let agents = ["both"].map(|id| (id.to_owned(), vec!["old", "new"]));
    office.staff(&agents).await;
    // The hold begins between this and the answer.
    let held = Instant::now();
    assert_eq!(rings(office, 0, "first").await, ["sip:both"]);
    write(office, 0, &rules_for("new"));
    has_loaded(office, 0, 2).await;
    assert!(rings(office, 0, "second").await.is_empty(), "still held");
    assert_eq!(office.in_state("reserved").await, ["both"]);
    for n in 0.. {
        if rings(office, 0, &format!("later-{n}")).await == ["sip:both"] {
            break;
        }
        assert!(held.elapsed() < SOON, "never free again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(held.elapsed() >= Duration::from_secs(2), "too early");
}

#[tokio::test]
async fn an_agent_held_under_the_old_rules_is_freed_as_ever() {
    held_and_freed(&Office::in_memory(&settings(0), &rules_for("old"))).await;
    let redis = RedisServer::start();
    held_and_freed(&Office::on_redis(
        1,
        &redis,
        &settings(0),
        &rules_for("old"),
    ))
    .await;
}

#[tokio::test]
async fn an_agent_whose_queue_is_gone_can_be_released() {
    let office = Office::in_memory(&settings(60_000), &rules_for("old"));
    office.staff(&[("asha".to_owned(), vec!["old"])]).await;
    assert_eq!(rings(&office, 0, "first").await, ["sip:asha"]);
    write(&office, 0, &rules_for("new"));
    has_loaded(&office, 0, 2).await;
    assert_eq!(office.in_state("reserved").await, ["asha"]);
    office
        .admin(Method::POST, "/agents/asha/release", None)
        .await;
    assert_eq!(office.in_state("idle").await, ["asha"]);
    write(&office, 0, &rules_for("old"));
    has_loaded(&office, 0, 3).await;
    assert_eq!(rings(&office, 0, "second").await, ["sip:asha"]);
}

#[tokio::test]
async fn a_call_keeps_its_answer_when_the_rules_change_under_it() {
    let office = Office::in_memory(&settings(60_000), &rules_for("old"));
    let agents = [("asha", "old"), ("ravi", "new")];
    let agents = agents.map(|(id, group)| (id.to_owned(), vec![group]));
    office.staff(&agents).await;
    let first = office.connect(0, "CallSid=one").await;
    write(&office, 0, &rules_for("new"));
    has_loaded(&office, 0, 2).await;
    let again = office.connect(0, "CallSid=one").await;
    assert_eq!(again.body, first.body, "the same fetch, the same bytes");
    assert_eq!(rings(&office, 0, "two").await, ["sip:ravi"]);
}

#[tokio::test]
async fn two_instances_with_different_rules_on_one_store_are_both_right() {
    let redis = RedisServer::start();
    let office = Office::on_redis(2, &redis, &settings(60_000), &rules_for("old"));
    let agents = (0..20).map(|n| {
        let group = if n % 2 == 0 { "old" } else { "new" };
        (format!("{group}-{n}"), vec![group])
    });
    office.staff(&agents.collect::<Vec<_>>()).await;
    write(&office, 1, &rules_for("new"));
    has_loaded(&office, 1, 2).await;
    // Who comes while both versions are in force is in the queues of both.
    let late = [("old-late", "old"), ("new-late", "new")];
    let late = late.map(|(id, group)| (id.to_owned(), vec![group]));
    office.staff(&late).await;
    let mut rung = Vec::new();
    for n in 0..11 {
        for (process, group) in [(0, "old"), (1, "new")] {
            let uris = rings(&office, process, &format!("call-{process}-{n}")).await;
            assert_eq!(uris.len(), 1, "{group} {n}");
            assert!(uris[0].starts_with(&format!("sip:{group}-")), "{uris:?}");
            rung.extend(uris);
        }
    }
    rung.sort();
    rung.dedup();
    assert_eq!(rung.len(), 22, "each agent once");
    for process in 0..2 {
        let sid = format!("one-too-many-{process}");
        assert!(rings(&office, process, &sid).await.is_empty());
    }
}

async fn rung(server: &TestServer, sid: &str) -> Value {
    let answer = server.connect(&format!("CallSid={sid}")).await;
    let answer: Value = answer.json().await.unwrap();
    answer["destination"][0]["contact_uri"].clone()
}

#[tokio::test]
async fn new_rules_wait_until_the_store_knows_their_queues_and_old_ones_answer_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.yaml");
    fs::write(&path, rules_for("other")).unwrap();
    let server = TestServer::in_folder(folder.path()).await;
    server.agent("asha", "9812345678").await;
    assert_eq!(rung(&server, "one").await, Value::Null);

    server.store.becomes(Mood::Indexing);
    fs::write(&path, rules_for("sales")).unwrap();
    let reload = server.admin(Method::POST, "/rules/reload", None);
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(rung(&server, "two").await, Value::Null);
        server.store.becomes(Mood::Well);
    };
    let (reloaded, ()) = join(reload, meanwhile).await;
    assert_eq!(reloaded.status(), 200);
    assert_eq!(rung(&server, "three").await, "+919812345678");
}

#[tokio::test]
async fn with_the_store_down_the_new_fallback_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.yaml");
    fs::write(&path, rules_for("sales")).unwrap();
    let server = TestServer::in_folder(folder.path()).await;
    server.store.becomes(Mood::Failing);
    assert_eq!(rung(&server, "one").await, "+911140009999");
    let rules = rules_for("sales").replace("+911140009999", "+911140008888");
    fs::write(&path, rules).unwrap();
    let reloaded = server.admin(Method::POST, "/rules/reload", None).await;
    assert_eq!(reloaded.status(), 200);
    assert_eq!(rung(&server, "two").await, "+911140008888");
}

#[tokio::test]
async fn built_in_rules_have_no_file_to_read() {
    let server = TestServer::start().await;
    let refused = server.admin(Method::POST, "/rules/reload", None).await;
    assert_snapshot!(shown(refused).await, @r#"
    409 application/problem+json
    {"type":"about:blank","title":"Conflict","status":409,"detail":"the rules are built in: there is no file to read","code":"rules-built-in"}
    "#);
}
