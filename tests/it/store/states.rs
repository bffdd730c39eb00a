//! Every state × every report × own or foreign call; what comes of it is the table of `docs/agents.md`.

use std::fmt::Write as _;

use ringmaster::presence::{AgentState, DialOutcome, LegEvent, News};

use super::reports::{ended, handled, uri, without_answers};
use super::world::*;

const STATES: [&str; 7] = [
    "idle",
    "reserved",
    "ringing",
    "in_call",
    "in_call, assumed",
    "wrap_up",
    "back_off",
];

/// The reports, by the words of the table.
const REPORTS: [&str; 10] = [
    "Dial",
    "Ringing",
    "Answered",
    "Terminal",
    "end: answered",
    "end: no answer",
    "end: declined",
    "end: failed",
    "end: cancelled",
    "end: unknown",
];

fn news(report: &str) -> News {
    let leg = |event| News::Leg {
        who: uri("a"),
        event,
        rang: None,
    };
    let end = |outcome| News::End(ended(outcome, Some("a")));
    match report {
        "Dial" => leg(LegEvent::Dial),
        "Ringing" => leg(LegEvent::Ringing),
        "Answered" => leg(LegEvent::Answered),
        "Terminal" => leg(LegEvent::Terminal),
        "end: answered" => end(DialOutcome::Answered),
        "end: no answer" => end(DialOutcome::NoAnswer),
        "end: declined" => end(DialOutcome::Declined),
        "end: failed" => end(DialOutcome::Failed),
        "end: cancelled" => end(DialOutcome::Cancelled),
        "end: unknown" => end(DialOutcome::Unknown),
        other => panic!("{other} is no report"),
    }
}

/// The agent in that state for the call `own`; idle is behind a call of which it is open how it ended. Another call, `old`,
/// rang the agent before, and its time is over.
async fn in_state(world: &World, state: &str) {
    world.staff(&[agent("a")]).await;
    world.rings(&fetch("old", vec![handled()])).await;
    world.pass(25);
    let request = match state {
        "in_call, assumed" => without_answers("own"),
        _ => fetch("own", vec![handled()]),
    };
    assert_eq!(world.rings(&request).await, ["a"]);
    let before: &[&str] = match state {
        "idle" => &["Dial", "Terminal"],
        "ringing" | "in_call, assumed" => &["Dial"],
        "in_call" => &["Dial", "Answered"],
        "wrap_up" => &["Answered", "Terminal"],
        "back_off" => &["end: declined"],
        _ => &[],
    };
    for report in before {
        world.hear("own", news(report)).await;
    }
    if state == "in_call, assumed" {
        world.pass(30);
    }
    assert_eq!(seen(world).await, state);
}

async fn seen(world: &World) -> String {
    let agent = world.agent("a").await;
    let assumed = if agent.assumed { ", assumed" } else { "" };
    format!("{}{assumed}", agent.state.as_str())
}

#[tokio::test]
async fn every_report_does_in_every_state_what_the_documentation_says() {
    let mut table = format!(
        "| | {} |\n|---|{}\n",
        REPORTS.join(" | "),
        "---|".repeat(REPORTS.len())
    );
    for state in STATES {
        write!(table, "| {state} |").unwrap();
        for report in REPORTS {
            let world = World::memory();
            in_state(&world, state).await;
            world.hear("own", news(report)).await;
            let after = seen(&world).await;
            let cell = if after == state { "·" } else { &after };
            write!(table, " {cell} |").unwrap();
        }
        table.push('\n');
    }
    let page = include_str!("../../../docs/agents.md");
    assert!(
        page.contains(&table),
        "docs/agents.md lacks this table:\n{table}"
    );
}

#[tokio::test]
async fn no_report_of_a_foreign_call_changes_who_is_held() {
    for state in STATES.into_iter().filter(|state| *state != "idle") {
        for report in REPORTS {
            let world = World::memory();
            in_state(&world, state).await;
            let before = world.agent("a").await;
            world.hear("old", news(report)).await;
            let after = world.agent("a").await;
            assert_eq!(
                (after.state, after.until, &after.call),
                (before.state, before.until, &before.call),
                "{state}, {report}"
            );
            assert_ne!(after.state, AgentState::Idle);
        }
    }
}
