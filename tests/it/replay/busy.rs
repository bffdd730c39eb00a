//! A busy hour by its own rules: whatever other calls did, nothing is said to have changed.

use std::time::Duration;

use serde_json::{Value, json};

use super::{lines, replayed};
use crate::explain::past::Office;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
queues:
  few: { agents: { groups: [few] }, max_calls: 2, wrap_up: 9s, no_answer: { delay: 12s } }
  fair: { agents: { groups: [fair] }, fairness: oldest_first, wrap_up: 7s }
  over: { agents: { groups: [few, fair] }, strategy: fewest_calls, wrap_up: 5s, busy: { delay: 8s } }
rules:
  - name: few
    when: { digits: "1" }
    ring: { for: 20s, attempts: 4 }
    targets: [{ queue: few }, { queue: over, after: { attempts: 1 } }]
  - name: fair
    when: { digits: "2" }
    ring: { agents: 2, for: 20s, attempts: 4 }
    targets: [{ queue: fair }]
  - name: over
    when: { digits: "3" }
    ring: { for: 20s, attempts: 4 }
    targets: [{ queue: fair }, { queue: over }]
fallback: { numbers: ["+911140001234"] }
"#;

const AGENTS: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

/// One step of a call: it comes, asks again, or ends.
async fn step(office: &Office, number: usize, rung: &mut [Option<String>]) {
    let place = number * 5 % rung.len();
    let (call, digits) = (format!("call-{place}"), place % 3 + 1);
    let told = match (&rung[place], number % 4) {
        (None, _) => String::new(),
        (Some(who), 0) => {
            let end = format!("CallType=completed&DialCallStatus=completed&DialWhomNumber={who}");
            return office.report(&call, &end).await;
        }
        (Some(who), 1) => {
            let event = format!("EventType=Answered&DialWhomNumber={who}");
            return office.report(&call, &event).await;
        }
        (Some(who), 2) => {
            format!("&DialCallStatus=no-answer&DialWhomNumber={who}&DialCallDuration=20")
        }
        (Some(who), _) => {
            format!("&DialCallStatus=busy&DialWhomNumber={who}&DialCallDuration={number}")
        }
    };
    let found = office
        .fetch(&call, &format!("&digits={digits}{told}"))
        .await;
    rung[place] = found.first().cloned();
}

#[tokio::test]
async fn a_busy_hour_by_its_own_rules_changes_nothing() {
    let office = Office::in_memory(RULES).await;
    for (place, id) in AGENTS.into_iter().enumerate() {
        office
            .agent(id, if place < 4 { "few" } else { "fair" })
            .await;
        office.is(id, "available").await;
    }
    let mut rung = vec![None; 29];
    for number in 0..220 {
        step(&office, number, &mut rung).await;
        // What happens in the millisecond of an answer is not told apart.
        office.server.clock.advance(Duration::from_millis(1));
        if number % 9 == 0 {
            let status = ["on_break", "available", "offline", "available"][number / 9 % 4];
            office.is(AGENTS[number % 7], status).await;
        }
        let pause = [0, 1, 2, 5, 3][number % 5];
        office
            .server
            .clock
            .advance(Duration::from_millis(1 + 1_000 * pause));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let own = replayed(&office.server, RULES).await;
    // By words of no consequence they are other rules, and have to come to the same.
    let with_comment = replayed(&office.server, &format!("{RULES}# tried\n")).await;
    assert_ne!(own["rules_version"], with_comment["rules_version"]);
    for page in [&own, &with_comment] {
        assert_eq!(page["calls"], json!(29), "{page:#}");
        assert!(page["same"].as_u64().unwrap() > 60, "{page:#}");
        let changed: Vec<_> = lines(page)
            .into_iter()
            .filter(|line| line.contains(" changed: ") || line.contains(" other_rule: "))
            .collect();
        assert_eq!(changed, [""; 0], "{page:#}");
        let answers = page["answers"].as_array().unwrap();
        let untold = answers
            .iter()
            .filter(|answer| answer["verdict"] == "untold");
        assert!(
            untold.count() > 0,
            "caps and older calls made no difference: {page:#}"
        );
    }
    // Whom no queue has any more would not be rung, whatever else the queues had.
    let without = RULES
        .replace("[few]", "[nobody]")
        .replace("[few, fair]", "[fair]");
    let without = replayed(&office.server, &without).await;
    let lost = |answer: &&Value| {
        let then = answer["rings_then"].as_array().unwrap();
        then.iter()
            .any(|id| AGENTS[..4].iter().any(|few| id == few))
    };
    let answers = without["answers"].as_array().unwrap();
    let lost: Vec<_> = answers.iter().filter(lost).collect();
    let changed = |answer: &&&Value| answer["verdict"] == "changed";
    assert!(
        lost.iter().filter(changed).count() > 10,
        "{} of {}",
        lost.iter().filter(changed).count(),
        lost.len()
    );
    for answer in lost {
        assert!(
            !answer["why"].to_string().contains("max_calls"),
            "{answer:#}"
        );
    }
    let notes = own["notes"].to_string();
    assert!(
        notes.contains("Groups, skills and names of agents are those of now."),
        "{notes}"
    );
}
