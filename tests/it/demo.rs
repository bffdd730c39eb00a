//! `ringmaster serve`, the program itself.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A process that does not outlive the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn ringmaster(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringmaster"));
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn the_demo_prints_a_request_that_works_and_ends_well() {
    let mut program = Program(
        ringmaster(&["serve", "--demo", "--listen", "127.0.0.1:0"])
            .spawn()
            .unwrap(),
    );
    let output = BufReader::new(program.0.stdout.take().unwrap());
    let mut lines = output.lines().map(Result::unwrap);
    let line = lines.find(|line| line.starts_with("curl ")).unwrap();
    let url = line.trim_start_matches("curl ").trim_matches('\'');
    let answer = reqwest::get(url).await.unwrap().text().await.unwrap();
    insta::assert_snapshot!(answer, @r#"{"fetch_after_attempt":true,"destination":[{"contact_uri":"+919812345001"}],"state_management":true,"recording":{"record":true,"channels":"single"},"max_ringing_duration":20,"max_conversation_duration":900,"music_on_hold":{"type":"default_tone"}}"#);

    let parsed: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(parsed, crate::readme::demo_answer());

    let id = program.0.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(program.0.wait().unwrap().code(), Some(0));
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
