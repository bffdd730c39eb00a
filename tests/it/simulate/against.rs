//! `simulate --against`: seconds of calls in real time, against servers that run.

use std::fs;
use std::io::Read as _;
use std::process::Output;
use std::time::Duration;

use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::process::{Program, ServerProcess, ringmaster};
use crate::support::redis::RedisServer;

mod alternating;
mod dishonest;

use alternating::Alternating;

const SETTINGS: &str = "
public_url = 'https://connect.example.com'
offer_margin_ms = 2000
replay_window_ms = 1500
[accounts.default]
keys = ['the-key']
tokens = 'admin:the-token,read:wallboard'
";

const RULES: &str = r"
country: IN
time_zone: Asia/Kolkata
answer: { events: EVENTS, max_conversation_duration: 5s, recording: { record: true, channels: dual } }
presence: { heartbeat: 5s }
queues:
  desk: { agents: { groups: [desk] }, wrap_up: 1s, no_answer: { max: 3, delay: 1s }, busy: { delay: 1s } }
rules:
  - { name: all, ring: { agents: 2, at_once: [1, 2], for: 2s, attempts: 3 }, targets: [{ queue: desk }] }
fallback: { numbers: [] }
";

/// Some 20 calls in 6 seconds, more than the agents can take at a time.
const SCENARIO: &str = r#"
start: "2026-11-23T09:00"
length: 6s
arrivals: [{ name: all, to: "01135124157", per_hour: 11000, returning: 30 }]
callers: { patience: 3s, again: 2s }
talk: { mean: 2s, like: exponential }
phones: { pick_up: { mean: 1s, like: exponential }, answered: 85, declined: 5, failed: 3 }
reports: { REPORTS }
agents: { desk: { count: 7, groups: [desk], back_after: 2s } }
"#;

/// A folder with rules and scenario, in which the program runs.
fn folder(events: &str, reports: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name, text: String| fs::write(folder.path().join(name), text).unwrap();
    put("rules.yaml", RULES.replace("EVENTS", events));
    put("day.yaml", SCENARIO.replace("REPORTS", reports));
    folder
}

fn play(folder: &TempDir, url: &str, more: &[&str]) -> std::process::Command {
    let arguments = [
        &[
            "simulate",
            "day.yaml",
            "--rules",
            "rules.yaml",
            "--against",
            url,
        ],
        more,
    ];
    let mut command = ringmaster(&arguments.concat());
    command
        .current_dir(folder.path())
        .env("RINGMASTER_KEY", "the-key")
        .env("RINGMASTER_TOKEN", "the-token");
    command
}

/// What answers are said to be.
const JSON: &str = "application/json; charset=utf-8";

/// Exit code, and what was said on standard output and standard error.
fn told(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

/// Plays, and gives the report of a run in which everything held.
fn held(folder: &TempDir, url: &str, more: &[&str]) -> Value {
    let output = play(folder, url, &[more, &["--format", "json"]].concat()).output();
    let (code, said, complaints) = told(output.unwrap());
    assert_eq!((code, complaints.as_str()), (0, ""), "{said}");
    let document: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(document["against"], url);
    document["runs"][0].clone()
}

fn api(server: &ServerProcess, path: &str) -> Value {
    let url = server.url(&format!("/v1/accounts/default{path}"));
    let request = ureq::get(url).header("Authorization", "Bearer the-token");
    let text = request.call().unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str(&text).unwrap()
}

#[rstest]
#[case::everything_is_told("{ answered: true }", "answered: true, passthru: true", "ccm")]
#[case::as_exotel_is_by_default("true", "doubled_fetches: 40", "generic")]
#[case::unreliable(
    "{ answered: true }",
    "answered: true, passthru: true, lost: 10, doubled: 20, late: 20, doubled_fetches: 40",
    "ccm"
)]
fn a_server_keeps_its_promises_in_real_time(
    #[case] events: &str,
    #[case] reports: &str,
    #[case] dialect: &str,
) {
    let folder = folder(events, reports);
    let server = ServerProcess::serve(SETTINGS, &RULES.replace("EVENTS", events));
    let url = server.url("");
    let run = held(&folder, &url, &["--dialect", dialect]);
    assert_eq!(run["breaches"], serde_json::json!([]));
    let answered = run["report"]["total"]["answered"].as_u64().unwrap();
    assert!(answered > 0, "{run:#}");
    assert_eq!(api(&server, "/agents")["agents"], serde_json::json!([]));
}

