//! One call, fetched many times over three processes: the same bytes for an attempt, and new agents for the next.

use futures_util::future::join_all;

use crate::support::office::{Office, PATIENT};
use crate::support::redis::RedisServer;

const RULES: &str = r"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 0 }
queues:
  everybody: { agents: {} }
rules:
  - name: two together, three times
    ring: { agents: 2, at_once: 2, for: 20s, attempts: 3 }
    targets: [{ queue: everybody }]
fallback: { numbers: ['+911140009999'] }
";

/// As many fetches at once, spread over the processes, and the one body that all of them must get.
async fn fetched(office: &Office, report: &str) -> crate::support::office::Answer {
    let query = format!("CallSid=one&From=08516043026&To=01135124157&{report}");
    let answers = join_all((0..20).map(|n| office.connect(n, &query))).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (200, &answers[0].body));
    }
    answers[0].clone()
}

fn report(destination: &str) -> String {
    format!("DialWhomNumber={destination}&DialCallStatus=no-answer&DialCallDuration=20")
}

#[tokio::test]
async fn twenty_overlapping_fetches_get_one_answer_and_each_reported_failure_the_next() {
    const NOTHING_YET: &str = "DialWhomNumber=&DialCallDuration=0";
    let redis = RedisServer::start();
    let office = Office::on_redis(3, &redis, PATIENT, RULES);
    let staff: Vec<_> = (0..8).map(|n| (format!("a{n}"), vec![])).collect();
    office.staff(&staff).await;

    let first = fetched(&office, NOTHING_YET).await;
    assert_eq!(first.destinations(), ["sip:a0", "sip:a1"]);
    assert!(!first.is_final());
    assert_eq!(office.in_state("reserved").await, ["a0", "a1"]);

    let second = fetched(&office, &report("sip:a1")).await;
    assert_eq!(second.destinations(), ["sip:a2", "sip:a3"]);
    assert!(!second.is_final());
    assert_eq!(
        office.in_state("reserved").await,
        ["a2", "a3"],
        "the first attempt is over"
    );

    let third = fetched(&office, &report("sip:a3")).await;
    assert_eq!(third.destinations(), ["sip:a4", "sip:a5"]);
    assert!(third.is_final(), "the last allowed answer says so");

    for (late, answer) in [
        (NOTHING_YET.to_owned(), &first),
        (report("sip:a1"), &second),
    ] {
        assert_eq!(fetched(&office, &late).await.body, answer.body);
    }
    assert_eq!(
        office.in_state("reserved").await,
        ["a4", "a5"],
        "late duplicates reserve nobody"
    );

    let beyond = fetched(&office, &report("sip:a5")).await;
    assert_eq!(beyond.destinations(), [""; 0]);
    assert!(beyond.is_final());
}
