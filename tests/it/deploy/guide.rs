//! The operations guide has an answer for each alert, and says of keys and times what is the case.

use std::collections::BTreeSet;

use super::{said, shipped};

/// The alerts, each with the lines that define it.
fn alerts() -> Vec<(String, String)> {
    let file = shipped("prometheus/alerts.yaml");
    let alerts = file.split("- alert: ").skip(1);
    alerts
        .map(|text| {
            let name = text.lines().next().unwrap().to_owned();
            (name, text.to_owned())
        })
        .collect()
}

/// The headings of the guide's section on alerts.
fn headings() -> BTreeSet<String> {
    let guide = shipped("README.md");
    let (_, behind) = guide.split_once("\n## Alerts\n").unwrap();
    let section = behind.split("\n## ").next().unwrap();
    let headings = section.lines().filter_map(|line| line.strip_prefix("### "));
    headings.map(str::to_owned).collect()
}

#[test]
fn each_alert_says_what_is_wrong_and_where_it_is_told_what_to_do() {
    for (name, text) in alerts() {
        let severity = said(&text, "severity: ");
        assert!(matches!(severity, "page }" | "ticket }"), "{name}");
        for annotation in ["summary: ", "description: "] {
            assert!(said(&text, annotation).len() > 10, "{name}");
        }
        let anchor = name.to_lowercase();
        let expected = format!("deploy/README.md#{anchor}");
        assert_eq!(said(&text, "runbook: "), expected, "{name}");
    }
}

#[test]
fn the_guide_tells_of_each_alert_and_of_no_other() {
    let named: BTreeSet<_> = alerts().into_iter().map(|(name, _)| name).collect();
    assert_eq!(named, headings());
    assert_eq!(named.len(), alerts().len(), "two alerts have one name");
}

#[test]
fn each_alert_is_seen_to_fire_by_a_test() {
    let tests = shipped("prometheus/alerts.test.yaml");
    for (name, _) in alerts() {
        let line = format!("alertname: {name}\n");
        let tested = tests.split(&line).skip(1);
        let fires = tested.filter(|rest| rest.trim_start().starts_with("exp_alerts:\n"));
        assert!(fires.count() > 0, "{name}");
    }
}

#[test]
fn the_files_that_the_guide_names_are_there() {
    let guide = shipped("README.md");
    let links = guide.split("](").skip(1);
    let mut count = 0;
    for link in links {
        let target = link.split(')').next().unwrap();
        let path = target.split('#').next().unwrap();
        if path.is_empty() || path.contains("://") {
            continue;
        }
        let file = std::path::Path::new("deploy").join(path);
        assert!(file.exists(), "{target}");
        count += 1;
    }
    assert!(count > 8, "{count}");
}

#[test]
fn the_guide_knows_every_family_of_keys_in_redis() {
    let code = std::fs::read_to_string("src/presence/redis/keys.rs").unwrap();
    let rows = code.lines().filter_map(|line| line.strip_prefix("//! | `"));
    let guide = shipped("README.md");
    let mut count = 0;
    for row in rows {
        let key = row.split('`').next().unwrap();
        assert!(guide.contains(&format!("`{key}`")), "{key}");
        count += 1;
    }
    assert!(count > 20, "{count}");
}
