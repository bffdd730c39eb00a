//! Explanations as people read them, on agents in every state there is.

use std::num::NonZeroU8;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::document::Reason;
use super::*;
use crate::clock::{ManualClock, Timestamp};
use crate::exotel::{ConnectRequest, Parameters};
use crate::presence::memory::MemoryStore;
use crate::presence::store::View;
use crate::presence::{AgentProfile, Presence, Store};
use crate::routing::Surroundings;
use crate::rules::RuleBook;
use crate::telephony::{AccountName, AgentId, CallSid};

mod newcomers;
mod sentences;
mod states;
mod sticky;
mod together;

/// Monday, 23 November 2026, 11:00 in India.
const START: Timestamp = Timestamp::from_millis(1_795_411_800_000);

const VIEW: View = View {
    heartbeat: Some(Duration::from_mins(1)),
    utc_offset_seconds: 19_800,
};

/// The office of the tests' data, compiled.
fn office() -> RoutingBook {
    book(include_str!("../../../tests/data/office/office.yaml"))
}

fn book(rules: &str) -> RoutingBook {
    let folder = Path::new("tests/data/office");
    let rules =
        RuleBook::parse_in(folder, "rules", rules).unwrap_or_else(|error| panic!("{error}"));
    let surroundings = Surroundings {
        event_url: crate::exotel::answer::WebUrl::parse("https://c.example.com/e?key=secret").ok(),
        margin: Duration::from_secs(5),
    };
    RoutingBook::new(Arc::new(rules), &surroundings)
}

/// A store whose clock the test moves.
struct World {
    store: MemoryStore,
    clock: Arc<ManualClock>,
}

impl World {
    /// The clock shows 10:00.
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(START.minus(Duration::from_hours(1))));
        Self {
            store: MemoryStore::new(clock.clone()),
            clock,
        }
    }

    /// From now on it is that many seconds before 11:00.
    fn at(&self, seconds_before: u64) -> &Self {
        self.clock
            .set(START.minus(Duration::from_secs(seconds_before)));
        self
    }

    async fn agent(&self, profile: &str) {
        let profile: AgentProfile = serde_json::from_str(profile).unwrap();
        let agents = [profile];
        self.store
            .put_agents(&AccountName::default(), &agents)
            .await
            .unwrap();
    }

    async fn set(&self, id: &str, presence: Presence) {
        let id = AgentId::parse(id).unwrap();
        let account = AccountName::default();
        let known = self
            .store
            .set_presence(&account, &id, &presence, None, VIEW);
        assert!(known.await.unwrap());
    }

    async fn beat(&self, id: &str) {
        let id = AgentId::parse(id).unwrap();
        let account = AccountName::default();
        assert!(self.store.heartbeat(&account, &id, VIEW).await.unwrap());
    }

    /// Agents of the group `sales`, available since so many seconds before 11:00, and alive now.
    async fn sales(&self, agents: &[(&str, u64)]) {
        for (id, seconds) in agents {
            self.at(*seconds);
            let groups = r#""groups": ["sales"]"#;
            self.agent(&format!(
                r#"{{ "id": "{id}", "name": "{id}", "destinations": ["sip:{id}"], {groups} }}"#
            ))
            .await;
            self.set(id, Presence::Available).await;
        }
        for before in (0..=600).rev().step_by(30) {
            self.at(before);
            for (id, _) in agents.iter().filter(|(_, since)| *since >= before) {
                self.beat(id).await;
            }
        }
    }

    /// The real decision for a call, with everything that it does.
    async fn call(&self, book: &RoutingBook, query: &str) {
        let question = question(query);
        let planned = book.planned(&question.facts(), question.at);
        let account = AccountName::default();
        let fetch = crate::routing::plan::Fetch {
            account: &account,
            call: question.call.as_ref().unwrap(),
            progress: "0",
            caller: question.caller,
            told: crate::presence::DialNews::Nothing,
            view: VIEW,
        };
        let request = planned
            .plan
            .request(&fetch, crate::presence::Facts::default());
        self.store.offer(&request).await.unwrap();
    }

    async fn explain(&self, book: &RoutingBook, question: &Question) -> Explanation {
        let account = AccountName::default();
        let snapshot = self.store.snapshot(&account).await.unwrap();
        let names = book.queue_names();
        let traffic = self.store.traffic(&account, &names).await.unwrap();
        let with_calls = snapshot.clone().with_traffic(traffic);
        let explanation = explain(book, question, &with_calls);
        assert_eq!(self.store.snapshot(&account).await.unwrap(), snapshot);
        explanation
    }
}

/// The first attempt at 11:00 of the call of such a request.
fn question(query: &str) -> Question {
    let parameters = Parameters::from_query(query).unwrap();
    let request = ConnectRequest::read(&parameters, crate::telephony::Country::INDIA);
    Question::new(AccountName::default(), &request, START)
}

fn attempt(question: Question, number: u8) -> Question {
    Question {
        attempt: NonZeroU8::new(number).unwrap(),
        ..question
    }
}
