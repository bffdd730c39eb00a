//! Figures and names that stand in several places are the same, and fit each other.

use std::fs;
use std::path::Path;

use ringmaster::rules::RuleBook;
use ringmaster::settings::reference;
use serde_json::Value;

use super::{said, shipped};

/// How long Exotel waits for an answer, in milliseconds.
const EXOTEL_WAITS: u64 = 5_000;

/// A setting's default.
fn default(name: &str) -> u64 {
    let setting = reference::ALL.iter().find(|setting| setting.name == name);
    setting.unwrap().default.unwrap().parse().unwrap()
}

/// The number at the beginning of a text.
fn number(text: &str) -> u64 {
    let text = text.trim_start_matches(['"', ' ']);
    let end = text.find(|c: char| !c.is_ascii_digit());
    text[..end.unwrap_or(text.len())].parse().unwrap()
}

#[test]
fn a_proxy_waits_longer_than_an_answer_takes_and_asks_twice_before_exotel_gives_up() {
    let haproxy = shipped("haproxy/haproxy.cfg");
    let nginx = shipped("nginx/nginx.conf");
    for (connect, answer, times) in [
        (
            said(&haproxy, "timeout connect "),
            said(&haproxy, "timeout server "),
            1 + number(said(&haproxy, "retries ")),
        ),
        (
            said(&nginx, "proxy_connect_timeout "),
            said(&nginx, "proxy_read_timeout "),
            number(said(&nginx, "proxy_next_upstream_tries ")),
        ),
    ] {
        let (connect, answer) = (number(connect), number(answer));
        assert!(answer > default("answer_deadline_ms"), "{answer}");
        assert_eq!(times, 2);
        assert!(
            times * (connect + answer) < EXOTEL_WAITS,
            "{connect} {answer}"
        );
    }
}

#[test]
fn a_proxy_notices_that_an_instance_drains_while_it_still_answers() {
    let haproxy = shipped("haproxy/haproxy.cfg");
    let check = said(&haproxy, "default-server check ");
    let until_out = number(said(check, "inter ")) * number(said(check, "fall "));
    assert!(until_out * 2 < default("drain_seconds") * 1000);
}

#[test]
fn nobody_is_killed_while_what_is_in_flight_is_answered() {
    // What `traces/export.rs` gives the last spans when their collector hangs.
    const LAST_SPANS: u64 = 3;
    let kubernetes = shipped("kubernetes/deployment.yaml");
    let env = |name: &str| {
        number(said(
            &kubernetes,
            &format!("name: RINGMASTER__{name}, value: "),
        ))
    };
    let needed = env("DRAIN_SECONDS") + env("SHUTDOWN_GRACE_SECONDS") + LAST_SPANS;
    assert!(number(said(&kubernetes, "terminationGracePeriodSeconds: ")) > needed);
    let needed = default("drain_seconds") + default("shutdown_grace_seconds") + LAST_SPANS;
    let compose = shipped("compose.yaml");
    let (_, ringmaster) = compose.split_once("x-ringmaster: ").unwrap();
    assert!(number(said(ringmaster, "stop_grace_period: ")) > needed);
    let systemd = shipped("systemd/ringmaster.service");
    assert!(number(said(&systemd, "TimeoutStopSec=")) > needed);
}

#[test]
fn systemd_never_gives_up() {
    let systemd = shipped("systemd/ringmaster.service");
    let (unit, service) = systemd.split_once("[Service]").unwrap();
    assert!(unit.contains("\nStartLimitIntervalSec=0\n") && service.contains("\nRestart=always\n"));
}

#[test]
fn versions_are_the_manifests() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let version = said(&manifest, "\nversion = ").trim_matches('"');
    let rust = said(&manifest, "rust-version = ").trim_matches('"');
    let dockerfile = shipped("Dockerfile");
    assert!(dockerfile.contains(&format!("FROM rust:{rust}-")));
    assert!(dockerfile.contains(&format!("--tag ringmaster:{version} ")));
    assert_eq!(
        said(&shipped("compose.yaml"), "image: ringmaster:"),
        version
    );
    assert_eq!(
        said(&shipped("kubernetes/kustomization.yaml"), "newTag: "),
        version
    );
}

#[test]
fn no_image_is_whatever_is_the_latest() {
    let compose = shipped("compose.yaml");
    let dockerfile = shipped("Dockerfile");
    let images = compose.split("image: ").skip(1);
    let images = images.chain(dockerfile.split("\nFROM ").skip(1));
    let images: Vec<_> = images
        .map(|rest| rest.split_whitespace().next().unwrap())
        .collect();
    assert_eq!(images.len(), 8);
    for image in images {
        let tag = image.rsplit_once(':').map(|(_, tag)| tag);
        assert!(tag.is_some_and(|tag| tag != "latest"), "{image}");
    }
}

#[test]
fn what_compose_mounts_is_there() {
    let compose = shipped("compose.yaml");
    let mut count = 0;
    for line in compose.lines() {
        let of_volume = line.split_once("type: bind, source: ");
        let of_secret = line.split_once("{ file: ");
        let Some((_, rest)) = of_volume.or(of_secret) else {
            continue;
        };
        let source = rest.split([',', ' ']).next().unwrap();
        // Those are made by whoever starts it.
        if !source.contains("/secrets/") {
            assert!(Path::new("deploy").join(source).exists(), "{source}");
            count += 1;
        }
    }
    assert_eq!(count, 13);
}

#[test]
fn the_rules_for_kubernetes_can_be_used_and_are_all_mounted() {
    let kustomization = shipped("kubernetes/kustomization.yaml");
    let mut count = 0;
    for entry in fs::read_dir("deploy/kubernetes/rules").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(kustomization.contains(&format!("- rules/{name}\n")));
        let text = fs::read_to_string(&path).unwrap();
        if let Err(findings) = RuleBook::parse(name, &text) {
            panic!("{findings}");
        }
        count += 1;
    }
    assert_eq!(count, 1);
}

#[test]
fn rules_are_mounted_as_a_folder() {
    for file in ["kubernetes/deployment.yaml", "compose.yaml"] {
        let text = shipped(file);
        let mounts = text.lines().filter(|line| !line.trim().starts_with('#'));
        let lines: String = mounts.collect();
        assert!(!lines.contains("subPath"), "{file}");
        assert!(lines.contains("/etc/ringmaster/rules"), "{file}");
    }
}

#[test]
fn each_panel_of_the_dashboard_asks_something_and_has_a_place_of_its_own() {
    let dashboard: Value = serde_json::from_str(&shipped("grafana/ringmaster.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut taken = std::collections::BTreeSet::new();
    for panel in panels {
        let title = &panel["title"];
        let place = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(place("x") + place("w") <= 24, "{title}");
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(taken.insert((x, y)), "{title} lies on another");
            }
        }
        if panel["type"] != "row" {
            let targets = panel["targets"].as_array().unwrap();
            assert!(!targets.is_empty(), "{title}");
            for target in targets {
                assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
                assert!(!target["expr"].as_str().unwrap().is_empty(), "{title}");
            }
        }
    }
}
