//! Everything that the language has, read.

use std::num::NonZeroU8;
use std::time::Duration;

use crate::exotel::Dialect;
use crate::exotel::answer::RingSeconds;
use crate::rules::{AnswerSettings, Events, Fallback, Handling, PresenceRules, RuleBook};
use crate::telephony::Country;

const EVERYTHING: &str = r#"
country: in
time_zone: America/New_York
dialect: generic
presence: { heartbeat: 1m30s }
answer:
  state_management: true
  outgoing_phone_number: "011 3512 4157"
  sticky_agent: false
  recording: { record: true, channels: dual }
  max_conversation_duration: 15m
  music_on_hold: https://example.com/hold.mp3
  events: { answered: true }
  start_call_playback: { audio_url: "https://example.com/a.mp3" }
  custom_params: { Ticket: "42" }
hours:
  office:
    weekly: { mon-fri: ["09:30-13:30", "14:00-18:30"], "sat,sun": "22:00-06:00" }
    except: { 2026-01-26: closed, 2026-11-08: ["10:00-13:00"] }
callers: { vip: ["+919812345678", "98123*"] }
queues:
  support-hindi:
    agents: { groups: [support, night], skills: { hindi: 3, english: 10 } }
    strategy: weighted
    answer: { sticky_agent: true, music_on_hold: default_tone }
    ring: { agents: 4, for: 30s, attempts: 2 }
    wrap_up: 20s
    no_answer: { max: 3, delay: 30s }
    busy: { delay: 60s }
    max_calls: 500
  everyone: { agents: {} }
outbound:
  virtual_number: "080 4718 2200"
  recording: { record: true, channels: dual }
  max_time_limit: 1h
  attempt_time_out: 45s
  wrap_up: 30s
  hours: { not: office }
  do_not_call: [vip, "140*"]
  mask_numbers: true
rules:
  - name: first
    ring: { agents: 10, at_once: [1, 2, 5], for: 60s, attempts: 10 }
    answer:
      events: { url: "https://example.com/events" }
      start_call_playback: { text: "नमस्ते", to: both }
      recording: { record: false }
      music_on_hold: operator_tone
    targets:
      - queue: support-hindi
      - numbers: [SIP:Desk1@example.com, 098123 45678]
  - targets: []
    answer: { events: false }
  - name: third
    when:
      dialed: { not: "011 3512 4157" }
      caller: { not: [vip, 98123*] }
      digits: ["1", "2"]
      hours: { not: [office] }
    sticky: { for: 30d, exclusive: true, wait: 40s }
    ring: { for: 25s }
    wrap_up: 5s
    busy: { delay: 0 }
    split:
      - share: 70
        targets:
          - numbers: ["+911140001234"]
          - { queue: support-hindi, after: { attempts: 1 } }
          - { queue: everyone, after: { attempts: 2, waiting: 40s } }
      - { share: 30, targets: [] }
fallback: { numbers: ["+911140001234"] }
"#;

#[test]
fn everything_that_the_language_has_is_read() {
    let book = RuleBook::parse("rules.yaml", EVERYTHING).unwrap();
    assert_eq!(book.country(), Country::INDIA);
    assert_eq!(book.time_zone().iana_name(), Some("America/New_York"));
    assert_eq!(book.dialect(), Dialect::Generic);
    assert_eq!(book.presence().heartbeat, Some(Duration::from_secs(90)));
    assert!(book.warnings().is_empty());
    insta::assert_debug_snapshot!("answer", book.answer());
    insta::assert_debug_snapshot!("queues", book.queues());
    insta::assert_debug_snapshot!("callers", book.callers());
    insta::assert_debug_snapshot!("rules", book.rules());
    insta::assert_debug_snapshot!("fallback", book.fallback());
}

#[test]
fn a_rules_answer_stands_over_the_accounts_key_by_key() {
    let book = RuleBook::parse("rules.yaml", EVERYTHING).unwrap();
    let [first, second, _] = book.rules() else {
        panic!("three rules")
    };
    assert_eq!(
        second.branches[0].answer,
        AnswerSettings {
            events: Some(Events::Off),
            ..book.answer().clone()
        }
    );
    assert_eq!(
        first.branches[0].answer.custom_params,
        book.answer().custom_params
    );
    assert_eq!(&*second.name, "rule 2");
}

#[test]
fn a_branch_takes_what_its_rule_leaves_out_from_its_first_queue_and_then_from_the_file() {
    let book = RuleBook::parse("rules.yaml", EVERYTHING).unwrap();
    let third = &book.rules()[2];
    let [with_queue, without] = &*third.branches else {
        panic!("two sides")
    };
    assert_eq!(with_queue.ring.agents, 4);
    assert_eq!(with_queue.ring.seconds.map(RingSeconds::get), Some(25));
    assert_eq!(with_queue.answer.sticky_agent, Some(true));
    assert_eq!(with_queue.answer.state_management, Some(true));
    assert_eq!(without.ring.agents, 1);
    assert_eq!(without.answer, *book.answer());
}

#[test]
fn a_target_treats_agents_as_the_rule_says_and_then_as_its_queue_says() {
    let book = RuleBook::parse("rules.yaml", EVERYTHING).unwrap();
    let targets = &book.rules()[2].branches[0].targets;
    let rules_own = Handling {
        wrap_up: Some(Duration::from_secs(5)),
        busy_delay: Some(Duration::ZERO),
        ..Handling::default()
    };
    let with_the_queues = Handling {
        most_missed: NonZeroU8::new(3),
        no_answer_delay: Some(Duration::from_secs(30)),
        ..rules_own
    };
    let handling: Vec<_> = targets.iter().map(|target| target.handling).collect();
    assert_eq!(handling, [rules_own, with_the_queues, rules_own]);
}

#[test]
fn a_target_opens_at_once_or_with_whatever_it_names_comes_first() {
    let book = RuleBook::parse("rules.yaml", EVERYTHING).unwrap();
    let opens: Vec<_> = book.rules()[2].branches[0]
        .targets
        .iter()
        .map(|target| target.after)
        .collect();
    let open_at = |attempts, seconds| {
        let waited = Duration::from_secs(seconds);
        let open = opens.iter().map(|after| after.is_open(attempts, waited));
        open.collect::<Vec<_>>()
    };
    assert_eq!(open_at(0, 0), [true, false, false]);
    assert_eq!(open_at(0, 39), [true, false, false]);
    assert_eq!(open_at(0, 40), [true, false, true]);
    assert_eq!(open_at(1, 0), [true, true, false]);
    assert_eq!(open_at(2, 0), [true, true, true]);
}

#[test]
fn the_version_follows_the_text() {
    let version = |text: &str| {
        RuleBook::parse("any.yaml", text)
            .unwrap()
            .version()
            .to_string()
    };
    let first = version(EVERYTHING);
    assert_eq!(first.len(), 12);
    assert_eq!(first, version(EVERYTHING));
    assert_ne!(
        first,
        version(&EVERYTHING.replace("name: first", "name: second"))
    );
}

#[test]
fn a_status_may_be_the_fallback_and_a_heartbeat_of_zero_is_none() {
    let text = EVERYTHING
        .replace("{ numbers: [\"+911140001234\"] }", "{ http_status: 503 }")
        .replace("heartbeat: 1m30s", "heartbeat: 0");
    let book = RuleBook::parse("rules.yaml", &text).unwrap();
    assert_eq!(*book.fallback(), Fallback::HttpStatus(503));
    assert_eq!(book.presence(), PresenceRules::default());
}
