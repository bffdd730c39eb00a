//! What was heard of a call, told of the phone that it is about.

use reqwest::Method;
use serde_json::{Value, json};

use super::sentences;
use super::{Office, RULES};
use crate::support::flaky::Mood;
use crate::support::redis::RedisServer;

/// Two whose numbers look the same masked, and a third.
const PHONES: [(&str, &str); 3] = [
    ("asha", "+919812345041"),
    ("bilal", "+919877777041"),
    ("chitra", "+919812345043"),
];

fn several(phones: usize) -> String {
    let ring = format!("ring: {{ agents: {phones}, at_once: {phones}, for: 20s, attempts: 3 }}");
    RULES.replace("ring: { for: 20s, attempts: 3 }", &ring)
}

impl Office {
    async fn staff(&self) {
        for (id, number) in PHONES {
            let agent = json!({ "name": id, "destinations": [number], "groups": ["sales"] });
            let path = format!("/agents/{id}");
            let put = self.server.admin(Method::PUT, &path, Some(agent)).await;
            put.error_for_status().unwrap();
            self.is(id, "available").await;
            self.pass(1).await;
        }
    }
}

/// What became of each phone of each attempt.
fn became(told: &Value) -> Vec<Vec<&str>> {
    let attempts = told["attempts"].as_array().unwrap().iter();
    attempts
        .map(|attempt| {
            let rings = attempt["rings"].as_array().unwrap().iter();
            rings.map(|ring| ring["became"].as_str().unwrap()).collect()
        })
        .collect()
}

/// Asha is busy and heard of late, bilal does not answer, chitra does, and the end has the legs of all three.
async fn three_attempts(office: &Office) -> Value {
    office.staff().await;
    assert_eq!(office.fetch("one", "").await, ["+919812345041"]);
    office.pass(3).await;
    let busy = "&DialCallStatus=busy&DialWhomNumber=09812345041&DialCallDuration=3";
    assert_eq!(office.fetch("one", busy).await, ["+919877777041"]);
    office.pass(1).await;
    // It was asha's phone, but what it says looks like bilal's.
    office
        .report(
            "one",
            "EventType=Terminal&DialWhomNumber=09812345041&DialCallStatus=busy",
        )
        .await;
    office.pass(20).await;
    let missed = "&DialCallStatus=no-answer&DialWhomNumber=09877777041&DialCallDuration=20";
    assert_eq!(office.fetch("one", missed).await, ["+919812345043"]);
    office.pass(4).await;
    let end = "CallType=completed&DialCallStatus=completed&DialWhomNumber=09812345043\
        &Legs[0][Number]=09812345041&Legs[0][Cause]=17\
        &Legs[1][Number]=09877777041&Legs[1][Cause]=1003\
        &Legs[2][Number]=09812345043&Legs[2][OnCallDuration]=40";
    office.report("one", end).await;
    office.document("one", 5).await
}

