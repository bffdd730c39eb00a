//! Several instances on one Redis, each with a port and connections of its own, and one Exotel: whatever comes to them at
//! once, an agent gets one call, and a request with a key makes one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use wiremock::MockServer;

use super::desk::{CUSTOMER, RULES, exotel, success};
use crate::support::redis::RedisServer;
use crate::support::server::TestServer;

const INSTANCES: usize = 3;

struct Branches {
    instances: Vec<TestServer>,
    exotel: MockServer,
    _redis: RedisServer,
}

impl Branches {
    /// Instances with so many agents of the queue `sales`, all ready. Exotel takes a moment for each call.
    async fn with_agents(count: usize) -> Self {
        let exotel = exotel(success().set_delay(Duration::from_millis(30))).await;
        let redis = RedisServer::start();
        let mut instances = Vec::new();
        for _ in 0..INSTANCES {
            let url = redis.url();
            instances.push(TestServer::patient(Some(&url), RULES, &exotel.uri()).await);
        }
        for index in 0..count {
            instances[0].agent(&id(index), &uri(index)).await;
        }
        Self {
            instances,
            exotel,
            _redis: redis,
        }
    }

    fn at(&self, instance: usize) -> &TestServer {
        &self.instances[instance % INSTANCES]
    }

    /// What a click for this agent through that instance is answered.
    async fn click(&self, instance: usize, agent: usize) -> (u16, Value) {
        let body = json!({ "agent": id(agent), "to": CUSTOMER });
        let answer = self.at(instance).admin(Method::POST, "/calls", Some(body));
        let answer = answer.await;
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Whom a call that comes in through that instance rings.
    async fn rings(&self, instance: usize, call: &str) -> Option<String> {
        let query = format!("CallSid={call}&From=09800000001&To=01135124157");
        let answer: Value = self
            .at(instance)
            .connect(&query)
            .await
            .json()
            .await
            .unwrap();
        let destinations = answer["destination"].as_array().unwrap();
        assert!(destinations.len() <= 1, "{answer}");
        let uri = destinations.first()?["contact_uri"].as_str().unwrap();
        assert_ne!(uri, "+911140009999", "the fallback, though Redis is well");
        Some(uri.to_owned())
    }

    /// How often Exotel was asked to call each agent.
    async fn made(&self) -> BTreeMap<String, usize> {
        let mut made = BTreeMap::new();
        for request in self.exotel.received_requests().await.unwrap() {
            let call: Value = request.body_json().unwrap();
            let agent = call["from"]["contact_uri"].as_str().unwrap().to_owned();
            *made.entry(agent).or_default() += 1;
        }
        made
    }

    /// Everybody is free again, as if their calls were over.
    async fn release(&self, count: usize) {
        let releases = (0..count).map(|index| {
            let path = format!("/agents/{}/release", id(index));
            async move { self.at(index).admin(Method::POST, &path, None).await }
        });
        for response in join_all(releases).await {
            assert!(response.status().is_success(), "{response:?}");
        }
    }
}

fn id(index: usize) -> String {
    format!("a{index}")
}

fn uri(index: usize) -> String {
    format!("+9198123450{index:02}")
}

#[tokio::test]
async fn of_many_clicks_for_one_agent_through_several_instances_one_makes_a_call() {
    const AGENTS: usize = 5;
    const CLICKS: usize = 18;
    let branches = Branches::with_agents(AGENTS).await;
    for agent in 0..AGENTS {
        let clicks = (0..CLICKS).map(|instance| branches.click(instance, agent));
        let answers = join_all(clicks).await;
        let made = answers.iter().filter(|(status, _)| *status == 201);
        assert_eq!(made.count(), 1, "{answers:?}");
        let is_refused =
            |(status, problem): &&(u16, Value)| *status == 409 && problem["code"] == "not-ready";
        let refused = answers.iter().filter(is_refused);
        assert_eq!(refused.count(), CLICKS - 1, "{answers:?}");
    }
    let each_once: BTreeMap<_, _> = (0..AGENTS).map(|agent| (uri(agent), 1)).collect();
    assert_eq!(branches.made().await, each_once);
}

/// As many clicks and calls as agents, all at once: each agent is had by one of them, nobody by two, and nobody is left.
#[tokio::test]
async fn a_click_and_a_call_that_comes_in_never_get_the_same_agent() {
    const AGENTS: usize = 12;
    const ROUNDS: usize = 50;
    let branches = Branches::with_agents(AGENTS).await;
    let everybody: BTreeSet<String> = (0..AGENTS).map(uri).collect();
    let (mut clicked, mut rung) = (0, 0);
    for round in 0..ROUNDS {
        let both = (0..AGENTS).flat_map(|agent| {
            let branches = &branches;
            let click = async move {
                let (status, answer) = branches.click(agent + round, agent).await;
                assert!(matches!(status, 201 | 409), "{answer}");
                (status == 201).then(|| (true, uri(agent)))
            };
            let fetch = async move {
                let call = format!("in-{round}-{agent}");
                let rung = branches.rings(agent + 1, &call).await;
                rung.map(|uri| (false, uri))
            };
            [click.boxed_local(), fetch.boxed_local()]
        });
        let both: Vec<_> = both.collect();
        // Who begins changes from round to round.
        let (front, back) = (0..both.len()).partition::<Vec<_>, _>(|n| (n + round) % 3 == 0);
        let mut both: Vec<_> = both.into_iter().map(Some).collect();
        let order = front.into_iter().chain(back);
        let all: Vec<_> = order.filter_map(|n| both[n].take()).collect();
        let had: Vec<_> = join_all(all).await.into_iter().flatten().collect();
        let distinct: BTreeSet<_> = had.iter().map(|(_, uri)| uri.clone()).collect();
        assert_eq!(had.len(), AGENTS, "round {round}: {had:?}");
        assert_eq!(distinct, everybody, "round {round}");
        clicked += had.iter().filter(|(is_click, _)| *is_click).count();
        rung += had.iter().filter(|(is_click, _)| !is_click).count();
        branches.release(AGENTS).await;
    }
    let made: usize = branches.made().await.values().sum();
    assert_eq!(made, clicked, "no call without an agent, and none twice");
    assert!(
        clicked > 0 && rung > 0,
        "{clicked} clicks, {rung} calls: no race at all"
    );
}

/// For any agent of a queue, so that a second call would find somebody.
#[tokio::test]
async fn retries_with_one_key_through_several_instances_make_one_call_and_get_one_answer() {
    const KEYS: usize = 6;
    let branches = Branches::with_agents(KEYS * 2).await;
    let body = json!({ "queue": "sales", "to": CUSTOMER });
    for key in 0..KEYS {
        let key = format!("order-{key}");
        let retries = (0..9).map(|instance| answer_at_last(branches.at(instance), &key, &body));
        let answers = join_all(retries).await;
        assert_eq!(answers[0].0, 201, "{:?}", answers[0]);
        for answer in &answers {
            assert_eq!(answer, &answers[0]);
        }
    }
    let made = branches.made().await;
    assert_eq!(made.len(), KEYS, "{made:?}");
    assert!(made.values().all(|times| *times == 1), "{made:?}");
}

/// Asks again and again until nobody is at work on it any more.
async fn answer_at_last(server: &TestServer, key: &str, body: &Value) -> (u16, Value) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let (status, answer) = with_key(server, key, body).await;
        if answer["code"] != "in-progress" {
            return (status, answer);
        }
        assert!(Instant::now() < deadline, "{answer}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn with_key(server: &TestServer, key: &str, body: &Value) -> (u16, Value) {
    let request = server.api(Method::POST, "/calls", "boss");
    let request = request.header("Idempotency-Key", key).json(body);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// How long the first instance can be at work: until Exotel's time limit, the margin of offers, and half a minute.
const WORK_LASTS: Duration = Duration::from_secs(20 + 5 + 30);

/// The application hangs up, and the instance never gets an answer out of Exotel.
async fn left_in_the_middle(server: &TestServer, exotel: &MockServer, body: &Value) {
    let asked = async {
        while exotel.received_requests().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        answer = with_key(server, "order-7", body) => panic!("{answer:?}"),
        () = asked => {}
    }
}

async fn nobody_knows_after_a_while(server: &TestServer, body: &Value) {
    let code = async || with_key(server, "order-7", body).await.1["code"].take();
    assert_eq!(code().await, "in-progress");
    server
        .clock
        .advance(WORK_LASTS.saturating_sub(Duration::from_millis(1)));
    assert_eq!(code().await, "in-progress");
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(code().await, "outcome-unknown");
}

#[tokio::test]
async fn a_key_whose_instance_has_died_is_not_said_to_be_worked_on_for_ever() {
    let silent = exotel(success().set_delay(Duration::from_mins(1))).await;
    let redis = RedisServer::start();
    let (url, uri) = (redis.url(), silent.uri());
    let dying = TestServer::patient(Some(&url), RULES, &uri).await;
    let other = TestServer::patient(Some(&url), RULES, &uri).await;
    dying.agent("a0", &self::uri(0)).await;
    let body = json!({ "agent": "a0", "to": CUSTOMER });
    left_in_the_middle(&dying, &silent, &body).await;
    drop(dying);
    nobody_knows_after_a_while(&other, &body).await;
    assert_eq!(silent.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn in_memory_a_key_that_nobody_settles_is_not_said_to_be_worked_on_for_ever() {
    let silent = exotel(success().set_delay(Duration::from_mins(1))).await;
    let server = TestServer::patient(None, RULES, &silent.uri()).await;
    server.agent("a0", &uri(0)).await;
    let body = json!({ "agent": "a0", "to": CUSTOMER });
    left_in_the_middle(&server, &silent, &body).await;
    nobody_knows_after_a_while(&server, &body).await;
}
