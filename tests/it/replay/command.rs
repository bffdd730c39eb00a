//! `ringmaster replay`, the program itself, at a server of its own.

use std::process::Output;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::office::Office;
use crate::support::process::ringmaster;
use crate::support::redis::RedisServer;

const RULES: &str = "
country: IN
time_zone: Asia/Kolkata
callers:
  blocked: { file: blocked.csv }
queues:
  sales: { agents: { groups: [sales] } }
  support: { agents: { groups: [support] } }
rules:
  - { name: to sales, when: { dialed: '01135124157' }, ring: { for: 20s, attempts: 2 }, targets: [{ queue: sales }] }
fallback: { numbers: ['+911140001234'] }
";

fn said(output: &Output) -> String {
    let code = output.status.code().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!("{code} {}{}", text(&output.stdout), text(&output.stderr))
}

/// Two calls, of which one has two attempts, and what the program says of them by other rules.
async fn is_told(office: &Office) {
    let process = &office.processes[0];
    for (id, group) in [("asha", "sales"), ("dev", "support")] {
        let agent = json!({ "name": id, "destinations": [format!("sip:{id}")], "groups": [group] });
        let path = format!("/agents/{id}");
        office.admin(Method::PUT, &path, Some(agent)).await;
        let available = json!({ "status": "available" });
        let path = format!("/agents/{id}/presence");
        office.admin(Method::PUT, &path, Some(available)).await;
    }
    let call = "CallSid=one&From=09812345678&To=01135124157";
    office.connect(0, call).await;
    let missed = format!("{call}&DialCallStatus=no-answer&DialWhomNumber=sip:asha");
    office.connect(0, &missed).await;
    tokio::time::sleep(Duration::from_millis(500)).await;

    let folder = process.folder();
    std::fs::write(folder.join("rules/blocked.csv"), "number\n09800000000\n").unwrap();
    let others = RULES
        .replace("{ queue: sales }", "{ queue: support }")
        .replace(
            "rules:\n",
            "rules:\n  - { name: blocked, when: { caller: blocked }, targets: [] }\n",
        );
    std::fs::write(folder.join("new.yaml"), &others).unwrap();
    std::fs::write(
        folder.join("bad.yaml"),
        others.replace("targets", "tragets"),
    )
    .unwrap();
    let server = process.url("");
    let run = |more: &[&str]| {
        let asked = ["replay", "--since", "1h", "--server", &server];
        let arguments: Vec<_> = asked.iter().chain(more).copied().collect();
        let mut command = ringmaster(&arguments);
        let command = command.current_dir(folder).env("RINGMASTER_TOKEN", "boss");
        command.output().unwrap()
    };
    let told = said(&run(&["--rules", "new.yaml"]));
    assert!(
        told.starts_with("0 Of 2 answers to 1 calls that began from 20"),
        "{told}"
    );
    assert!(
        told.contains(", 1 would ring other phones; of 1 it cannot be told."),
        "{told}"
    );
    let row = told.lines().find(|line| line.starts_with("one ")).unwrap();
    assert!(row.contains("  1        to sales  asha → dev  dev rings: rule \"to sales\", queue support, longest idle first."), "{told}");
    let json = run(&["--rules", "new.yaml", "--format", "json"]);
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    let totals = json!({ "answers": 2, "same": 0, "other_rule": 0, "changed": 1, "not_comparable": 1, "untold": 0 });
    assert_eq!(document["totals"], totals);
    assert_eq!(
        (&document["version"], &document["complete"]),
        (&json!(1), &json!(true))
    );

    refuses(&run);
}

/// What cannot be told says what to do.
fn refuses(run: &dyn Fn(&[&str]) -> Output) {
    let bad = said(&run(&["--rules", "bad.yaml"]));
    assert!(
        bad.starts_with("1 ringmaster: these rules cannot be used:\nbad.yaml:"),
        "{bad}"
    );
    assert!(
        bad.contains("unknown key \"tragets\" in a rule; did you mean \"targets\"?"),
        "{bad}"
    );
    let none = said(&run(&["--rules", "none.yaml"]));
    assert!(
        none.starts_with("2 ringmaster: the rules none.yaml cannot be read"),
        "{none}"
    );
    let later = said(&run(&["--rules", "new.yaml", "--until", "soon"]));
    assert!(
        later.starts_with("2 ringmaster: --until must be a time such as"),
        "{later}"
    );
}

#[tokio::test]
async fn calls_of_a_server_in_memory_are_told_by_other_rules() {
    is_told(&office_with_list(None)).await;
}

#[tokio::test]
async fn calls_of_a_server_on_redis_are_told_by_other_rules() {
    let redis = RedisServer::start();
    is_told(&office_with_list(Some(&redis))).await;
}

/// Its rules name no list yet: the file comes later.
fn office_with_list(redis: Option<&RedisServer>) -> Office {
    let rules = RULES.replace("callers:\n  blocked: { file: blocked.csv }\n", "");
    match redis {
        Some(redis) => Office::on_redis(1, redis, "", &rules),
        None => Office::in_memory("", &rules),
    }
}