#[tokio::test]
async fn three_attempts_are_told_right_where_two_agents_look_alike() {
    let told = three_attempts(&Office::in_memory(RULES).await).await;
    insta::assert_snapshot!(sentences(&told).join("\n"), @r"
    A call of three attempts: asha was busy or declined; bilal did not answer; chitra answered and talked for 40s.
    asha (idle for 3s) was rung through queue sales and was busy or declined.
    bilal (idle for 5s) was rung through queue sales and did not answer.
    chitra (idle for 25s) was rung through queue sales and answered, and talked for 40s.
    ");
    assert_eq!(became(&told), [["declined"], ["no_answer"], ["answered"]]);
    let events = |attempt: usize| {
        let events = told["attempts"][attempt]["events"]
            .as_array()
            .unwrap()
            .iter();
        let words: Vec<_> = events
            .map(|event| event["words"].as_str().unwrap())
            .collect();
        words.join("\n")
    };
    insta::assert_snapshot!([0, 1, 2].map(events).join("\n---\n"), @r"
    the next fetch said how the dial had ended: busy or declined
    asha: over (busy or declined)
    ---
    the next fetch said how the dial had ended: no answer
    ---
    the dial was over (answered); asha in attempt 1: busy or declined; bilal in attempt 2: no answer; chitra: answered, after 40s of talking
    ");
    let redis = RedisServer::start();
    let there = three_attempts(&Office::on_redis(&redis, RULES).await).await;
    assert_eq!(became(&there), became(&told));
    assert_eq!(there["summary"], told["summary"]);
}

#[tokio::test]
async fn who_answered_of_several_who_look_alike_is_named() {
    let office = Office::in_memory(&several(2)).await;
    office.staff().await;
    assert_eq!(office.fetch("one", "").await.len(), 2);
    for event in [
        "EventType=Answered&DialWhomNumber=09877777041",
        "EventType=Terminal&DialWhomNumber=09812345041&DialCallStatus=canceled",
    ] {
        office.pass(2).await;
        office.report("one", event).await;
    }
    let told = office.document("one", 3).await;
    insta::assert_snapshot!(sentences(&told).join("\n"), @r"
    A call of one attempt: bilal answered.
    asha and bilal were rung through queue sales, and bilal answered.
    ");
    assert_eq!(became(&told), [["answered_elsewhere", "answered"]]);
}

#[tokio::test]
async fn the_end_of_a_dial_tells_of_each_of_its_phones() {
    let legs = "&Legs[0][Number]=09812345041&Legs[0][Cause]=17\
        &Legs[1][Number]=09877777041&Legs[1][OnCallDuration]=33\
        &Legs[2][Number]=09812345043&Legs[2][Cause]=26";
    let mut lines = Vec::new();
    for end in [
        format!("CallType=completed&DialCallStatus=completed&DialWhomNumber=09877777041{legs}"),
        // As it may come: somebody talked, and it is not said who.
        "CallType=completed&DialCallStatus=completed&DialCallDuration=33".to_owned(),
        "CallType=incomplete&DialCallStatus=no-answer".to_owned(),
        "CallType=client-hangup&DialCallStatus=canceled".to_owned(),
        "CallType=incomplete&DialCallStatus=busy&DialWhomNumber=09812345043".to_owned(),
    ] {
        let office = Office::in_memory(&several(3)).await;
        office.staff().await;
        assert_eq!(office.fetch("one", "").await.len(), 3);
        office.pass(9).await;
        office.report("one", &end).await;
        let told = office.document("one", 2).await;
        lines.push(format!(
            "{}\n{}\n{}\n",
            sentences(&told).join("\n"),
            became(&told)[0].join(" "),
            told["attempts"][0]["events"][0]["words"].as_str().unwrap()
        ));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    A call of one attempt: bilal answered and talked for 33s.
    asha, bilal and chitra were rung through queue sales, and bilal answered, and talked for 33s.
    declined answered answered_elsewhere
    the dial was over (answered); asha: busy or declined; bilal: answered, after 33s of talking; chitra: cancelled

    A call of one attempt: one of asha, bilal and chitra answered.
    asha, bilal and chitra were rung through queue sales, and one of them answered, but it was not said who.
    maybe_answered maybe_answered maybe_answered
    the dial was over (answered)

    A call of one attempt: none of asha, bilal and chitra answered.
    asha, bilal and chitra were rung through queue sales, and nobody answered.
    no_answer no_answer no_answer
    the dial was over (no answer)

    A call of one attempt: the caller hung up while asha, bilal and chitra were rung.
    asha, bilal and chitra were rung through queue sales, until the caller hung up.
    cancelled cancelled cancelled
    the dial was over (cancelled)

    A call of one attempt: none of asha, bilal and chitra answered.
    asha, bilal and chitra were rung through queue sales, and nobody answered.
    ended ended declined
    the dial was over (busy or declined)
    ");
}

#[tokio::test]
async fn what_the_next_fetch_says_of_several_phones_is_told_of_each() {
    let office = Office::in_memory(&several(2)).await;
    office.staff().await;
    assert_eq!(office.fetch("one", "").await.len(), 2);
    office.pass(21).await;
    let end = "&DialCallStatus=no-answer&DialWhomNumber=09877777041\
        &Legs[0][Number]=09812345041&Legs[0][Cause]=20&Legs[1][Number]=09877777041&Legs[1][Cause]=1003";
    assert_eq!(office.fetch("one", end).await.len(), 1);
    let told = office.document("one", 2).await;
    // Two look alike, and nobody was asked whose leg is which.
    assert_eq!(became(&told)[0], ["ended", "ended"]);
    let office = Office::in_memory(&several(2)).await;
    office.staff().await;
    office.is("asha", "offline").await;
    assert_eq!(office.fetch("one", "").await.len(), 2);
    office.pass(21).await;
    let end = "&DialCallStatus=no-answer&DialWhomNumber=09812345043\
        &Legs[0][Number]=09877777041&Legs[0][Cause]=20&Legs[1][Number]=09812345043&Legs[1][Cause]=1003";
    office.fetch("one", end).await;
    let told = office.document("one", 2).await;
    assert_eq!(became(&told)[0], ["failed", "no_answer"]);
}

#[tokio::test]
async fn of_a_fallback_only_what_is_known_is_told() {
    let office = Office::in_memory(RULES).await;
    office.staff().await;
    assert_eq!(office.fetch("one", "").await, ["+919812345041"]);
    office.pass(21).await;
    // The store fails at the fetch behind it, which comes twice.
    let missed = "&DialCallStatus=no-answer&DialCallDuration=20";
    office.server.store.becomes(Mood::Failing);
    assert_eq!(office.fetch("one", missed).await, ["+911140001234"]);
    office.server.store.becomes(Mood::Well);
    office.pass(2).await;
    assert_eq!(office.fetch("one", missed).await, ["+919877777041"]);
    let told = office.document("one", 3).await;
    assert_eq!(became(&told), [["no_answer"], ["unknown"], ["unknown"]]);
    insta::assert_snapshot!(sentences(&told).join("\n"), @r"
    A call of two attempts: asha did not answer; the fallback, +9111xxxxx234, was rung; bilal was rung.
    asha (idle for 3s) was rung through queue sales and did not answer.
    The store failed, so the fallback was answered: +9111xxxxx234 was rung; what came of it was not reported.
    bilal (idle for 25s) was rung through queue sales; what came of it was not reported.
    ");

    let office = Office::in_memory(RULES).await;
    office.server.store.becomes(Mood::Failing);
    office.fetch("one", "").await;
    office.server.store.becomes(Mood::Well);
    office.pass(2).await;
    let missed = "&DialCallStatus=no-answer&DialWhomNumber=01140001234&DialCallDuration=20";
    office.fetch("one", missed).await;
    let told = office.document("one", 2).await;
    insta::assert_snapshot!(sentences(&told).join("\n"), @r"
    A call without an attempt: the fallback, +9111xxxxx234, did not answer; nobody could be rung.
    The store failed, so the fallback was answered: +9111xxxxx234 was rung and did not answer.
    Nobody is known to have been in queue sales; nobody is known to have been in queue support; so nobody was rung.
    ");
}
