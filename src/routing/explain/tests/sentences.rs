//! The first line of explanations, and what is told of attempts, splits and conditions.

use super::*;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
hours:
  office: { weekly: { mon-fri: ["09:30-13:30", "14:00-18:30"] } }
  night: { weekly: { daily: ["22:00-06:00"] } }
callers:
  vip: ["+919812345678"]
queues:
  sales: { agents: { groups: [sales] } }
  lot: { agents: { groups: [sales] }, strategy: random }
  tamil: { agents: { skills: { tamil: 5 } } }
rules:
  - { name: blocked, when: { caller: "+919800000000" }, targets: [] }
  - { name: at night, when: { hours: night }, targets: [] }
  - { name: pressed 1, when: { digits: "1", hours: office }, ring: { agents: 3, at_once: 1, for: 20s }, targets: [{ queue: sales }] }
  - { name: pressed 2, when: { digits: ["2", "3"] }, ring: { agents: 3, at_once: 2, for: 20s }, targets: [{ queue: sales }] }
  - name: pressed 4
    when: { digits: "4" }
    split:
      - { share: 70, targets: [{ queue: sales }] }
      - { share: 30, targets: [{ queue: tamil }, { numbers: ["+911140001235"] }] }
  - { name: pressed 5, when: { digits: "5" }, targets: [{ queue: tamil }, { numbers: ["+911140001235"] }] }
  - { name: pressed 6, when: { digits: "6" }, targets: [{ queue: lot }] }
  - name: pressed 7
    when: { digits: "7" }
    ring: { agents: 2, at_once: 1, for: 20s, attempts: 3 }
    targets:
      - queue: sales
      - { numbers: ["+911140001235"], after: { attempts: 2, waiting: 90s } }
  - { name: pressed 8, when: { digits: "8", caller: { not: vip } }, targets: [{ queue: tamil }] }
fallback: { numbers: ["+911140001234"] }
"#;

async fn staffed() -> World {
    let world = World::new();
    world
        .sales(&[("asha", 300), ("bilal", 200), ("chitra", 100)])
        .await;
    world
}

async fn said(query: &str) -> String {
    let world = staffed().await;
    let question = question(&format!("CallSid=one&To=01135124157&{query}"));
    world.explain(&book(RULES), &question).await.summary
}

