//! Somebody who came in the middle of the day, and what is added for it.

use super::*;

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 60s }
queues:
  few: { agents: { groups: [sales] }, strategy: fewest_calls }
  share: { agents: { groups: [sales] }, strategy: weighted }
rules:
  - { name: share, when: { digits: "1" }, ring: { for: 10s }, targets: [{ queue: share }] }
  - { name: few, ring: { for: 10s }, targets: [{ queue: few }] }
fallback: { numbers: [] }
"#;

#[tokio::test]
async fn what_is_added_for_whoever_came_late_is_said() {
    let (world, book) = (World::new(), book(RULES));
    world.sales(&[("asha", 300)]).await;
    for number in 0..6_u64 {
        world.at(250 - number * 20).beat("asha").await;
        let digits = number % 2;
        let call = format!("CallSid=c{number}&From=09812345678&To=01135124157&digits={digits}");
        world.call(&book, &call).await;
    }
    world.at(100);
    let bilal = r#"{ "id": "bilal", "name": "Bilal", "destinations": ["sip:bilal"], "groups": ["sales"], "weight": 3 }"#;
    world.agent(bilal).await;
    world.set("bilal", Presence::Available).await;
    for before in [50, 0] {
        world.at(before).beat("asha").await;
        world.beat("bilal").await;
    }
    let mut said = Vec::new();
    for digits in 0..2 {
        let asked = format!("CallSid=x&From=09812345678&To=01135124157&digits={digits}");
        let explanation = world.explain(&book, &question(&asked)).await.to_string();
        let lines = explanation.lines().filter(|line| line.contains(" today"));
        said.extend(lines.map(|line| line.trim().to_owned()));
    }
    insta::assert_snapshot!(said.join("\n"), @"
    Bilal (bilal)  rings 1st  0 calls today and 4 for coming later
    asha           no         ready (6 calls today), but 1 was chosen already
    Bilal (bilal)  rings 1st  0 calls today and 15 for coming later, weight 3
    asha           no         ready (6 calls today, weight 1), but 1 was chosen already
    ");
}
