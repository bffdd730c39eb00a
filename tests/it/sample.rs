//! The published sample request, put to the rules that come with the project, on either store.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::office::{Answer, Office, PATIENT};
use crate::support::redis::RedisServer;

/// Everything in the shipped folder, the lists of callers too.
const SHIPPED_RULES: &str = concat!("rules = '", env!("CARGO_MANIFEST_DIR"), "/rules'\n");
const SAMPLE_ANSWER: &str = include_str!("../data/connect-answer.json");
const SAMPLE_QUERY: &str = "CallSid=07a971107d0f3ee459a21b90c0d616ba\
    &Created=Thu%2C%2010%20Nov%202022%2012%3A18%3A36&CurrentTime=2022-11-10%2012%3A18%3A44&DialCallDuration=0\
    &DialWhomNumber=&Direction=incoming&From=08516043026&StartTime=2022-11-10%2012%3A18%3A36&To=01135124157";

/// Two who are free, one who is on a break, one who is talking to somebody already.
async fn asked(office: &Office) -> Answer {
    let staff = ["busy", "lunch", "free-1", "free-2"].map(|id| (id.to_owned(), vec!["support"]));
    office.staff(&staff).await;
    let lunch = json!({ "status": "on_break", "reason": "lunch" });
    office
        .admin(Method::PUT, "/agents/lunch/presence", Some(lunch))
        .await;
    let before = office.connect(0, "CallSid=before&digits=%222%22").await;
    assert_eq!(before.destinations(), ["sip:busy"]);
    office.connect(0, SAMPLE_QUERY).await
}

/// Each field of the answer is one of the sample's, of the same type; every element is exactly as the sample's.
fn is_in_the_samples_shape(answer: &Value) {
    let sample: Value = serde_json::from_str(SAMPLE_ANSWER).unwrap();
    for (name, value) in answer.as_object().unwrap() {
        let model = sample
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not in the sample"));
        assert_eq!(
            std::mem::discriminant(value),
            std::mem::discriminant(model),
            "{name}"
        );
    }
    for element in answer["destination"].as_array().unwrap() {
        let keys: Vec<_> = element.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["contact_uri"]);
    }
}

#[tokio::test]
async fn both_stores_answer_it_alike_with_those_who_are_free() {
    let redis = RedisServer::start();
    let settings = format!("{SHIPPED_RULES}{PATIENT}");
    let no_others = "";
    let from_redis = asked(&Office::on_redis(1, &redis, &settings, no_others)).await;
    let from_memory = asked(&Office::in_memory(&settings, no_others)).await;
    is_in_the_samples_shape(&from_redis.json());
    assert_eq!(from_redis.destinations(), ["sip:free-1", "sip:free-2"]);
    assert_eq!(from_redis.body, from_memory.body);
}