#[test]
fn two_servers_on_one_redis_keep_them_together() {
    let redis = RedisServer::start();
    let settings = format!(
        "store = {{ kind = 'redis', url = '{}' }}\n{SETTINGS}",
        redis.url()
    );
    let rules = RULES.replace("EVENTS", "{ answered: true }");
    let servers = [0, 1].map(|_| ServerProcess::serve(&settings, &rules));
    let reports = "answered: true, passthru: true, doubled: 20, late: 10, doubled_fetches: 40";
    let folder = folder("{ answered: true }", reports);
    let door = Alternating::before(servers.iter().map(ServerProcess::address).collect());
    let run = held(&folder, &door.url(), &[]);
    assert!(
        run["report"]["total"]["answered"].as_u64().unwrap() > 0,
        "{run:#}"
    );
    assert!(
        door.taken().iter().all(|taken| *taken > 0),
        "{:?}",
        door.taken()
    );
    assert_eq!(api(&servers[0], "/agents")["agents"], serde_json::json!([]));
}

#[rstest]
fn who_stops_it_finds_the_server_as_it_was(#[values("INT", "TERM")] order: &str) {
    let folder = folder("true", "");
    let server = ServerProcess::serve(SETTINGS, &RULES.replace("EVENTS", "true"));
    let mut program = Program(play(&folder, &server.url(""), &[]).spawn().unwrap());
    while api(&server, "/agents")["agents"] == serde_json::json!([]) {
        assert!(program.0.try_wait().unwrap().is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    program.signal(order);
    assert_eq!(program.exit_code(Duration::from_secs(20)), Some(2));
    assert_eq!(api(&server, "/agents")["agents"], serde_json::json!([]));
}

#[test]
fn agents_of_the_same_names_are_left_alone_unless_one_says_otherwise() {
    let folder = folder("true", "");
    let server = ServerProcess::serve(SETTINGS, &RULES.replace("EVENTS", "true"));
    let agent = r#"{ "name": "Asha", "destinations": ["sip:asha"] }"#;
    let url = server.url("/v1/accounts/default/agents/desk-3");
    let request = ureq::put(url).header("Authorization", "Bearer the-token");
    request.send(agent).unwrap();
    let output = play(&folder, &server.url(""), &[]).output().unwrap();
    let (code, _, complaint) = told(output);
    assert_eq!(code, 2);
    assert!(complaint.contains("already: desk-3; rename"), "{complaint}");
    assert_eq!(api(&server, "/agents/desk-3")["name"], "Asha");
    let run = held(
        &folder,
        &server.url(""),
        &["--replace-agents", "--calls", "3"],
    );
    assert_eq!(run["report"]["total"]["calls"], 3);
    assert_eq!(api(&server, "/agents")["agents"], serde_json::json!([]));
}

#[test]
fn people_who_work_there_are_not_rung_unless_one_says_otherwise() {
    let folder = folder("true", "");
    let server = ServerProcess::serve(SETTINGS, &RULES.replace("EVENTS", "true"));
    let agent = r#"{ "name": "Asha", "destinations": ["sip:asha"], "groups": ["other"] }"#;
    put(&server, "/agents/asha", agent);
    put(
        &server,
        "/agents/binod",
        agent.replace("sip:asha", "sip:binod").as_str(),
    );
    put(
        &server,
        "/agents/asha/presence",
        r#"{ "status": "available" }"#,
    );
    let output = play(&folder, &server.url(""), &[]).output().unwrap();
    let (code, _, complaint) = told(output);
    assert_eq!(code, 2);
    assert!(complaint.contains("not offline: asha; "), "{complaint}");
    let ids = |server: &ServerProcess| {
        let agents = api(server, "/agents")["agents"].as_array().unwrap().clone();
        agents
            .iter()
            .map(|agent| agent["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&server), ["asha", "binod"]);
    let beside = ["--beside-agents", "--calls", "2"];
    let run = held(&folder, &server.url(""), &beside);
    assert_eq!(run["report"]["total"]["calls"], 2);
    assert_eq!(ids(&server), ["asha", "binod"]);
}

fn put(server: &ServerProcess, path: &str, document: &str) {
    let url = server.url(&format!("/v1/accounts/default{path}"));
    let request = ureq::put(url).header("Authorization", "Bearer the-token");
    request.send(document).unwrap();
}

#[test]
fn of_a_server_that_breaks_the_report_stays_and_who_is_left_on_it() {
    let folder = folder("true", "");
    let mut server = ServerProcess::serve(SETTINGS, &RULES.replace("EVENTS", "true"));
    let mut command = play(&folder, &server.url(""), &[]);
    let playing = std::thread::spawn(move || command.output().unwrap());
    while api(&server, "/agents")["agents"] == serde_json::json!([]) {
        assert!(!playing.is_finished(), "it ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_secs(1));
    server.program.0.kill().unwrap();
    let (code, said, complaint) = told(playing.join().unwrap());
    assert_eq!((code, complaint.as_str()), (1, ""), "{said}");
    assert!(said.contains("\n  calls"), "{said}");
    let left = "still be on the server: desk-1, desk-2, desk-3, desk-4, desk-5, desk-6, desk-7 (removing the agent desk-";
    assert!(said.contains(left), "{said}");
    assert!(said.contains("BROKEN"), "{said}");
}

#[tokio::test]
async fn a_second_order_to_stop_ends_it_at_once_and_names_who_stays() {
    let folder = folder("true", "");
    let server = dishonest::slow_to_forget().await;
    let mut program = Program(play(&folder, &server.uri(), &[]).spawn().unwrap());
    for verb in ["PUT", "DELETE"] {
        let has_come = async || {
            let requests = server.received_requests().await.unwrap();
            requests
                .iter()
                .any(|request| request.method.as_str() == verb)
        };
        while !has_come().await {
            assert!(program.0.try_wait().unwrap().is_none(), "it ended");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        program.terminate();
    }
    assert_eq!(program.exit_code(Duration::from_secs(5)), Some(2));
    let mut complaint = String::new();
    let mut errors = program.0.stderr.take().unwrap();
    errors.read_to_string(&mut complaint).unwrap();
    assert!(complaint.contains("desk-1, desk-2"), "{complaint}");
    assert!(complaint.contains("desk-7\n"), "{complaint}");
}

#[test]
fn a_secret_in_the_address_is_not_repeated() {
    let folder = folder("true", "");
    for address in ["http://me:hush@127.0.0.1:1", "http://127.0.0.1:1/?key=hush"] {
        let output = play(&folder, address, &[]).output().unwrap();
        let (code, said, complaint) = told(output);
        assert_eq!((code, said.as_str()), (2, ""));
        assert!(complaint.contains("--against has a"), "{complaint}");
        assert!(!complaint.contains("hush"), "{complaint}");
    }
}

#[test]
fn other_rules_than_the_servers_are_told_and_people_read_where_it_was_played() {
    let folder = folder("true", "");
    let other = RULES
        .replace("EVENTS", "true")
        .replace("wrap_up: 1s", "wrap_up: 2s");
    let server = ServerProcess::serve(SETTINGS, &other);
    let url = server.url("");
    let output = play(&folder, &url, &["--calls", "2"]).output().unwrap();
    let (code, said, complaint) = told(output);
    assert_eq!(code, 0, "{said}");
    assert!(
        complaint.contains("other rules in force than --rules names"),
        "{complaint}"
    );
    let heading = format!("day.yaml, seed 1, on rules.yaml, in real time against {url}\n");
    assert!(said.starts_with(&heading), "{said}");
}

#[rstest]
#[case::a_wrong_key(("RINGMASTER_KEY", "guessed"), "the server refuses the key")]
#[case::no_key(("RINGMASTER_KEY", ""), "the server refuses the key")]
#[case::a_wrong_token(("RINGMASTER_TOKEN", "guessed"), "the server refuses the token")]
#[case::a_weak_token(("RINGMASTER_TOKEN", "wallboard"), "putting the agents: the server answered 403: ")]
fn whoever_is_refused_is_told_what_to_do(#[case] wrong: (&str, &str), #[case] what: &str) {
    let folder = folder("true", "");
    let server = ServerProcess::serve(SETTINGS, &RULES.replace("EVENTS", "true"));
    let mut command = play(&folder, &server.url(""), &[]);
    let (code, said, complaint) = told(command.env(wrong.0, wrong.1).output().unwrap());
    assert_eq!((code, said.as_str()), (2, ""), "{complaint}");
    assert!(complaint.contains(what), "{complaint}");
    assert!(!complaint.contains("guessed"), "{complaint}");
}

#[test]
fn a_server_that_is_not_there_cannot_be_played_against() {
    let folder = folder("true", "");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let (code, _, complaint) = told(play(&folder, &url, &[]).output().unwrap());
    assert_eq!(code, 2);
    assert!(
        complaint.contains("the server does not answer"),
        "{complaint}"
    );
    let mut without = play(&folder, &url, &[]);
    let (code, _, complaint) = told(without.env_remove("RINGMASTER_KEY").output().unwrap());
    assert_eq!(code, 2);
    assert!(
        complaint.contains("the variable RINGMASTER_KEY"),
        "{complaint}"
    );
    let (code, _, _) = told(
        play(&folder, &url, &["--compare", "rules.yaml"])
            .output()
            .unwrap(),
    );
    assert_eq!(code, 2);
}

#[rstest]
#[case::one_agent_for_all(dishonest::SAME_AGENT, JSON, "desk-1 was offered to simulated-")]
#[case::what_exotel_does_not_take("{}", JSON, "Exotel would not take the answer to simulated-")]
#[case::what_is_not_said_to_be_json(
    dishonest::SAME_AGENT,
    "text/html",
    "its Content-Type is text/html, not application/json"
)]
#[case::nothing_in_time(dishonest::LATE, JSON, "got no answer: a fetch: no answer within 5 s")]
#[tokio::test]
async fn a_server_that_breaks_a_promise_is_found_out(
    #[case] answer: &str,
    #[case] kind: &str,
    #[case] what: &str,
) {
    let folder = folder("true", "passthru: true");
    let server = dishonest::server(answer, kind).await;
    let mut command = play(&folder, &server.uri(), &["--calls", "12"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let (code, said, _) = told(output.await.unwrap());
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(what), "{said}");
    if answer == dishonest::LATE {
        // Most callers hang up before the five seconds are over.
        let abandoned = said.lines().find(|line| line.starts_with("  abandoned"));
        assert!(!abandoned.unwrap().contains(" 0 (0.0 %)"), "{said}");
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn with_clicks(folder: &TempDir) -> String {
    let outbound = "outbound: { virtual_number: \"08047182200\", max_time_limit: 6s, attempt_time_out: 2s, wrap_up: 1s }\nrules:";
    let rules = RULES
        .replace("EVENTS", "{ answered: true }")
        .replace("rules:", outbound);
    let clicks = "clicks:
  - { name: own, crew: desk, per_hour: 9000, doubled: 50 }
  - { name: campaign, queue: desk, per_hour: 9000, refused: 20, doubled: 50 }
agents:";
    let scenario = SCENARIO
        .replace("REPORTS", "answered: true, doubled: 20, late: 20")
        .replace("per_hour: 11000", "per_hour: 4000")
        .replace("agents:", clicks);
    fs::write(folder.path().join("rules.yaml"), &rules).unwrap();
    fs::write(folder.path().join("day.yaml"), scenario).unwrap();
    rules
}

/// The settings of a server that starts its calls at this address.
fn that_calls_at(base_url: &str) -> String {
    format!(
        "{SETTINGS}
[accounts.default.exotel]
sid = 'acme'
api_key = 'api-key'
api_token = 'api-token'
base_url = '{base_url}'
timeout_ms = 1500
connect_timeout_ms = 1000
"
    )
}

#[test]
fn clicks_and_calls_never_get_the_same_agent_of_a_server() {
    let folder = folder("{ answered: true }", "");
    let rules = with_clicks(&folder);
    let exchange = format!("127.0.0.1:{}", free_port());
    let settings = that_calls_at(&format!("http://{exchange}"));
    let server = ServerProcess::serve(&settings, &rules);
    let run = held(
        &folder,
        &server.url(""),
        &["--clicks-reach-the-stand-in", "--exotel-listen", &exchange],
    );
    assert_eq!(run["breaches"], serde_json::json!([]));
    let kinds = run["report"]["clicks"].as_array().unwrap();
    for kind in kinds {
        assert!(kind["placed"].as_u64().unwrap() > 0, "{run:#}");
    }
}

#[test]
fn a_server_that_starts_no_calls_plays_no_clicks() {
    let folder = folder("{ answered: true }", "");
    let rules = with_clicks(&folder);
    let server = ServerProcess::serve(SETTINGS, &rules);
    let listen = [
        "--clicks-reach-the-stand-in",
        "--exotel-listen",
        "127.0.0.1:0",
    ];
    let (code, _, complaints) = told(play(&folder, &server.url(""), &listen).output().unwrap());
    assert_eq!(code, 2, "{complaints}");
    assert!(complaints.contains("calls-not-configured"), "{complaints}");
    assert_eq!(api(&server, "/agents")["agents"], serde_json::json!([]));
}

#[test]
fn without_a_word_that_they_reach_the_stand_in_no_clicks_are_played() {
    let folder = folder("{ answered: true }", "");
    let rules = with_clicks(&folder);
    let server = ServerProcess::serve(SETTINGS, &rules);
    let (code, _, complaints) = told(play(&folder, &server.url(""), &[]).output().unwrap());
    assert_eq!(code, 2, "{complaints}");
    assert!(
        complaints.contains("say --clicks-reach-the-stand-in"),
        "{complaints}"
    );
}

#[tokio::test]
async fn a_call_that_the_stand_in_does_not_know_ends_the_run_at_once() {
    let elsewhere = wiremock::MockServer::start().await;
    let success = include_str!("../../data/make-call-success.json");
    let calls = wiremock::Mock::given(wiremock::matchers::method("POST"));
    let placed = wiremock::ResponseTemplate::new(200).set_body_string(success);
    calls.respond_with(placed).mount(&elsewhere).await;
    let folder = folder("{ answered: true }", "");
    let rules = with_clicks(&folder);
    let settings = that_calls_at(&elsewhere.uri());
    let server = tokio::task::spawn_blocking(move || ServerProcess::serve(&settings, &rules));
    let server = server.await.unwrap();
    let listen = [
        "--clicks-reach-the-stand-in",
        "--exotel-listen",
        "127.0.0.1:0",
    ];
    let mut command = play(&folder, &server.url(""), &listen);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let (code, said, complaint) = told(output.await.unwrap());
    assert_eq!((code, said.as_str()), (2, ""), "{complaint}");
    let what = "a real call may have been placed to desk-";
    assert!(complaint.contains(what), "{complaint}");
    assert!(!complaint.contains("still be"), "{complaint}");
}
