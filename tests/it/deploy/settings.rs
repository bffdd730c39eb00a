//! Each way of running it starts the program, with the settings that stand there.

use std::collections::BTreeMap;
use std::path::Path;

use rstest::rstest;

use super::shipped;
use crate::support::process::{ServerProcess, ringmaster};

type Variables = BTreeMap<String, String>;

/// The variables that the lines of a text set, as `read` finds them.
fn variables(text: &str, read: fn(&str) -> Option<(&str, &str)>) -> Variables {
    let set = text.lines().filter_map(|line| read(line.trim()));
    let variables: Variables = set
        .filter(|(name, _)| name.starts_with("RINGMASTER__"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(
        variables.len(),
        text.matches("RINGMASTER__").count(),
        "{text}"
    );
    variables
}

fn of_the_image() -> Variables {
    variables(&shipped("Dockerfile"), |line| {
        let line = line.strip_prefix("ENV ").unwrap_or(line);
        line.trim_end_matches(" \\").split_once('=')
    })
}

fn of_compose() -> Variables {
    let mut all = of_the_image();
    all.extend(variables(&shipped("compose.yaml"), |line| {
        let (name, value) = line.split_once(": ")?;
        let value = value.trim_matches('"');
        let default = value.split_once(":-").map(|(_, default)| default);
        Some((
            name,
            default.map_or(value, |text| text.trim_end_matches('}')),
        ))
    }));
    all
}

fn of_kubernetes() -> Variables {
    let mut all = of_the_image();
    all.extend(variables(&shipped("kubernetes/deployment.yaml"), |line| {
        let (name, value) = line.strip_prefix("- { name: ")?.split_once(", value: ")?;
        Some((name, value.trim_end_matches(" }").trim_matches('"')))
    }));
    all
}

fn of_systemd() -> Variables {
    variables(&shipped("systemd/ringmaster.service"), |line| {
        line.strip_prefix("Environment=")?.split_once('=')
    })
}

/// Puts files in the place of those that are mounted, and what a test needs in the place of what a network would be.
fn at_home(mut variables: Variables, folder: &Path) -> Variables {
    for (name, text) in [
        ("keys", "a-key"),
        ("tokens", "admin:a-token"),
        ("redis_url", "redis://127.0.0.1:1"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    for (name, value) in &mut variables {
        if name.ends_with("_FILE") {
            let file = value.rsplit('/').next().unwrap();
            *value = folder.join(file).display().to_string();
            assert!(Path::new(value).exists(), "{name} names no secret: {value}");
        }
    }
    let rules = std::env::current_dir().unwrap().join("rules");
    variables.extend([
        ("RINGMASTER__LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
        ("RINGMASTER__STORE__KIND".to_owned(), "memory".to_owned()),
        ("RINGMASTER__RULES".to_owned(), rules.display().to_string()),
    ]);
    variables
}

#[rstest]
#[case::image_and_compose(None, of_compose(), "a-key", "a-token")]
#[case::kubernetes(None, of_kubernetes(), "a-key", "a-token")]
#[case::systemd(
    Some("deploy/systemd/ringmaster.toml"),
    of_systemd(),
    "a-key",
    "a-token"
)]
#[case::sample(
    Some("deploy/ringmaster.toml"),
    Variables::new(),
    "change-me",
    "change-me-too"
)]
#[tokio::test]
async fn the_program_starts_and_answers_with_the_settings_of(
    #[case] config: Option<&str>,
    #[case] variables: Variables,
    #[case] key: &str,
    #[case] token: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = vec!["serve"];
    arguments.extend(config.into_iter().flat_map(|file| ["--config", file]));
    let mut command = ringmaster(&arguments);
    command.envs(at_home(variables, folder.path()));
    let server = ServerProcess::started(command, folder);
    let client = reqwest::Client::new();
    let url = server.url(&format!(
        "/ccm-programmable-connect?key={key}&CallSid=one&From=08516043026&To=01135124157"
    ));
    let answer = client.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{}", server.log());
    let agents = client
        .get(server.url("/v1/accounts/default/agents"))
        .bearer_auth(token);
    assert_eq!(agents.send().await.unwrap().status(), 200);
}

#[test]
fn all_log_for_machines_and_none_names_a_secret_itself() {
    for variables in [of_compose(), of_kubernetes()] {
        assert_eq!(variables["RINGMASTER__LOG__FORMAT"], "json");
        assert_eq!(variables["RINGMASTER__STORE__KIND"], "redis");
        for secret in ["__KEYS", "__TOKENS", "__URL"] {
            let itself = |name: &&String| name.ends_with(secret) && !name.contains("PUBLIC_URL");
            assert_eq!(variables.keys().find(itself), None);
        }
    }
}
