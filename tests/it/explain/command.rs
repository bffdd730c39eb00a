//! `ringmaster explain`, the program itself.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::office::Office;
use crate::support::process::ringmaster;
use crate::support::redis::RedisServer;

const RULES: &str = "
country: IN
time_zone: Asia/Kolkata
queues:
  sales: { agents: { groups: [sales] } }
rules:
  - { name: to sales, when: { dialed: '01135124157' }, ring: { for: 20s }, targets: [{ queue: sales }] }
fallback: { numbers: ['+911140001234'] }
";

const CALL: [&str; 5] = ["explain", "--from", "09812345678", "--to", "01135124157"];

/// The program in a folder, with more arguments and a token in its environment.
fn run(folder: &Path, more: &[&str], token: Option<&str>) -> Output {
    let arguments: Vec<_> = CALL.iter().chain(more).copied().collect();
    let mut command = ringmaster(&arguments);
    command.current_dir(folder);
    if let Some(token) = token {
        command.env("RINGMASTER_TOKEN", token);
    }
    command.output().unwrap()
}

/// Exit code, then standard output or else what was complained of.
fn said(output: &Output) -> String {
    let code = output.status.code().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    format!("{code} {}", said.trim_end())
}

fn first_line(output: &Output) -> String {
    said(output).lines().next().unwrap_or_default().to_owned()
}

fn folder(settings: &str, rules: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    std::fs::write(folder.path().join("rules/default.yaml"), rules).unwrap();
    std::fs::write(folder.path().join("ringmaster.toml"), settings).unwrap();
    folder
}

async fn staff(office: &Office) {
    let agent = json!({ "name": "Asha", "destinations": ["sip:asha"], "groups": ["sales"] });
    office.admin(Method::PUT, "/agents/asha", Some(agent)).await;
    let available = json!({ "status": "available" });
    office
        .admin(Method::PUT, "/agents/asha/presence", Some(available))
        .await;
}

#[tokio::test]
async fn a_running_server_is_asked_with_a_token_from_the_environment_or_a_file() {
    let office = Office::in_memory("", RULES);
    staff(&office).await;
    let server = office.processes[0].url("");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let asks = ["--server", &server];
    let sentence = "0 Asha (asha) rings: rule \"to sales\", queue sales, longest idle first.";
    assert_eq!(first_line(&run(path, &asks, Some("boss"))), sentence);
    std::fs::write(path.join("token"), "boss\n").unwrap();
    let with_file = ["--server", &server, "--token-file", "token"];
    assert_eq!(first_line(&run(path, &with_file, None)), sentence);

    let json = run(
        path,
        &["--server", &server, "--format", "json"],
        Some("boss"),
    );
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["rings"][0]["agent"], "asha");

    insta::assert_snapshot!(said(&run(path, &asks, None)), @"2 ringmaster: --server needs a token: put it into the variable RINGMASTER_TOKEN, or into a file and say --token-file FILE");
    let refused = said(&run(path, &asks, Some("wrong")));
    insta::assert_snapshot!(refused.replace(&server, "SERVER"), @"2 ringmaster: SERVER answered 401: this token is not known");
    let wrong = [
        "--server",
        &server,
        "--attempt",
        "0",
        "--at",
        "noon",
        "--call-sid",
        "a b",
    ];
    insta::assert_snapshot!(said(&run(path, &wrong, Some("boss"))), @"
    2 ringmaster: --call-sid a CallSid is printable ASCII without spaces
                --at must be a time such as 2026-11-23T11:00, or with an offset 2026-11-23T11:00+05:30
                --attempt must be a whole number from 1 to 20
    ");
    let nobody = first_line(&run(
        path,
        &["--server", "http://127.0.0.1:1"],
        Some("boss"),
    ));
    assert!(
        nobody.starts_with("2 ringmaster: http://127.0.0.1:1 does not answer"),
        "{nobody}"
    );
}

