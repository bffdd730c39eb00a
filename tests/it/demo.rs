//! `ringmaster serve`, the program itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::support::process::{Program, ServerProcess, ringmaster};
use crate::support::server::RULES;

/// Runs the line as it was printed, by the shell; by the test's own client where there is no curl.
async fn pasted(line: &str) -> String {
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    if has_curl {
        let line = line.replacen("curl ", "curl --silent --fail --max-time 30 ", 1);
        let output = Command::new("sh").args(["-c", &line]).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        return String::from_utf8(output.stdout).unwrap();
    }
    let url = line.rsplit(' ').next().unwrap().trim_matches('\'');
    let request = reqwest::Client::new().get(url).bearer_auth("demo");
    let response = request.send().await.unwrap().error_for_status().unwrap();
    response.text().await.unwrap()
}

#[tokio::test]
async fn the_demo_prints_requests_that_work_as_they_are_and_ends_well() {
    let demo = ringmaster(&["serve", "--demo", "--listen", "127.0.0.1:0"]).spawn();
    let mut program = Program(demo.unwrap());
    let output = BufReader::new(program.0.stdout.take().unwrap());
    let mut lines = output.lines().map(Result::unwrap);
    let mut next = |command: &str| lines.find(|line| line.starts_with(command)).unwrap();
    let (connect, agents) = (next("curl "), next("curl "));
    let explain = next("RINGMASTER_TOKEN=demo ");
    let explained = Command::new("sh").args(["-c", &explain]).output().unwrap();
    let explained = String::from_utf8(explained.stdout).unwrap();
    let explained = crate::readme::timeless(&explained);
    assert_eq!(explained, crate::readme::demo_explanation());
    let answer = pasted(&connect).await;
    insta::assert_snapshot!(answer, @r#"{"fetch_after_attempt":true,"destination":[{"contact_uri":"+919812345001"}],"state_management":true,"recording":{"record":true,"channels":"single"},"max_ringing_duration":20,"max_conversation_duration":900,"music_on_hold":{"type":"default_tone"}}"#);
    let parsed: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(parsed, crate::readme::demo_answer());
    let agents: serde_json::Value = serde_json::from_str(&pasted(&agents).await).unwrap();
    let states: Vec<_> = agents["agents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|agent| &agent["state"])
        .collect();
    assert_eq!(states, ["reserved", "idle", "idle"]);

    program.terminate();
    assert_eq!(program.exit_code(Duration::from_secs(30)), Some(0));
}

/// Whoever reaches the port could fill the log with errors, and nobody could act on them.
#[test]
fn bytes_that_are_no_http_leave_nothing_in_the_log() {
    let settings = "[accounts.default]\nkeys = ['key']\n";
    let mut server = ServerProcess::serve(settings, RULES);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(b"no HTTP at all\r\n\r\n").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 400"), "{reply}");
    // At its end everything is written.
    server.program.terminate();
    let limit = Duration::from_secs(30);
    assert_eq!(server.program.exit_code(limit), Some(0));
    let log = server.log();
    assert!(log.contains("stopping"), "{log}");
    assert!(!log.contains("ERROR"), "{log}");
}

#[test]
fn what_cannot_be_used_is_said_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = ringmaster(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        format!(
            "{} {}",
            output.status.code().unwrap(),
            said.lines().next().unwrap_or_default()
        )
    };
    insta::assert_snapshot!(run(&["serve"]), @"2 ringmaster: the rules folder rules can't be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(run(&["serve", "--config", "nowhere.toml"]), @r#"2 ringmaster: the settings cannot be read: configuration file "nowhere.toml" not found"#);
    insta::assert_snapshot!(run(&["serve", "--demo", "--listen", "0.0.0.0:0"]), @"2 ringmaster: the demo has keys that everybody knows: it listens on this machine only");
    insta::assert_snapshot!(run(&["dance"]), @"2 error: unrecognized subcommand 'dance'");
}

#[test]
fn without_a_key_a_newcomer_is_told_which_file_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let rules = std::fs::canonicalize("rules").unwrap();
    std::os::unix::fs::symlink(rules, folder.path().join("rules")).unwrap();
    let output = ringmaster(&["serve"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    let (_log, complaint) = said.split_once("ringmaster: no account").unwrap();
    insta::assert_snapshot!(complaint.trim(), @r#"
    has a key, so Exotel could not ask for an answer

    Write a file ringmaster.toml in this folder, with secrets of your own (`openssl rand -hex 16` makes one):

        [accounts.default]
        keys = ["change-me"]         # what stands behind ?key= in the URL at Exotel

        [[accounts.default.tokens]]
        role = "admin"
        token = "change-me-too"      # what you and the agents' applications send as a bearer token

    To try things out without any settings: ringmaster serve --demo
    "#);

    let example: Vec<_> = complaint
        .lines()
        .filter(|line| line.starts_with("    "))
        .collect();
    let settings = ringmaster::settings::Settings::from_toml(&example.join("\n")).unwrap();
    assert_eq!(settings.placeholders().len(), 2);
}

#[test]
fn rules_with_faults_are_findings() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    std::fs::write(folder.path().join("rules/default.yaml"), "rulez: []\n").unwrap();
    let output = ringmaster(&["serve"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("default.yaml:1:1"), "{said}");
}
