//! `ringmaster agents export` and `import`, the program itself against a running server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::office::Office;
use crate::support::process::ringmaster;

mod applied;
mod asked;
mod documented;
mod refused;

const RULES: &str = "
country: IN
time_zone: Asia/Kolkata
queues:
  sales: { agents: { groups: [sales] } }
rules:
  - { name: to sales, ring: { for: 20s }, targets: [{ queue: sales }] }
fallback: { numbers: ['+911140001234'] }
";

/// Three agents whom nothing is said of twice.
fn staff() -> Value {
    json!([
        { "id": "asha", "name": "Asha", "destinations": ["+919812345001", "sip:asha"], "groups": ["sales"],
          "skills": { "hindi": 4 }, "position": 1, "weight": 3 },
        { "id": "bilal", "name": "Bilal", "destinations": ["+919812345002"], "groups": ["sales", "support"] },
        { "id": "007", "name": "=चित्रा", "destinations": ["sip:chitra"] },
    ])
}

/// A server with agents, and a folder to work in.
struct Desk {
    office: Office,
    folder: TempDir,
}

impl Desk {
    async fn with(agents: Value) -> Self {
        let office = Office::in_memory("", RULES);
        office.admin(Method::PUT, "/agents", Some(agents)).await;
        Self {
            office,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn server(&self) -> String {
        self.office.processes[0].url("")
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    /// `ringmaster agents` with these arguments, as an administrator.
    fn agents(&self, arguments: &[&str]) -> Said {
        Said::by(
            &mut command(self.folder.path(), &self.server(), arguments),
            &self.server(),
        )
    }

    /// The agents as the API lists them, by id.
    async fn agent(&self, id: &str) -> Value {
        self.office
            .admin(Method::GET, &format!("/agents/{id}"), None)
            .await
    }

    async fn ids(&self) -> Vec<String> {
        let list = self.office.admin(Method::GET, "/agents", None).await;
        let agents = list["agents"].as_array().unwrap().iter();
        agents
            .map(|agent| agent["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn command(folder: &Path, server: &str, arguments: &[&str]) -> Command {
    let arguments: Vec<_> = [&["agents"], arguments, &["--server", server]].concat();
    let mut command = ringmaster(&arguments);
    command.current_dir(folder).env("RINGMASTER_TOKEN", "boss");
    command
}

/// What the program said, without the address of the server.
#[derive(Debug)]
struct Said {
    code: i32,
    output: String,
    complaint: String,
}

impl Said {
    fn by(command: &mut Command, server: &str) -> Self {
        Self::of(&command.output().unwrap(), server)
    }

    fn of(output: &Output, server: &str) -> Self {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            text.trim_end().replace(server, "SERVER")
        };
        Self {
            code: output.status.code().unwrap(),
            output: text(&output.stdout),
            complaint: text(&output.stderr),
        }
    }

    /// Exit code, standard output, and what was complained of.
    fn shown(&self) -> String {
        let parts = [self.output.as_str(), self.complaint.as_str()];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        format!("exit {}\n{}", self.code, parts.join("\n"))
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.output).unwrap()
    }
}
