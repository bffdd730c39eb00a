//! On a terminal it asks; without one it changes nothing that nobody agreed to.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use reqwest::Method;
use serde_json::json;

use super::{Desk, staff};
use crate::support::process::Program;

const CHANGED: &str = "agents:\n  bilal: { name: Bilal B., destinations: [\"+919812345002\"] }\n";

impl Desk {
    /// Imports on a terminal, and answers the question after something has happened.
    async fn import_on_a_terminal(
        &self,
        answer: &str,
        meanwhile: impl AsyncFnOnce(),
    ) -> (i32, String) {
        let program = env!("CARGO_BIN_EXE_ringmaster");
        let import = format!(
            "{program} agents import staff.yaml --server {}",
            self.server()
        );
        let child = Command::new("script")
            .args(["--quiet", "--return", "--command", &import, "/dev/null"])
            .current_dir(self.folder.path())
            .env("RINGMASTER_TOKEN", "boss")
            .env_remove("NO_COLOR")
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut program = Program(child.unwrap());
        let mut output = program.0.stdout.take().unwrap();
        let mut said = Vec::new();
        while !said.ends_with(b"[y/N] ") {
            let mut byte = [0];
            assert_eq!(
                output.read(&mut byte).unwrap(),
                1,
                "{}",
                String::from_utf8_lossy(&said)
            );
            said.extend(byte);
        }
        meanwhile().await;
        let mut input = program.0.stdin.take().unwrap();
        writeln!(input, "{answer}").unwrap();
        output.read_to_end(&mut said).unwrap();
        drop(input);
        let code = program.0.wait().unwrap().code().unwrap();
        (
            code,
            String::from_utf8(said)
                .unwrap()
                .replace(&self.server(), "SERVER"),
        )
    }
}

#[tokio::test]
async fn a_terminal_is_asked_and_shown_colours() {
    let desk = Desk::with(staff()).await;
    desk.write("staff.yaml", CHANGED);
    let (code, said) = desk.import_on_a_terminal("n", async || ()).await;
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("Change the account default of SERVER so? [y/N]"),
        "{said}"
    );
    assert!(
        said.contains("\u{1b}[33m~\u{1b}[0m bilal (Bilal B.)"),
        "{said}"
    );
    assert!(said.trim_end().ends_with("Nothing was changed."), "{said}");
    assert_eq!(desk.agent("bilal").await["name"], "Bilal");

    let (code, said) = desk.import_on_a_terminal("y", async || ()).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(desk.agent("bilal").await["name"], "Bilal B.");
}

#[tokio::test]
async fn what_has_changed_since_it_was_shown_is_not_overwritten() {
    let desk = Desk::with(staff()).await;
    desk.write("staff.yaml", CHANGED);
    let by_somebody_else = json!({ "name": "Bilal C.", "destinations": ["+919812345002"] });
    let meanwhile = async || {
        let path = "/agents/bilal";
        desk.office
            .admin(Method::PUT, path, Some(by_somebody_else))
            .await;
    };
    let (code, said) = desk.import_on_a_terminal("y", meanwhile).await;
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("Nothing was changed: the agents are others than they were"),
        "{said}"
    );
    assert_eq!(desk.agent("bilal").await["name"], "Bilal C.");
}

#[tokio::test]
async fn without_a_terminal_it_takes_a_word() {
    let desk = Desk::with(staff()).await;
    desk.write("staff.yaml", CHANGED);
    assert_snapshot!(desk.agents(&["import", "staff.yaml"]).shown(), @r"
    exit 2
    ~ bilal (Bilal B.)
        groups: sales, support → none
        name: Bilal → Bilal B.

    0 to add, 1 to change, 0 to remove, 0 unchanged; 2 agents are not in the file and stay
    ringmaster: nothing was changed: there is no terminal to ask on. If this is what you want, say --yes
    ");
    assert_eq!(desk.agent("bilal").await["name"], "Bilal");
}