#[tokio::test]
async fn the_first_line_says_who_rings_or_why_nobody_does() {
    insta::assert_snapshot!(said("From=09812345678&digits=1").await, @r#"asha, bilal then chitra ring, one after the other: rule "pressed 1", queue sales, longest idle first."#);
    insta::assert_snapshot!(said("From=09812345678&digits=2").await, @r#"asha, bilal and chitra ring, 2 at a time: rule "pressed 2", queue sales, longest idle first."#);
    insta::assert_snapshot!(said("From=09812345678&digits=5").await, @r#"+911140001235 rings: rule "pressed 5", fixed numbers, because nobody was found before."#);
    insta::assert_snapshot!(said("From=09812345678&digits=6").await, @r#"chitra rings: rule "pressed 6", queue lot, at random."#);
    insta::assert_snapshot!(said("From=09800000000").await, @r#"Nobody rings: rule "blocked" rings nobody on purpose."#);
    insta::assert_snapshot!(said("From=09800000001&digits=8").await, @r#"Nobody rings: rule "pressed 8" takes the call, but queue tamil has no agents."#);
    insta::assert_snapshot!(said("From=09812345678&digits=8").await, @"No rule takes this call, so the fallback rings +911140001234.");
}

#[tokio::test]
async fn nobody_rings_where_nobody_is_ready() {
    let world = World::new();
    world
        .sales(&[("asha", 300), ("bilal", 200), ("chitra", 100)])
        .await;
    world.set("asha", Presence::Offline).await;
    let lunch = Presence::OnBreak {
        reason: None,
        lasting: None,
    };
    world.set("bilal", lunch).await;
    world
        .call(
            &book(RULES),
            "CallSid=two&From=09812345678&To=01135124157&digits=1",
        )
        .await;
    let question = question("CallSid=one&To=01135124157&From=09812345678&digits=1");
    let explanation = world.explain(&book(RULES), &question).await;
    insta::assert_snapshot!(explanation.summary, @r#"Nobody rings: rule "pressed 1" takes the call, but nobody of queue sales can be rung (1 reserved, 1 on break, 1 offline)."#);
}

#[tokio::test]
async fn the_fallback_is_told_as_what_it_is() {
    let world = World::new();
    let question = question("To=01135124157&From=09812345678");
    world.at(0);
    let rings = RULES.to_owned();
    let nobody = RULES.replace(r#"{ numbers: ["+911140001234"] }"#, "{ numbers: [] }");
    let status = RULES.replace(r#"{ numbers: ["+911140001234"] }"#, "{ http_status: 503 }");
    let mut said = Vec::new();
    for rules in [rings, nobody, status] {
        said.push(world.explain(&book(&rules), &question).await.summary);
    }
    let without_rules = RoutingBook::without_rules();
    said.push(world.explain(&without_rules, &question).await.summary);
    insta::assert_snapshot!(said.join("\n"), @"
    No rule takes this call, so the fallback rings +911140001234.
    Nobody rings: no rule takes this call, and the fallback rings nobody.
    No rule takes this call, so Exotel gets the status 503 and asks its own fallback URL.
    Nobody rings: the account default has no usable rules.
    ");
}

#[tokio::test]
async fn attempts_before_are_played_through_until_nobody_is_left() {
    let world = staffed().await;
    let question = attempt(question("To=01135124157&From=09812345678&digits=7"), 3);
    insta::assert_snapshot!(world.explain(&book(RULES), &question).await);
    let fourth = attempt(question, 4);
    insta::assert_snapshot!(world.explain(&book(RULES), &fourth).await.summary, @r#"At the fourth attempt nobody rings: rule "pressed 7" takes the call, but the rule answers a call 3 times, and this is the fourth attempt."#);
}

#[tokio::test]
async fn a_waiting_time_that_is_given_counts() {
    let world = staffed().await;
    let question = Question {
        waiting: Some(Duration::from_secs(95)),
        ..attempt(question("To=01135124157&From=09812345678&digits=7"), 2)
    };
    let explanation = world.explain(&book(RULES), &question).await;
    insta::assert_snapshot!(explanation.targets[1].why, @"open: it opened after 1m30s of waiting (so far 1m35s), but not needed: somebody was found before");
    let sooner = Question {
        waiting: Some(Duration::from_secs(80)),
        ..question
    };
    let explanation = world.explain(&book(RULES), &sooner).await;
    insta::assert_snapshot!(explanation.targets[1].why, @"closed: it opens with the third attempt or after 1m30s of waiting (this is the second, so far 1m20s)");
}

#[tokio::test]
async fn attempts_that_were_really_made_are_taken_as_they_were() {
    let world = staffed().await;
    let book = book(RULES);
    world
        .call(
            &book,
            "CallSid=one&To=01135124157&From=09812345678&digits=7",
        )
        .await;
    let rang = |id: &str| crate::presence::Offered {
        uri: crate::telephony::ContactUri::from_canonical(&format!("sip:{id}")).unwrap(),
        agent: AgentId::parse(id).ok(),
        queue: None,
    };
    let past = PastAttempt {
        waited: Duration::ZERO,
        destinations: vec![rang("asha"), rang("bilal")],
    };
    let question = Question {
        earlier: vec![past],
        ..attempt(
            question("CallSid=one&To=01135124157&From=09812345678&digits=7"),
            2,
        )
    };
    let explanation = world.explain(&book, &question).await;
    let said: Vec<_> = explanation.targets[0]
        .agents
        .iter()
        .map(|agent| format!("{} {:?}: {}", agent.id, agent.reason, agent.why))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    chitra Chosen: idle for 1m40s
    asha Tried: already rung in the first attempt
    bilal Tried: already rung in the first attempt
    ");
}

#[tokio::test]
async fn a_split_without_a_call_sid_shows_both_sides() {
    let world = staffed().await;
    let split = |explanation: Explanation| explanation.split.unwrap();
    let question = question("To=01135124157&From=09812345678&digits=4");
    let shown = split(world.explain(&book(RULES), &question).await);
    insta::assert_snapshot!(format!("{} of {}: {}", shown.side, shown.sides, shown.why), @"1 of 2: the CallSid decides, and none was given: of 100 calls this side takes 70, side 2 takes 30 (queue tamil, numbers)");
    let question = Question {
        call: CallSid::parse("a-call").ok(),
        ..question
    };
    let shown = split(world.explain(&book(RULES), &question).await);
    insta::assert_snapshot!(format!("{} of {}: {}", shown.side, shown.sides, shown.why), @"1 of 2: the CallSid decides, so every fetch of this call falls on this side");
}

#[tokio::test]
async fn each_rule_says_the_condition_that_fails() {
    let world = World::new();
    world.at(0);
    let rules = r#"
country: IN
time_zone: Asia/Kolkata
hours:
  night: { weekly: { daily: ["22:00-06:00"] } }
  office: { weekly: { mon-fri: ["09:30-13:30"] } }
  holiday: { weekly: {}, except: { 2030-12-25: ["10:00-12:00"] } }
callers:
  vip: ["+919812345678", "98124*"]
rules:
  - { name: 01, when: { dialed: "01140001234" }, targets: [] }
  - { name: 02, when: { dialed: { not: "01135124157" } }, targets: [] }
  - { name: 03, when: { caller: vip }, targets: [] }
  - { name: 04, when: { caller: ["98123*", "+919800000009"] }, targets: [] }
  - { name: 05, when: { caller: { not: "98000*" } }, targets: [] }
  - { name: 06, when: { digits: "1" }, targets: [] }
  - { name: 07, when: { digits: { not: ["7", "9"] } }, targets: [] }
  - { name: 08, when: { direction: outbound-dial }, targets: [] }
  - { name: 09, when: { custom_field: gold }, targets: [] }
  - { name: "10", when: { hours: night }, targets: [] }
  - { name: "11", when: { hours: { not: office } }, targets: [] }
  - { name: "12", when: { hours: holiday }, targets: [] }
  - { name: "13", when: { hours: [night, office], digits: ["1", "2", "3", "4", "7"], caller: { not: vip } }, targets: [] }
fallback: { numbers: [] }
"#;
    let query = "To=01135124157&From=09800000001&digits=7&Direction=incoming";
    let explanation = world.explain(&book(rules), &question(query)).await;
    let lines = |explanation: &Explanation| {
        let lines = explanation.rules.iter();
        let lines = lines.map(|rule| format!("{} {:?}: {}", rule.name, rule.condition, rule.why));
        lines.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(lines(&explanation), @r#"
    01 Some("dialed"): dialed +911135124157 is not +911140001234
    02 Some("dialed"): dialed +911135124157 is what the rule excludes
    03 Some("caller"): caller +919800000001 is not in vip
    04 Some("caller"): caller +919800000001 is not +9198123* or +919800000009
    05 Some("caller"): caller +919800000001 is +9198000*, which the rule excludes
    06 Some("digits"): digits "7" is not "1"
    07 Some("digits"): digits "7" is what the rule excludes
    08 Some("direction"): direction incoming is not outbound-dial
    09 Some("custom_field"): no custom field, and the rule wants "gold"
    10 Some("hours"): hours night: closed at Mon 11:00, opens 22:00
    11 Some("hours"): hours office: open at Mon 11:00, closes 13:30, and the rule wants it closed
    12 Some("hours"): hours holiday: closed at Mon 11:00
    13 None: caller +919800000001 is not in vip; digits "7"; hours office: open at Mon 11:00, closes 13:30
    "#);
    let hidden = world
        .explain(&book(rules), &question("To=01135124157"))
        .await;
    insta::assert_snapshot!(lines(&hidden), @r#"
    01 Some("dialed"): dialed +911135124157 is not +911140001234
    02 Some("dialed"): dialed +911135124157 is what the rule excludes
    03 Some("caller"): the caller's number is hidden, so it is not in vip
    04 Some("caller"): the caller's number is hidden, so it is not +9198123* or +919800000009
    05 None: the caller's number is hidden
    "#);
}

#[tokio::test]
async fn presence_is_as_of_now_whatever_moment_is_asked_about() {
    let world = staffed().await;
    let question = Question {
        at: START.plus(Duration::from_hours(24)),
        ..question("To=01135124157&From=09812345678&digits=1")
    };
    let explanation = world.explain(&book(RULES), &question).await;
    insta::assert_snapshot!(explanation.notes.join("\n"), @"Opening hours are as of Tue 24 Nov 2026 11:00; who is there and free is as of Mon 23 Nov 2026 11:00.");
    assert_eq!(explanation.rings.len(), 3);
}

#[tokio::test]
async fn many_rules_and_agents_are_counted_not_listed() {
    let world = World::new();
    let agents: Vec<_> = (0..60).map(|number| format!("agent-{number:02}")).collect();
    let agents: Vec<_> = agents.iter().map(|id| (id.as_str(), 100)).collect();
    world.sales(&agents).await;
    let others = (0..30).map(|number| {
        format!("  - {{ name: other {number}, when: {{ dialed: '0114000{number:04}' }}, targets: [] }}\n")
    });
    let rules = RULES.replace(
        "rules:\n",
        &format!("rules:\n{}", others.collect::<String>()),
    );
    let question = question("To=01135124157&From=09812345678&digits=1");
    let text = world.explain(&book(&rules), &question).await.to_string();
    let counted = text
        .lines()
        .filter(|line| line.contains(" more: ") || line.contains("other numbers"));
    insta::assert_snapshot!(counted.collect::<Vec<_>>().join("\n"), @"
    30 rules for other numbers
       and 20 more: 20 ready
    ");
}
