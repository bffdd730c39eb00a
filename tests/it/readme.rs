//! What the README states about the code is compared with the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ringmaster::clock::Timestamp;
use ringmaster::rules::{RuleBook, RulesFolder};
use ringmaster::settings::Settings;
use ringmaster::settings::reference;

use crate::support::server::TestServer;

mod simulation;
mod tests_of_rules;

/// The lines of a section of the README, from its heading to the next.
fn section(heading: &str) -> String {
    let readme = fs::read_to_string("README.md").unwrap();
    let (_, behind) = readme
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("the README has no section {heading:?}"));
    behind.split("\n## ").next().unwrap().to_owned()
}

/// The first block of code of a language in a section.
fn block(section: &str, language: &str) -> String {
    let (_, behind) = section.split_once(&format!("```{language}\n")).unwrap();
    behind.split("```").next().unwrap().to_owned()
}

/// The answer that the README promises for the demo's request.
pub(crate) fn demo_answer() -> serde_json::Value {
    let shown = block(&section("Run it, test it"), "json");
    serde_json::from_str(&shown).unwrap()
}

/// The explanation that the README promises for the demo, without what changes from run to run.
pub(crate) fn demo_explanation() -> String {
    timeless(&block(&section("Why a call rings whom"), "text"))
}

/// An explanation without times and versions.
pub(crate) fn timeless(explanation: &str) -> String {
    let without_time = |line: &str| match line.split_once("idle for ") {
        Some((before, after)) => {
            let (_seconds, rest) = after.split_once('s').unwrap();
            format!("{before}idle for …{rest}")
        }
        None => line.to_owned(),
    };
    let lines = explanation.lines().map(|line| match line.split_once("  ") {
        Some((name @ ("When" | "Rules"), _)) => name.to_owned(),
        _ => without_time(line),
    });
    let lines: Vec<_> = lines.collect();
    lines.join("\n").trim_end().to_owned()
}

#[test]
fn every_reason_of_an_explanation_is_documented() {
    let code = fs::read_to_string("src/routing/explain/document.rs").unwrap();
    let (_, behind) = code.split_once("pub enum Reason {").unwrap();
    let variants = behind.split('}').next().unwrap().lines();
    let variants = variants.filter_map(|line| line.trim().strip_suffix(','));
    let section = section("Why a call rings whom");
    let mut count = 0;
    for variant in variants {
        let mut word = String::new();
        for letter in variant.chars() {
            if letter.is_uppercase() && !word.is_empty() {
                word.push('_');
            }
            word.extend(letter.to_lowercase());
        }
        assert!(section.contains(&format!("`{word}`")), "{word}");
        count += 1;
    }
    assert_eq!(count, 20);
}

/// The first cells of the rows of the table with this heading.
fn names_under(section: &str, heading: &str) -> BTreeSet<String> {
    let (_, behind) = section.split_once(&format!("| {heading} |")).unwrap();
    let table: String = behind.split("\n\n").next().unwrap().to_owned();
    let names = rows(&table).into_iter();
    names
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect()
}

#[tokio::test]
async fn the_fields_of_an_explanation_are_documented() {
    let section = section("Why a call rings whom");
    let server = TestServer::start().await;
    let explain = async |question: serde_json::Value| -> serde_json::Value {
        let request = server.api(reqwest::Method::POST, "/explain", "wallboard");
        request
            .json(&question)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    };
    let keys = |document: &serde_json::Value| -> BTreeSet<String> {
        document.as_object().unwrap().keys().cloned().collect()
    };
    let question = serde_json::json!({ "from": "hidden", "to": "01135124157" });
    assert_eq!(
        keys(&explain(question).await),
        names_under(&section, "answered")
    );
    for name in names_under(&section, "asked") {
        let refused = explain(serde_json::json!({ name.clone(): {} })).await;
        let errors = refused["errors"].as_array().unwrap();
        let of_field = errors.iter().find(|error| error["field"] == name.as_str());
        let message = of_field.unwrap()["message"].as_str().unwrap();
        assert!(message.starts_with("must be "), "{name}: {message}");
    }
}

/// The cells of the rows of a section's tables, without the headings.
fn rows(section: &str) -> Vec<Vec<String>> {
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let row = row.trim_matches('|').replace("\\|", "\u{1}");
        let cells = row.split('|');
        cells
            .map(|cell| cell.trim().replace('\u{1}', "|"))
            .collect()
    })
    .collect()
}

#[test]
fn the_table_of_settings_is_the_reference() {
    let expected: Vec<_> = reference::ALL
        .iter()
        .map(|setting| {
            let value = match setting.default {
                Some(default) => format!("`{default}`"),
                None => format!("not set; such as `{}`", setting.example),
            };
            vec![
                format!("`{}`", setting.name),
                value,
                setting.meaning.to_owned(),
            ]
        })
        .collect();
    assert_eq!(rows(&section("Settings")), expected);
}

/// Method and path of each row of the table of paths.
fn documented_paths() -> Vec<(String, String)> {
    let routes = documented_routes().into_iter();
    routes.map(|(method, path, _)| (method, path)).collect()
}

/// The same, with what it takes to use it.
pub(crate) fn documented_routes() -> Vec<(String, String, String)> {
    let mut paths = Vec::new();
    for row in rows(&section("HTTP")) {
        let (methods, path) = row[0].trim_matches('`').split_once(' ').unwrap();
        for method in methods.split('|') {
            let path = path.split('[').next().unwrap();
            let path = path.replace('…', "/v1/accounts/{account}");
            paths.push((method.to_owned(), path, row[1].clone()));
        }
    }
    paths
}

