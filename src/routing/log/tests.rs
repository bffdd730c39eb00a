use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::told::Reported;
use super::*;
use crate::clock::{Clock, ManualClock, Timestamp};
use crate::exotel::{CallReport, ConnectRequest, Dialect, Parameters};
use crate::presence::memory::MemoryStore;
use crate::presence::store::View;
use crate::presence::{AgentProfile, Heard, HeardOf, Presence, Store};
use crate::routing::{
    Indexer, Router, RouterShared, RoutingBook, RoutingBooks, SharedBreaker, Surroundings,
};
use crate::rules::RuleBook;
use crate::telephony::{AccountName, AgentId, ContactUri};

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
hours:
  office: { weekly: { mon-fri: ["09:30-18:30"] } }
callers:
  vip: ["+919800000001"]
queues:
  sales: { agents: { groups: [sales] } }
rules:
  - name: vip
    when: { caller: vip }
    targets: [{ queue: sales }]
  - name: pressed 1
    when: { digits: "1", hours: office }
    ring: { attempts: 3, for: 20s }
    targets:
      - queue: sales
      - numbers: ["+911140001234"]
        after: { attempts: 2 }
fallback: { numbers: ["+911140009999"] }
"#;

/// Monday, 23 November 2026, 11:00 in India.
const START: Timestamp = Timestamp::from_millis(1_795_411_800_000);

struct Desk {
    router: Router,
    clock: Arc<ManualClock>,
    account: AccountName,
}

impl Desk {
    async fn open() -> Self {
        Self::with_rules(RULES).await
    }

    async fn with_rules(rules: &str) -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let account = AccountName::default();
        let asha = AgentProfile {
            id: AgentId::parse("asha").unwrap(),
            name: "Asha".to_owned(),
            destinations: vec![ContactUri::from_canonical("+919812345678").unwrap()],
            groups: ["sales".to_owned()].into(),
            skills: BTreeMap::new(),
            position: None,
            weight: 1,
        };
        let view = View {
            heartbeat: None,
            utc_offset_seconds: 19_800,
        };
        store
            .put_agents(&account, std::slice::from_ref(&asha))
            .await
            .unwrap();
        let available = Presence::Available;
        store
            .set_presence(&account, &asha.id, &available, None, view)
            .await
            .unwrap();
        let rules = RuleBook::parse("rules/default.yaml", rules).unwrap();
        let book = RoutingBook::new(Arc::new(rules), &Surroundings::default());
        let shared = RouterShared {
            books: RoutingBooks::new(BTreeMap::from([(account.clone(), Arc::new(book))])),
            breaker: Arc::new(SharedBreaker::new(NonZeroU32::MIN)),
            indexer: Indexer::default(),
            late: crate::routing::LateReports::default(),
            clock: clock.clone(),
            deadline: Duration::from_secs(1),
        };
        let router = Router::new(store, Arc::new(shared));
        Self {
            router,
            clock,
            account,
        }
    }

    /// What is written down of a fetch, without what differs from run to run.
    async fn fetch(&self, query: &str, numbers: Numbers) -> (NewEntry, Value) {
        let book = self.router.book(&self.account);
        let request = ConnectRequest::read(&Parameters::from_query(query).unwrap(), book.country());
        let (dialect, now) = (Dialect::Ccm, Instant::now());
        let answer = self
            .router
            .answer(&self.account, &book, &request, dialect, now);
        let mut decision = answer.await;
        decision.take_reply();
        let told = Told::Fetch(Box::new(FetchTold {
            account: self.account.clone(),
            book,
            now: self.clock.now(),
            request,
            dialect,
            decision,
            status: 200,
            took: Duration::from_micros(7),
        }));
        let entry = told.entry(numbers);
        let mut shown: Value = serde_json::from_str(&entry.text).unwrap();
        for name in ["rules_version", "match_us", "store_us"] {
            shown.as_object_mut().unwrap().remove(name);
        }
        (entry, shown)
    }
}

const FIRST: &str =
    "CallSid=one&From=09800012345&To=01135124157&digits=%221%22&CustomField=order+9800012345";

