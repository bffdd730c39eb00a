//! What the readers make of a file. Every finding with its exact text: the cases are in `tests/data/findings.txt`.

#![expect(clippy::arithmetic_side_effects, reason = "positions in short texts")]

use std::num::NonZeroU8;
use std::time::Duration;

use rstest::rstest;

use crate::exotel::Dialect;
use crate::exotel::answer::RingSeconds;
use crate::rules::{
    AnswerSettings, Code, Events, Fallback, Findings, Handling, Place, PresenceRules, RuleBook,
    shape,
};
use crate::telephony::Country;

const CASES: &str = include_str!("../../../tests/data/findings.txt");

/// What a case begins with unless it says `country` itself: four lines.
const HEAD: &str = "country: IN\ntime_zone: Asia/Kolkata\nfallback: { numbers: [] }\n\n";

fn findings(text: &str) -> Findings {
    match RuleBook::parse("rules/default.yaml", text) {
        Ok(book) => book.warnings().clone(),
        Err(findings) => findings,
    }
}

/// The file of a case: what it doesn't say itself comes from [`HEAD`] and an empty list of rules.
fn whole_file(name: &str, case: &str) -> String {
    if name.starts_with("a file") {
        return case.to_owned();
    }
    let rules = if case.contains("rules:") {
        ""
    } else {
        "rules: []\n"
    };
    format!("{HEAD}{case}{rules}")
}

#[test]
fn every_finding_says_what_is_wrong_and_where() {
    let mut failed = Vec::new();
    for case in CASES.split("## ").skip(1) {
        let (name, rest) = case.split_once('\n').unwrap();
        let (text, expected) = rest.split_once("-->\n").unwrap();
        let found = findings(&whole_file(name, text)).to_string();
        if found != expected.trim_end() {
            failed.push(format!("{name}\n expected:\n{expected} found:\n{found}\n"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_key_or_a_name_misspelt_anywhere_in_the_shipped_rules_is_found_with_what_was_meant() {
    let shipped = include_str!("../../../rules/default.yaml");
    let names = [
        "country",
        "time_zone",
        "answer",
        "state_management",
        "recording",
        "record",
        "channels",
        "music_on_hold",
        "max_conversation_duration",
        "events",
        "presence",
        "heartbeat",
        "callers",
        "queues",
        "agents",
        "groups",
        "strategy",
        "skills",
        "rules",
        "when",
        "caller",
        "digits",
        "ring",
        "at_once",
        "attempts",
        "targets",
        "queue",
        "numbers",
        "fallback",
        "name",
        "start_call_playback",
        "text",
        "for",
        "dual",
        "longest_idle",
        "round_robin",
    ];
    for name in names {
        let misspelt = swapped(name);
        let places = places(shipped, name);
        assert!(!places.is_empty(), "{name} is not in the shipped rules");
        for (position, line) in places {
            let text = format!(
                "{}{misspelt}{}",
                &shipped[..position],
                &shipped[position + name.len()..]
            );
            let found = findings(&text).to_string();
            let here = format!("rules/default.yaml:{line}:");
            let said = found.lines().find(|finding| finding.starts_with(&here));
            assert!(
                said.is_some_and(|said| said.ends_with(&format!("did you mean \"{name}\"?"))),
                "{misspelt} in line {line}: {found}"
            );
        }
    }
}

/// The word with its first two letters the other way round.
fn swapped(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    letters.swap(0, 1);
    letters.into_iter().collect()
}

/// Where the word stands as a key or a value of its own, outside comments, with the line.
fn places(text: &str, word: &str) -> Vec<(usize, usize)> {
    let stands_alone = |position: usize| {
        let before = text[..position].chars().next_back();
        let after = &text[position + word.len()..];
        before.is_none_or(|c| " \n{".contains(c)) && after.starts_with([':', ' ', '\n'])
    };
    let in_prose = |position: usize| {
        let line_before = text[..position].rsplit('\n').next().unwrap();
        line_before.contains('#') || line_before.contains("- name: ") || line_before.contains('"')
    };
    text.match_indices(word)
        .map(|(position, _)| position)
        .filter(|position| stands_alone(*position) && !in_prose(*position))
        .map(|position| (position, text[..position].matches('\n').count() + 1))
        .collect()
}

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

/// The table and the readers are kept together: a value that nothing can be must be reported for every key.
#[rstest]
#[case(&shape::RULES_FILE, "", "")]
#[case(&shape::ANSWER, "answer: { ", " }")]
#[case(&shape::RECORDING, "answer: { recording: { ", " } }")]
#[case(&shape::EVENTS, "answer: { events: { ", " } }")]
#[case(&shape::PLAYBACK, "answer: { start_call_playback: { ", " } }")]
#[case(&shape::PRESENCE, "presence: { ", " }")]
#[case(&shape::HOURS, "hours: { h: { ", " } }")]
#[case(&shape::CALLERS_FILE, "callers: { c: { ", " } }")]
#[case(&shape::QUEUE, "queues: { q: { ", " } }")]
#[case(&shape::AGENTS, "queues: { q: { agents: { ", " } } }")]
#[case(&shape::RULE, "rules: [{ ", " }]")]
#[case(&shape::WHEN, "rules: [{ when: { ", " } }]")]
#[case(&shape::NOT, "rules: [{ when: { digits: { ", " } } }]")]
#[case(&shape::STICKY, "rules: [{ sticky: { ", " } }]")]
#[case(&shape::NO_ANSWER, "rules: [{ no_answer: { ", " } }]")]
#[case(&shape::BUSY, "rules: [{ busy: { ", " } }]")]
#[case(&shape::BRANCH, "rules: [{ split: [{ ", " }] }]")]
#[case(&shape::AFTER, "rules: [{ targets: [{ after: { ", " } }] }]")]
#[case(&shape::RING, "rules: [{ ring: { ", " } }]")]
#[case(&shape::TARGET, "rules: [{ targets: [{ ", " }] }]")]
#[case(&shape::FALLBACK, "fallback: { ", " }")]
fn every_key_of_the_table_is_read(
    #[case] shape: &shape::Shape,
    #[case] open: &str,
    #[case] close: &str,
) {
    for key in shape.keys {
        let text = format!("country: IN\n{open}{}: [[[]]]{close}\n", key.name);
        let column = open.chars().count() + 1;
        let found = findings(&text);
        let about_it = |place: Place| place.line == 2 && place.column >= column;
        let said = found.iter().any(|finding| {
            finding.place.is_some_and(about_it)
                && !matches!(finding.code, Code::UnknownKey | Code::MissingKey)
        });
        assert!(said, "nothing is said about {text}{found}");
        assert!(!key.doc.is_empty());
    }
}
