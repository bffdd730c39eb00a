//! The agents' applications and their supervisor: who is there, and that they come back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::balancer::Balancer;
use super::dice::Dice;
use super::script::ACCOUNTS;

/// How often an application gives a sign of life; the rules allow a minute.
const BEAT: Duration = Duration::from_secs(15);

/// The agents of one account.
pub(super) const EACH: usize = 100;

fn id(number: usize) -> String {
    format!("a{number}")
}

/// Numbers, SIP ids or both; half of the agents are in one group, a third in the other, and some in neither.
fn profile(account: usize, number: usize) -> Value {
    let phone = format!("+91981{account}2{number:05}");
    let desk = format!("sip:{}-{}", ACCOUNTS[account], id(number));
    let destinations = match number % 3 {
        0 => json!([desk, phone]),
        1 => json!([phone]),
        _ => json!([desk]),
    };
    let sales = (number.is_multiple_of(2)).then_some("sales");
    let support = (number.is_multiple_of(3)).then_some("support");
    let groups: Vec<_> = sales.into_iter().chain(support).collect();
    json!({ "id": id(number), "name": id(number), "destinations": destinations, "groups": groups })
}

/// Whose each destination is, with the account in the name.
pub(super) fn owners() -> BTreeMap<String, String> {
    let mut owners = BTreeMap::new();
    for (account, name) in ACCOUNTS.iter().enumerate() {
        for number in 0..EACH {
            let profile = profile(account, number);
            for destination in profile["destinations"].as_array().unwrap() {
                let destination = destination.as_str().unwrap().to_owned();
                owners.insert(destination, format!("{name}/{}", id(number)));
            }
        }
    }
    owners
}

/// One request to the API of an account.
async fn api(
    balancer: &Balancer,
    account: &str,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Value {
    let path = format!("/v1/accounts/{account}{path}");
    let dress = |request: RequestBuilder| {
        let request = request.bearer_auth("boss");
        match body {
            Some(body) => request.json(body),
            None => request,
        }
    };
    let delivered = balancer.send(method, &path, dress).await;
    let (status, body) = (delivered.status, delivered.body);
    assert!((200..300).contains(&status), "{path}: {status} {body}");
    serde_json::from_str(&body).unwrap_or_default()
}

async fn set(balancer: &Balancer, account: &str, id: &str, presence: Value) {
    let path = format!("/agents/{id}/presence");
    api(balancer, account, Method::PUT, &path, Some(&presence)).await;
}

/// Everybody who is known, as the API shows them.
pub(super) async fn everybody(balancer: &Balancer) -> Vec<Value> {
    let mut all = Vec::new();
    for account in ACCOUNTS {
        let list = api(balancer, account, Method::GET, "/agents", None).await;
        all.extend(list["agents"].as_array().unwrap().iter().cloned());
    }
    all
}

/// All agents are there, and available.
pub(super) async fn begin(balancer: &Balancer) {
    for (account, name) in ACCOUNTS.iter().enumerate() {
        let profiles = (0..EACH).map(|number| profile(account, number)).collect();
        api(balancer, name, Method::PUT, "/agents", Some(&profiles)).await;
    }
    all_available(balancer).await;
}

/// Everybody says to be available, which is a sign of life too.
pub(super) async fn all_available(balancer: &Balancer) {
    let everybody = ACCOUNTS
        .iter()
        .flat_map(|name| (0..EACH).map(move |number| (name, number)));
    stream::iter(everybody)
        .for_each_concurrent(4, async |(name, number)| {
            set(
                balancer,
                name,
                &id(number),
                json!({ "status": "available" }),
            )
            .await;
        })
        .await;
}

/// Signs of life, as long as it is polled.
pub(super) async fn beat(balancer: &Balancer) {
    loop {
        for name in ACCOUNTS {
            for number in 0..EACH {
                let path = format!("/agents/{}/heartbeat", id(number));
                api(balancer, name, Method::POST, &path, None).await;
                sleep(BEAT / u32::try_from(2 * EACH).unwrap()).await;
            }
        }
    }
}

/// Brings back who was sent away for missed calls, and lets one or the other have tea, as long as it is polled.
pub(super) async fn supervise(balancer: &Balancer, mut dice: Dice) {
    loop {
        for name in ACCOUNTS {
            let path = "/agents?status=on_break";
            let away = api(balancer, name, Method::GET, path, None).await;
            for agent in away["agents"].as_array().unwrap() {
                if agent["reason"] == "missed_calls" {
                    let id = agent["id"].as_str().unwrap();
                    set(balancer, name, id, json!({ "status": "available" })).await;
                }
            }
            let tea = json!({ "status": "on_break", "reason": "tea", "for": "2s" });
            set(balancer, name, &id(dice.below(EACH)), tea).await;
        }
        sleep(Duration::from_millis(700)).await;
    }
}

/// Those who are not idle and ready.
pub(super) async fn not_ready(balancer: &Balancer) -> Vec<Value> {
    let mut all = everybody(balancer).await;
    assert_eq!(all.len(), ACCOUNTS.len() * EACH);
    all.retain(|agent| agent["ready"] != true || agent["state"] != "idle");
    all
}

/// Calls that ring ten at a time find everybody, each once.
pub(super) async fn all_can_be_found(balancer: &Balancer, owners: &BTreeMap<String, String>) {
    let mut found = BTreeSet::new();
    for name in ACCOUNTS {
        for call in 0..EACH / 10 {
            let path = format!("/exotel/{name}/connect?key=key&CallSid=last-{call}&digits=%229%22");
            let answer = balancer.send(Method::GET, &path, |request| request).await;
            let answer: Value = serde_json::from_str(&answer.body).unwrap();
            for entry in answer["destination"].as_array().unwrap() {
                let owner = &owners[entry["contact_uri"].as_str().unwrap()];
                assert!(found.insert(owner.clone()), "{owner} was found twice");
            }
        }
    }
    assert_eq!(found.len(), ACCOUNTS.len() * EACH, "everybody can be found");
}