#[tokio::test]
async fn a_decision_is_written_with_the_rules_that_were_asked_and_no_number_in_full() {
    let desk = Desk::open().await;
    let (entry, shown) = desk.fetch(FIRST, Numbers::Masked).await;
    assert_eq!((entry.customer, entry.at), (None, START));
    assert!(!entry.text.contains("9800012345") && !entry.text.contains("9812345678"));
    insta::assert_json_snapshot!(shown, @r#"
    {
      "at": "2026-11-23T11:00:00.000+05:30",
      "attempt": 1,
      "call": "one",
      "caller": "+9198xxxxx345",
      "custom_field": "order 98xxxxx345",
      "dialect": "ccm",
      "dialed": "+9111xxxxx157",
      "digits": "1",
      "kind": "decision",
      "last": false,
      "outcome": "offered",
      "path": [
        {
          "condition": "caller",
          "rule": "vip",
          "why": "caller +9198xxxxx345 is not in vip"
        },
        {
          "rule": "pressed 1",
          "why": "digits \"1\"; hours office: open at Mon 11:00, closes 18:30"
        }
      ],
      "rings": [
        {
          "agent": "asha",
          "contact_uri": "+9198xxxxx678",
          "queue": "sales"
        }
      ],
      "rule": "pressed 1",
      "rules_asked": 2,
      "status": 200,
      "targets": [
        {
          "fate": "used",
          "open": true,
          "queue": "sales"
        },
        {
          "fate": "closed",
          "numbers": [
            "+9111xxxxx234"
          ],
          "open": false
        }
      ],
      "took_us": 7,
      "v": 1,
      "waited_ms": 0
    }
    "#);
}

#[tokio::test]
async fn a_later_attempt_knows_what_was_keyed_how_long_it_waited_and_how_the_dial_ended() {
    let desk = Desk::open().await;
    desk.fetch(FIRST, Numbers::Masked).await;
    desk.clock.advance(Duration::from_secs(21));
    let later = "CallSid=one&From=09800012345&To=01135124157&DialCallStatus=no-answer&DialWhomNumber=09812345678";
    let (_, shown) = desk.fetch(later, Numbers::Masked).await;
    assert_eq!(shown["digits"], "1");
    assert_eq!(
        (&shown["attempt"], &shown["waited_ms"]),
        (&2.into(), &21_000.into())
    );
    assert_eq!(
        shown["told"],
        serde_json::json!({ "outcome": "no_answer", "who": "+9198xxxxx678" })
    );
    assert_eq!(shown["targets"][1]["open"], false);
    let (_, again) = desk.fetch(later, Numbers::Masked).await;
    insta::assert_json_snapshot!(again, @r#"
    {
      "at": "2026-11-23T11:00:21.000+05:30",
      "attempt": 2,
      "call": "one",
      "caller": "+9198xxxxx345",
      "kind": "replay",
      "outcome": "replayed",
      "rule": "pressed 1",
      "took_us": 7,
      "v": 1
    }
    "#);
    desk.clock.advance(Duration::from_secs(21));
    let third = format!("{later}&DialCallDuration=42");
    let (_, shown) = desk.fetch(&third, Numbers::Masked).await;
    assert_eq!(
        (&shown["targets"][1]["open"], &shown["last"]),
        (&true.into(), &true.into())
    );
}

#[tokio::test]
async fn callers_are_named_in_full_only_where_that_is_wanted() {
    let desk = Desk::open().await;
    let (entry, shown) = desk.fetch(FIRST, Numbers::Full).await;
    assert_eq!(
        entry.customer.map(|number| number.to_string()).as_deref(),
        Some("+919800012345")
    );
    assert_eq!(
        (&shown["caller"], &shown["dialed"]),
        (&"+919800012345".into(), &"+911135124157".into())
    );
    assert_eq!(
        shown["path"][0]["why"],
        "caller +9198xxxxx345 is not in vip"
    );
    assert_eq!(shown["custom_field"], "order 98xxxxx345");
}

#[tokio::test]
async fn of_a_long_way_the_last_steps_are_written_down_and_all_are_counted() {
    let nobody = |number| {
        format!(
            "  - {{ name: nobody {number}, when: {{ digits: \"9{number}\" }}, targets: [{{ queue: sales }}] }}\n"
        )
    };
    let before: Vec<_> = (0..100).map(nobody).collect();
    let rules = RULES.replace("rules:\n", &format!("rules:\n{}", before.concat()));
    let desk = Desk::with_rules(&rules).await;
    let (_, shown) = desk.fetch(FIRST, Numbers::Masked).await;
    let path = shown["path"].as_array().unwrap();
    assert_eq!((&shown["rules_asked"], path.len()), (&102.into(), 40));
    let ends = [&path[0]["rule"], &path[39]["rule"]];
    assert_eq!(ends, ["nobody 62", "pressed 1"]);
    desk.clock.advance(Duration::from_hours(9));
    let (_, shown) = desk.fetch(FIRST, Numbers::Masked).await;
    assert_eq!(
        shown["rules_asked"], 102,
        "all, when no rule takes the call"
    );
    assert_eq!(shown["path"].as_array().unwrap().len(), 40);
}

#[tokio::test]
async fn a_call_that_no_rule_takes_names_all_that_were_asked() {
    let desk = Desk::open().await;
    desk.clock.advance(Duration::from_hours(9));
    let (_, shown) = desk.fetch(FIRST, Numbers::Masked).await;
    assert_eq!(
        (&shown["outcome"], &shown["rules_asked"]),
        (&"fallback-no-rule".into(), &2.into())
    );
    assert_eq!(shown["path"][1]["condition"], "hours");
    assert_eq!(shown["rings"][0]["contact_uri"], "+9111xxxxx999");
    let (entry, shown) = desk.fetch("From=09800012345", Numbers::Masked).await;
    assert_eq!(
        (entry.call, &shown["outcome"]),
        (None, &"fallback-no-call-sid".into())
    );
}

#[test]
fn a_report_is_written_with_what_it_says() {
    let rules = RuleBook::parse("rules/default.yaml", RULES).unwrap();
    let book = Arc::new(RoutingBook::new(Arc::new(rules), &Surroundings::default()));
    let told = |report, heard| {
        Told::Report(Box::new(ReportTold {
            account: AccountName::default(),
            book: Arc::clone(&book),
            now: START,
            report,
            heard,
        }))
        .entry(Numbers::Full)
    };
    let event = |query: &str| {
        let parameters = Parameters::from_query(query).unwrap();
        Reported::Event(CallReport::read(&parameters, book.country()))
    };
    let leg = event("CallSid=one&EventType=Ringing&DialWhomNumber=09812345678&RingDuration=4");
    let of = |attempt, agent: &str| HeardOf {
        attempt,
        agent: AgentId::parse(agent).ok(),
    };
    let heard = Heard {
        is_news: true,
        about: Some(of(2, "asha")),
        ..Heard::default()
    };
    let entry = told(leg, Some(heard));
    assert_eq!(
        (entry.place, entry.call.unwrap().as_str()),
        (LogPlace::Call, "one")
    );
    assert_eq!(
        entry.text,
        r#"{"kind":"report","v":1,"at":"2026-11-23T11:00:00.000+05:30","event":"ringing","who":"+9198xxxxx678","agent":"asha","attempt":2,"rang_s":4,"news":true}"#
    );
    let end = event(
        "CallSid=one&DialCallStatus=completed&Legs[0][Number]=09812345678&Legs[0][OnCallDuration]=41",
    );
    let entry = told(end, None);
    assert_eq!(entry.place, LogPlace::KnownCall);
    assert_eq!(
        entry.text,
        r#"{"kind":"report","v":1,"at":"2026-11-23T11:00:00.000+05:30","event":"end","who":"+9198xxxxx678","outcome":"answered","legs":[{"who":"+9198xxxxx678","outcome":"answered","talked_s":41}]}"#
    );
    let several = event(
        "CallSid=one&DialCallStatus=completed&DialWhomNumber=09812345678&Legs[0][Number]=x&Legs[1][Number]=09812345678\
        &Legs[2][Number]=01140001234",
    );
    let heard = Heard {
        about: Some(of(1, "asha")),
        talks: vec![Some(of(1, "asha")), Some(of(1, ""))],
        ..Heard::default()
    };
    let entry = told(several, Some(heard));
    assert!(
        entry.text.contains(r#""legs":[{"outcome":"unknown"},{"who":"+9198xxxxx678","agent":"asha","attempt":1,"outcome":"answered"},{"who":"+9111xxxxx234","attempt":1,"outcome":"unknown"}]"#),
        "{}",
        entry.text
    );
    let callback = Reported::Callback {
        call: None,
        event: Some("terminal"),
        status: Some("completed"),
        talked: Some(Duration::from_mins(1)),
    };
    let entry = told(callback, Some(Heard::default()));
    assert!(
        entry
            .text
            .contains(r#""event":"callback","outcome":"completed","talked_s":60,"news":false"#)
    );
}

#[test]
fn an_entry_of_a_later_version_is_read_as_far_as_it_is_known() {
    let text = r#"{"kind":"decision","v":2,"at":"x","rule":"vip","something":["new"],"outcome":"offered"}"#;
    let LogEntry::Decision(entry) = serde_json::from_str(text).unwrap() else {
        panic!("{text}");
    };
    assert_eq!((entry.rule.as_deref(), entry.v), (Some("vip"), 2));
    let unknown: LogEntry = serde_json::from_str(r#"{"kind":"dream","of":1}"#).unwrap();
    assert_eq!(unknown, LogEntry::Unknown);
}
