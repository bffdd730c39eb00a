//! What is told of the agent whom a caller talked to last.

use super::*;
use crate::presence::Binding;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
queues:
  sales: { agents: { groups: [sales] } }
  tamil: { agents: { skills: { tamil: 5 } } }
rules:
  - { name: first, when: { digits: "1" }, sticky: { for: 2d }, targets: [{ queue: sales }] }
  - name: alone
    when: { digits: "2" }
    sticky: { for: 2d, exclusive: true, wait: 30s }
    targets: [{ queue: sales }, { numbers: ["+911140001235"] }]
  - { name: elsewhere, when: { digits: "3" }, sticky: { for: 2d }, targets: [{ queue: tamil }] }
fallback: { numbers: ["+911140001234"] }
"#;

/// Explains a call, where that agent answered the caller's last call so many hours before.
async fn explained(world: &World, query: &str, answered: Option<(&str, u64)>) -> Explanation {
    let last_answered = answered.map(|(id, hours)| Binding {
        agent: AgentId::parse(id).unwrap(),
        begun: START.minus(Duration::from_hours(hours)),
        answered: START.minus(Duration::from_hours(hours)),
    });
    let question = Question {
        last_answered,
        ..question(&format!("CallSid=one&To=01135124157&{query}"))
    };
    world.explain(&book(RULES), &question).await
}

async fn staffed() -> World {
    let world = World::new();
    world.sales(&[("asha", 300), ("bilal", 200)]).await;
    world
}

#[tokio::test]
async fn it_says_who_answered_last_and_what_that_means() {
    let world = staffed().await;
    let known = "From=09812345678";
    let of_bilal = Some(("bilal", 3));
    for (digits, from, answered, expected) in [
        (
            "1",
            known,
            of_bilal,
            "bilal answered this caller's last call 3h ago, and comes first",
        ),
        (
            "1",
            known,
            Some(("bilal", 49)),
            "nobody has answered a call of this caller in the last 2d",
        ),
        (
            "1",
            known,
            None,
            "nobody has answered a call of this caller in the last 2d",
        ),
        (
            "1",
            "From=anonymous",
            None,
            "who hides the number can't be told from others",
        ),
        (
            "1",
            known,
            Some(("zoya", 3)),
            "zoya answered this caller's last call 3h ago, and is no agent any more",
        ),
        (
            "2",
            known,
            of_bilal,
            "bilal answered this caller's last call 3h ago, and comes first; nobody else is asked yet",
        ),
        (
            "3",
            known,
            of_bilal,
            "bilal answered this caller's last call 3h ago, and is in no queue of the targets",
        ),
    ] {
        let query = format!("{from}&digits={digits}");
        let explanation = explained(&world, &query, answered).await;
        assert_eq!(explanation.sticky.unwrap().why, expected, "{query}");
    }
}

#[tokio::test]
async fn a_caller_who_waits_for_one_agent_is_told_from_one_for_whom_nobody_is_there() {
    let world = staffed().await;
    world.set("bilal", Presence::Offline).await;
    let query = "From=09812345678&digits=2";
    let explanation = explained(&world, query, Some(("bilal", 3))).await;
    insta::assert_snapshot!(explanation.summary, @r#"Nobody rings: rule "alone" takes the call, and bilal answered this caller's last call 3h ago, but is not ready; nobody else is asked yet."#);
    let reasons = explanation.targets[0].agents.iter();
    let reasons: Vec<_> = reasons
        .map(|agent| (agent.id.as_str(), agent.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            ("asha", document::Reason::Kept),
            ("bilal", document::Reason::Offline)
        ]
    );
    assert!(!explanation.targets[1].used, "nor are fixed numbers");
}