#[tokio::test]
async fn every_path_of_the_readme_is_served_with_its_methods() {
    let server = TestServer::start().await;
    server.agent("asha", "9812345678").await;
    for (method, path) in documented_paths() {
        let path = path
            .replace("{account}", "default")
            .replace("{id}", "asha")
            .replace("{name}", "sales")
            .replace("{number}", "9812345678")
            .replace("{asset}", "console.css")
            .replace("{part}", "start.js");
        let asked = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        // Without a body, what is put is refused, and that shows as well that the path is there.
        let url = server.url(&format!("{path}?key=key"));
        let request = server.client.request(asked, url).bearer_auth("boss");
        let status = request.send().await.unwrap().status().as_u16();
        assert!(
            !matches!(status, 401 | 403 | 404 | 405),
            "{method} {path}: {status}"
        );
        if method == "DELETE" {
            server.agent("asha", "9812345678").await;
        }
    }
}

/// A source file with all those of its folder.
fn source_files(file: &Path, folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = vec![file.to_owned()];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let all = if path.is_dir() {
                &mut folders
            } else {
                &mut files
            };
            all.push(path);
        }
    }
    files
}

#[test]
fn every_path_that_is_served_stands_in_the_readme() {
    let documented: BTreeSet<_> = documented_paths()
        .into_iter()
        .map(|(_, path)| path)
        .collect();
    let mut served = BTreeSet::new();
    for file in source_files(Path::new("src/server.rs"), Path::new("src/server")) {
        let code = fs::read_to_string(&file).unwrap();
        let is_of_api = ![
            "src/server.rs",
            "src/server/health.rs",
            "src/server/console.rs",
        ]
        .contains(&file.to_str().unwrap());
        let scope = if is_of_api {
            "/v1/accounts/{account}"
        } else {
            ""
        };
        for before_path in ["resource(\"", ".route(\""] {
            let paths = code.split(before_path).skip(1);
            served.extend(paths.map(|rest| format!("{scope}{}", rest.split('"').next().unwrap())));
        }
    }
    assert_eq!(documented, served);
}

#[tokio::test]
async fn the_metrics_of_rules_in_the_readme_are_those_that_are_served() {
    let server = TestServer::start().await;
    let url = server.url("/metrics");
    let answer = server.client.get(url).send().await.unwrap();
    let text = answer.text().await.unwrap();
    let names = |text: &str| -> BTreeSet<String> {
        let behind = text.split("ringmaster_").skip(1);
        let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
        behind
            .map(|rest| rest.chars().take_while(|c| is_name(*c)).collect())
            .collect()
    };
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let metrics: String = lines.flat_map(|line| [line, "\n"]).collect();
    let rules = section("Rules");
    let mut shown = names(&metrics);
    shown.retain(|name| name.starts_with("rules_"));
    assert_eq!(names(&rules), shown);
    let metrics: String = metrics
        .lines()
        .filter(|line| line.starts_with("ringmaster_rules_"))
        .collect();
    for label in ["result=\"", "state=\""] {
        for behind in metrics.split(label).skip(1) {
            let word = format!("`{}`", behind.split('"').next().unwrap());
            assert!(rules.contains(&word), "{word} is not named");
        }
    }
}

#[test]
fn the_sample_settings_load_and_are_known_to_be_a_sample() {
    let sample = fs::read_to_string("deploy/ringmaster.toml").unwrap();
    let settings = Settings::from_toml(&sample).unwrap();
    assert_eq!(
        settings.placeholders(),
        ["accounts.default.keys[0]", "accounts.default.tokens[0]"]
    );
    let uncommented = sample.replace("# public_url", "public_url");
    assert!(Settings::from_toml(&uncommented).is_ok());
}

#[test]
fn the_shipped_rules_belong_to_the_account_of_the_sample_settings() {
    let folder = RulesFolder::read(Path::new("rules"), Timestamp::from_millis(0)).unwrap();
    assert!(folder.refused().is_empty(), "{:?}", folder.refused());
    let accounts: Vec<_> = folder.files.keys().map(ToString::to_string).collect();
    assert_eq!(accounts, ["default"]);
}

#[test]
fn the_rules_that_the_readme_shows_can_be_used() {
    let rules = block(&section("Rules"), "yaml");
    if let Err(findings) = RuleBook::parse("README.md", &rules) {
        panic!("{findings}");
    }
}

#[test]
fn the_finding_that_the_readme_shows_is_one() {
    let findings = fs::read_to_string("tests/data/findings.txt").unwrap();
    let rules = section("Rules");
    let (_, shown) = rules.split_once("`rules/default.yaml:").unwrap();
    let shown = format!("rules/default.yaml:{}", shown.split('`').next().unwrap());
    assert!(findings.lines().any(|line| line == shown), "{shown}");
}

#[test]
fn the_readme_asks_for_the_rust_of_the_manifest() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let (_, version) = manifest.split_once("rust-version = \"").unwrap();
    let version = version.split('"').next().unwrap();
    let readme = fs::read_to_string("README.md").unwrap();
    assert!(readme.contains(&format!("Rust {version}")));
}

#[test]
fn the_commands_of_the_readme_are_there() {
    let readme = fs::read_to_string("README.md").unwrap();
    for file in [
        ".ci/test",
        ".ci/run",
        "deploy/ringmaster.toml",
        "rules/default.yaml",
        "rules/examples/clinic.yaml",
        "rules/examples/clinic.test.yaml",
        "rules/examples/support-desk.yaml",
        "rules/examples/sales-team.yaml",
    ] {
        assert!(readme.contains(file), "{file} is not named");
        assert!(Path::new(file).exists(), "{file} is not there");
    }
}
