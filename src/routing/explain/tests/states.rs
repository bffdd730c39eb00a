//! An office in which everybody is up to something else.

use super::*;

const STAFF: &str = r#"[
    { "id": "asha", "name": "Asha Rao", "destinations": ["+919812345001"], "groups": ["sales"] },
    { "id": "bilal", "name": "Bilal", "destinations": ["sip:bilal"], "groups": ["sales"] },
    { "id": "chitra", "name": "Chitra", "destinations": ["sip:chitra"], "groups": ["sales"] },
    { "id": "dev", "name": "Dev", "destinations": ["sip:dev"], "groups": ["sales"] },
    { "id": "esha", "name": "Esha", "destinations": ["sip:esha"], "groups": ["sales"] },
    { "id": "farid", "name": "Farid", "destinations": ["sip:farid"], "groups": ["sales"] },
    { "id": "gita", "name": "Gita", "destinations": ["sip:gita"], "groups": ["sales"] },
    { "id": "hari", "name": "Hari", "destinations": ["sip:hari"], "groups": ["sales"] },
    { "id": "indu", "name": "Indu", "destinations": ["sip:indu"], "groups": ["support", "sales"], "skills": { "hindi": 4 } },
    { "id": "jai", "name": "Jai", "destinations": ["sip:jai"], "groups": ["support"], "skills": { "hindi": 2 } },
    { "id": "kiran", "name": "Kiran", "destinations": ["sip:kiran"], "groups": ["support"] },
    { "id": "lata", "name": "Lata", "destinations": ["sip:lata"], "groups": ["support"], "skills": { "hindi": 3 } }
]"#;

/// Whoever calls for them is VIP, at 11:00.
const VIP: &str = "CallSid=vip-1&From=09812345678&To=01135124157&Direction=incoming";

async fn busy_office(book: &RoutingBook) -> World {
    let world = World::new();
    world.at(3_000);
    let staff: Vec<AgentProfile> = serde_json::from_str(STAFF).unwrap();
    let account = AccountName::default();
    world.store.put_agents(&account, &staff).await.unwrap();
    let lunch = Presence::OnBreak {
        reason: Some("lunch".to_owned()),
        lasting: Some(Duration::from_mins(45)),
    };
    world.set("gita", Presence::Available).await;
    world.at(900).set("chitra", lunch).await;
    world.at(600).set("asha", Presence::Available).await;
    world.at(300).set("bilal", Presence::Available).await;
    world.at(240).set("indu", Presence::Available).await;
    world.at(120).set("esha", Presence::Available).await;
    world.at(110).set("farid", Presence::Available).await;
    world.at(100).set("lata", Presence::Available).await;
    world.at(95).set("jai", Presence::Available).await;
    for id in ["asha", "bilal", "indu", "esha", "farid", "lata"] {
        world.at(50).beat(id).await;
    }
    world.at(40);
    let open = Presence::OnBreak {
        reason: None,
        lasting: None,
    };
    world.set("hari", open).await;
    world.at(10);
    // Three of sales are reserved for another VIP.
    world
        .call(
            book,
            "CallSid=other-call&From=9812300000&To=01135124157&Direction=incoming",
        )
        .await;
    world.at(0);
    world
}

#[tokio::test]
async fn a_supervisor_reads_why_each_agent_rings_or_not() {
    let book = office();
    let world = busy_office(&book).await;
    let explanation = world.explain(&book, &question(VIP)).await;
    insta::assert_snapshot!(explanation);
}
