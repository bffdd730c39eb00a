//! Every state × every report × own or foreign call, on both stores; what comes of it is the table of `docs/agents.md`.

use std::fmt::Write as _;

use ringmaster::clock::Clock as _;
use ringmaster::presence::{DialOutcome, LegEvent, News, OfferRequest};
use ringmaster::telephony::AccountName;

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

/// Calls that don't hold the agent: one that did before and whose time is over, one that rang somebody else, and one that
/// nobody knows.
const FOREIGN: [&str; 3] = ["old", "elsewhere", "unknown"];

/// The agent in that state for the call `own`; idle is behind a call of which it is open how it ended. Another call, `old`,
/// rang the agent before, and its time is over. Each time it happens in an account of its own.
async fn in_state(world: &mut World, state: &str) {
    let number = world.clock.now().as_millis();
    world.account = AccountName::parse(&format!("at-{number}")).unwrap();
    let own_account = |mut request: OfferRequest| {
        request.account = world.account.clone();
        request
    };
    let elsewhere = own_account(fetch("elsewhere", vec![handled()]));
    let old = own_account(fetch("old", vec![handled()]));
    let own = own_account(match state {
        "in_call, assumed" => without_answers("own"),
        _ => fetch("own", vec![handled()]),
    });
    world.staff(&[agent("b"), agent("a")]).await;
    assert_eq!(world.rings(&elsewhere).await, ["b"]);
    assert_eq!(world.rings(&old).await, ["a"]);
    world.event("elsewhere", "b", LegEvent::Dial).await;
    world.pass(25);
    assert_eq!(world.rings(&own).await, ["a"]);
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

async fn every_report_does_what_the_documentation_says(mut world: World) {
    let mut table = format!(
        "| | {} |\n|---|{}\n",
        REPORTS.join(" | "),
        "---|".repeat(REPORTS.len())
    );
    for state in STATES {
        write!(table, "| {state} |").unwrap();
        for report in REPORTS {
            in_state(&mut world, state).await;
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

/// A call whose reservation ended unheard may still ring its agent, as long as nobody else does: so `old` is foreign only
/// where the agent is held.
async fn no_report_of_a_foreign_call_changes_anything(mut world: World) {
    for (state, report, call) in
        cells().filter(|(state, _, call)| (*state, *call) != ("idle", "old"))
    {
        in_state(&mut world, state).await;
        let before = world.agent("a").await;
        world.hear(call, news(report)).await;
        let after = world.agent("a").await;
        assert_eq!(
            (after.status, after.state, after.until, &after.call),
            (before.status, before.state, before.until, &before.call),
            "{state}, {report} of {call}"
        );
    }
}

fn cells() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let reports = |state| REPORTS.into_iter().map(move |report| (state, report));
    let each = STATES.into_iter().flat_map(reports);
    each.flat_map(|(state, report)| FOREIGN.map(|call| (state, report, call)))
}

macro_rules! on_both_stores {
    ($($name:ident)+) => {
        mod memory {
            use super::World;
            $(#[tokio::test] async fn $name() { super::$name(World::memory()).await; })+
        }
        mod redis {
            use super::World;
            $(#[tokio::test] async fn $name() { super::$name(World::redis()).await; })+
        }
    };
}

on_both_stores! {
    every_report_does_what_the_documentation_says
    no_report_of_a_foreign_call_changes_anything
}