#[tokio::test]
async fn a_call_that_was_is_told_by_the_server() {
    let redis = RedisServer::start();
    let office = Office::on_redis(2, &redis, "", RULES);
    staff(&office).await;
    let rung = office.connect(1, "CallSid=one&From=09812345678&To=01135124157");
    assert_eq!(rung.await.status, 200);
    let path = std::env::temp_dir();
    let server = office.processes[0].url("");
    let run = |more: &[&str]| {
        let asked = ["explain", "--server", &server, "--call"];
        let arguments: Vec<_> = asked.iter().chain(more).copied().collect();
        let mut command = ringmaster(&arguments);
        let command = command.current_dir(&path).env("RINGMASTER_TOKEN", "boss");
        command.output().unwrap()
    };
    // It is written down a moment after the answer.
    let mut told = run(&["one"]);
    for _ in 0..100 {
        if told.status.success() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        told = run(&["one"]);
    }
    assert_eq!(
        first_line(&told),
        "0 A call of one attempt: Asha (asha) was rung."
    );
    let json = run(&["one", "--attempt", "1", "--format", "json"]);
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["attempts"][0]["rings"][0]["agent"], "asha");
    insta::assert_snapshot!(said(&run(&["two"])).replace(&server, "SERVER"), @"2 ringmaster: SERVER answered 404: nothing is written down of a call with this name: what is, is kept for 3d, of the newest decisions");
    insta::assert_snapshot!(said(&run(&["one", "--attempt", "3"])), @"2 ringmaster: --attempt must be one of the call's attempts, and the last of them is 1");
    let mixed = first_line(&run(&["one", "--from", "09812345678"]));
    assert!(
        mixed.starts_with("2 error: the argument '--call <SID>' cannot be used with '--from"),
        "{mixed}"
    );
}

#[tokio::test]
async fn with_redis_the_store_of_the_settings_is_read() {
    let redis = RedisServer::start();
    let office = Office::on_redis(1, &redis, "", RULES);
    staff(&office).await;
    let settings = format!("store = {{ kind = 'redis', url = '{}' }}\n", redis.url());
    let folder = folder(&settings, RULES);
    let explained = run(folder.path(), &["--format", "json"], None);
    let document: Value = serde_json::from_slice(&explained.stdout).unwrap();
    assert_eq!(document["rings"][0]["agent"], "asha");
    let agent = office.admin(Method::GET, "/agents/asha", None).await;
    assert_eq!(agent["state"], "idle");
    let answer = office
        .connect(0, "CallSid=one&From=09812345678&To=01135124157")
        .await;
    let answered: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(document["answer"]["body"], answered);
    let text = said(&run(folder.path(), &[], None));
    assert!(text.contains("reserved for call one, "), "{text}");
}

#[test]
fn the_embedded_store_is_another_process() {
    let folder = folder("", RULES);
    insta::assert_snapshot!(said(&run(folder.path(), &[], None)), @"
    2 ringmaster: the agents are kept inside the running server (store.kind is memory)

    Ask that server, with a token of the account in the variable RINGMASTER_TOKEN (or in a file, with --token-file):

        RINGMASTER_TOKEN=... ringmaster explain --server http://127.0.0.1:8080 --from 09812345678 --to 01135124157
    ");
}

#[test]
fn what_cannot_be_explained_says_what_to_do() {
    let folder = folder(
        "store = { kind = 'redis', url = 'redis://127.0.0.1:1' }",
        RULES,
    );
    let path = folder.path();
    insta::assert_snapshot!(said(&run(path, &["--account", "acme"], None)), @"2 ringmaster: no rules of the account acme in rules; rules are there for: default");
    insta::assert_snapshot!(said(&run(path, &["--waiting", "40", "--digits", ""], None)), @"
    2 ringmaster: --digits must have 1 to 64 characters
                --waiting a duration needs a unit: d, h, m, s or ms, as in 90s
    ");
    let unreachable = first_line(&run(path, &[], None));
    assert!(
        unreachable.starts_with("2 ringmaster: no connection to the store: "),
        "{unreachable}"
    );
    std::fs::write(
        path.join("rules/default.yaml"),
        RULES.replace("targets", "tragets"),
    )
    .unwrap();
    insta::assert_snapshot!(said(&run(path, &[], None)), @r#"
    1 ringmaster: the rules of the account default cannot be used:
    rules/default.yaml:7:76: unknown key "tragets" in a rule; did you mean "targets"?
    "#);
}
