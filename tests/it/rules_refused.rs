//! Rules that can't be used, or are gone: what was in force stays, and operations hear of it.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::desk::{BROKEN, Desk, rules};

#[tokio::test]
async fn what_was_hardly_meant_so_is_logged_once_and_answered() {
    let desk = Desk::with(&rules(1));
    let unused = format!("queues: {{ sales: {{ agents: {{}} }} }}\n{}", rules(2));
    desk.write("rules/default.yaml", &unused);
    desk.soon_rings(2).await;
    let reloaded: Value = desk.reload("boss").await.json().await.unwrap();
    assert_eq!(reloaded["changed"], false);
    assert_eq!(reloaded["findings"][0]["code"], "unused-queue");
    assert_eq!(reloaded["findings"][0]["severity"], "warning");
    assert_eq!(desk.logged("hardly as they were meant"), 1);
}

const LAST: &str = "ringmaster_rules_last_reload_successful{account=\"default\"}";
const REFUSED: &str = "ringmaster_rules_reloads_total{account=\"default\",result=\"refused\"}";
const LOADED: &str = "ringmaster_rules_reloads_total{account=\"default\",result=\"loaded\"}";

#[tokio::test]
async fn a_bad_file_leaves_the_last_good_rules_and_is_said_once() {
    let desk = Desk::with(&rules(1));
    let well = json!({ "status": "current", "refused_files": 0, "missing_files": 0 });
    assert_eq!(desk.rules_readiness().await, well);
    assert_eq!(desk.metric(LAST).await, Some(1));
    assert_eq!(desk.metric(REFUSED).await, Some(0));

    let complaint = "this rules file can't be used";
    for broken in 1..4 {
        let text = format!("{BROKEN}# {broken}\n");
        for _ in 0..3 {
            desk.write("rules/default.yaml", &text);
            desk.server.program.signal("HUP");
            desk.still_rings(1).await;
        }
        assert_eq!(desk.logged(complaint), broken, "{}", desk.server.log());
    }
    let behind = json!({ "status": "behind", "refused_files": 1, "missing_files": 0 });
    assert_eq!(desk.rules_readiness().await, behind);
    assert_eq!(desk.metric(LAST).await, Some(0));
    assert_eq!(desk.metric(REFUSED).await, Some(3));
    assert_eq!(
        desk.metric("ringmaster_rules_files{state=\"refused\"}")
            .await,
        Some(1)
    );
    assert!(desk.server.log().contains("did you mean \\\"rules\\\"?"));

    desk.write("rules/default.yaml", &rules(1));
    desk.soon_logs("again what is in force").await;
    // The line comes a moment before what it says.
    let since = Instant::now();
    while desk.rules_readiness().await != well || desk.metric(LAST).await != Some(1) {
        assert!(since.elapsed() < Duration::from_secs(10), "it stays behind");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    desk.write("rules/default.yaml", &rules(2));
    desk.soon_rings(2).await;
    assert_eq!(desk.metric(LOADED).await, Some(2));
}

#[tokio::test]
async fn the_metrics_tell_which_version_is_in_force_since_when() {
    let desk = Desk::with(&rules(1));
    let in_force = async || {
        let metrics = desk.text("/metrics").await;
        let info = "ringmaster_rules_info{account=\"default\",version=\"";
        let (_, version) = metrics.split_once(info).unwrap();
        let since = "ringmaster_rules_in_force_since_timestamp_seconds{account=\"default\"}";
        let since = desk.metric(since).await.unwrap();
        (version.split('"').next().unwrap().to_owned(), since)
    };
    let (first, since) = in_force().await;
    assert!(since > 1_700_000_000, "seconds since 1970: {since}");
    desk.write("rules/default.yaml", &rules(2));
    desk.soon_rings(2).await;
    let (second, later) = in_force().await;
    assert_ne!(first, second);
    assert!(later >= since);
    let reloaded: Value = desk.reload("boss").await.json().await.unwrap();
    assert_eq!(reloaded["version"], second.as_str());
    assert!(desk.text("/metrics").await.ends_with("# EOF\n"));
}

#[tokio::test]
async fn a_file_that_goes_leaves_its_rules_in_force_until_the_next_start() {
    let desk = Desk::with(&rules(1));
    fs::remove_file(desk.path("rules/default.yaml")).unwrap();
    desk.soon_logs("the rules file is gone").await;
    desk.still_rings(1).await;
    let behind = json!({ "status": "behind", "refused_files": 0, "missing_files": 1 });
    assert_eq!(desk.rules_readiness().await, behind);
    fs::remove_dir(desk.path("rules")).unwrap();
    desk.server.program.signal("HUP");
    desk.soon_logs("no rules file can be found").await;
    desk.still_rings(1).await;
    assert_eq!(desk.logged("the rules file is gone"), 1);
    fs::create_dir(desk.path("rules")).unwrap();
    desk.write("rules/default.yaml", &rules(2));
    desk.server.program.signal("HUP");
    desk.soon_rings(2).await;
    desk.write("rules/default.yaml", &rules(3));
    desk.soon_rings(3).await;
}
