//! Alerts and dashboard ask for metrics, labels and words that there are: those of `docs/metrics.md`, which is compared with
//! what `/metrics` has.

use std::collections::BTreeMap;
use std::fs;

use super::shipped;

/// What Prometheus adds to each metric.
const OF_PROMETHEUS: [&str; 3] = ["job", "instance", "le"];

/// A row of the table.
struct Metric {
    labels: Vec<String>,
    /// The row as it stands, with the words that labels can have.
    text: String,
}

fn documented() -> BTreeMap<String, Metric> {
    let text = fs::read_to_string("docs/metrics.md").unwrap();
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| `ringmaster_") || line.starts_with("| `process_"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let (name, kind) = (cells[0].trim_matches('`'), cells[1]);
        let name = if kind == "histogram" {
            format!("{name}_bucket")
        } else {
            name.to_owned()
        };
        let labels = cells[2].split(", ").map(str::to_owned).collect();
        let text = row.to_owned();
        (name, Metric { labels, text })
    })
    .collect()
}

/// The metrics that a text asks for, each with what stands in the braces behind it.
fn asked(text: &str) -> Vec<(&str, &str)> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let mut found = Vec::new();
    for prefix in ["ringmaster_", "process_"] {
        for (at, _) in text.match_indices(prefix) {
            if text[..at].ends_with(is_name) {
                continue;
            }
            let rest = &text[at..];
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            let braces = behind
                .strip_prefix('{')
                .and_then(|rest| rest.split_once('}'));
            found.push((name, braces.map_or("", |(inside, _)| inside)));
        }
    }
    found
}

fn all_that_is_asked() -> String {
    [
        "prometheus/alerts.yaml",
        "prometheus/alerts.test.yaml",
        "grafana/ringmaster.json",
    ]
    .map(shipped)
    .join("\n")
    .replace("\\\"", "\"")
}

#[test]
fn every_metric_that_is_asked_for_is_there_with_its_labels_and_their_words() {
    let documented = documented();
    let text = all_that_is_asked();
    let asked = asked(&text);
    assert!(asked.len() > 80, "{}", asked.len());
    for (name, matchers) in asked {
        let metric = documented.get(name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is no metric"));
        for matcher in matchers.split("\",").filter(|text| !text.is_empty()) {
            let (label, words) = matcher.split_once('=').unwrap();
            let label = label.trim_end_matches('!');
            let is_known =
                OF_PROMETHEUS.contains(&label) || metric.labels.iter().any(|l| l == label);
            assert!(is_known, "{name} has no label {label}");
            // Names of accounts, versions and the like are open; of closed sets the table has each word.
            let is_open = ["account", "version", "rule", "queue", "operation"].contains(&label);
            if is_open || OF_PROMETHEUS.contains(&label) {
                continue;
            }
            for word in words.trim_matches(['~', '"']).split('|') {
                let quoted = format!("`{word}`");
                assert!(
                    metric.text.contains(&quoted),
                    "{name}: {label} is never {word}"
                );
            }
        }
    }
}

#[test]
fn every_metric_is_on_the_dashboard() {
    let dashboard = shipped("grafana/ringmaster.json");
    for name in documented().keys() {
        assert!(dashboard.contains(name), "{name}");
    }
}
