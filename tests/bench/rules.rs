//! How long a match takes, and how long loading takes. Every figure is printed with its ratio to one look-up in a map of the standard
//! library, measured in the same run: the ratio holds on other machines, the nanoseconds don't.

#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a benchmark stops where it fails"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use ringmaster::clock::Timestamp;
use ringmaster::rules::{CallFacts, RuleBook};
use ringmaster::telephony::{CallSid, Country, PhoneNumber};

const HEAD: &str = r#"country: IN
time_zone: America/New_York
fallback: { numbers: [] }
callers: { blocked: ["+919000000001", "90001*"] }
hours:
  office: { weekly: { mon-fri: ["09:30-13:30", "14:00-18:30"], sat: ["10:00-14:00"] }, except: { 2026-01-26: closed } }
  night: { weekly: { daily: ["22:00-06:00"] } }
rules:
"#;

/// A Monday at noon in New York.
const NOW: Timestamp = Timestamp::from_millis(1_795_453_200_000);

/// A file whose rules are made by number, and a call that its last rule takes.
struct Case {
    name: &'static str,
    rules: u32,
    conditions: fn(u32) -> String,
    dialed: u64,
    caller: u64,
    digits: &'static str,
}

const CASES: [Case; 8] = [
    Case {
        name: "200 rules by digits",
        rules: 200,
        conditions: by_digits,
        dialed: 0,
        caller: 1,
        digits: "199",
    },
    Case {
        name: "200 rules by caller",
        rules: 200,
        conditions: by_caller,
        dialed: 0,
        caller: 199,
        digits: "",
    },
    Case {
        name: "200 rules of one office, by caller",
        rules: 200,
        conditions: by_office_and_caller,
        dialed: 0,
        caller: 199,
        digits: "",
    },
    Case {
        name: "200 rules by direction alone",
        rules: 200,
        conditions: by_direction,
        dialed: 0,
        caller: 1,
        digits: "",
    },
    Case {
        name: "200 rules by hours alone",
        rules: 200,
        conditions: by_hours,
        dialed: 0,
        caller: 1,
        digits: "",
    },
    Case {
        name: "200 rules of negations",
        rules: 200,
        conditions: by_negations,
        dialed: 0,
        caller: 1,
        digits: "199",
    },
    Case {
        name: "10,000 rules of 1,000 offices, by hours",
        rules: 10_000,
        conditions: by_office_and_hours,
        dialed: 999,
        caller: 1,
        digits: "9",
    },
    Case {
        name: "10,000 rules of 1,000 offices",
        rules: 10_000,
        conditions: by_office_and_digits,
        dialed: 999,
        caller: 1,
        digits: "9",
    },
];

fn by_digits(rule: u32) -> String {
    format!("digits: \"{rule}\"")
}

fn by_caller(rule: u32) -> String {
    format!("caller: [\"{}\", \"+9190{rule:03}*\"]", caller(rule.into()))
}

fn by_office_and_caller(rule: u32) -> String {
    format!("dialed: \"{}\", {}", office(0), by_caller(rule))
}

fn by_direction(rule: u32) -> String {
    let direction = if rule == 199 {
        "incoming".to_owned()
    } else {
        format!("direction-{rule}")
    };
    format!("direction: {direction}")
}

fn by_office_and_digits(rule: u32) -> String {
    format!(
        "dialed: \"{}\", digits: \"{}\"",
        office(u64::from(rule) % 1000),
        rule / 1000
    )
}

/// Open during the call in the last rule alone.
fn by_hours(rule: u32) -> String {
    if rule == 199 {
        "hours: [night, office]".to_owned()
    } else {
        format!("hours: night, custom_field: {{ not: field-{rule} }}")
    }
}

fn by_negations(rule: u32) -> String {
    let digits = if rule == 199 { 0 } else { 199 };
    format!(
        "caller: {{ not: blocked }}, dialed: {{ not: \"{}\" }}, digits: {{ not: [\"{digits}\", \"{rule}*\"] }}",
        office(u64::from(rule) + 1)
    )
}

fn by_office_and_hours(rule: u32) -> String {
    let hours = if rule / 1000 == 9 { "office" } else { "night" };
    format!(
        "dialed: \"{}\", caller: {{ not: blocked }}, hours: {hours}",
        office(u64::from(rule) % 1000)
    )
}

fn office(number: u64) -> String {
    format!("+9111351{number:05}")
}

fn caller(number: u64) -> String {
    format!("+9198123{number:05}")
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text, Country::INDIA).unwrap()
}

/// The time of one call of `work`, the best of ten rounds.
fn best_of_ten(mut work: impl FnMut()) -> Duration {
    const TIMES: u32 = 100_000;
    let mut round = || {
        let started = Instant::now();
        for _ in 0..TIMES {
            work();
        }
        started.elapsed()
    };
    (0..10).map(|_| round()).min().unwrap_or_default() / TIMES
}

fn one_look_up() -> Duration {
    let map: HashMap<PhoneNumber, u32> =
        (0..1000).map(|index| (number(&office(index)), 1)).collect();
    let wanted = number(&office(500));
    best_of_ten(|| {
        black_box(map.get(black_box(&wanted)));
    })
}

fn text(case: &Case) -> String {
    let mut text = HEAD.to_owned();
    for rule in 0..case.rules {
        let conditions = (case.conditions)(rule);
        writeln!(
            text,
            "  - {{ name: rule number {rule}, when: {{ {conditions} }}, split: [{{ share: 70, targets: [] }}, {{ share: 30, targets: [] }}] }}"
        )
        .unwrap();
    }
    text
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let baseline = one_look_up();
    writeln!(
        out,
        "{:<36} {:>7} ns",
        "one look-up in a HashMap",
        baseline.as_nanos()
    )?;
    for case in &CASES {
        let text = text(case);
        let started = Instant::now();
        let book = RuleBook::parse("bench.yaml", &text).unwrap();
        let loading = started.elapsed();
        let sid = CallSid::parse("5f0d7b3c2a1e4d6f8091a2b3c4d5e6f7").map_err(io::Error::other)?;
        let call = CallFacts {
            call_sid: Some(&sid),
            dialed: Some(number(&office(case.dialed))),
            caller: Some(number(&caller(case.caller))),
            digits: Some(case.digits),
            direction: Some("incoming"),
            custom_field: None,
        };
        let last = format!("rule number {}", case.rules.saturating_sub(1));
        assert_eq!(
            book.find(&call, NOW)
                .map(|found| found.rule.name.to_string()),
            Some(last)
        );
        let took = best_of_ten(|| {
            black_box(book.find(black_box(&call), NOW));
        });
        let ratio = took.as_secs_f64() / baseline.as_secs_f64();
        writeln!(
            out,
            "{:<36} {:>7} ns  {ratio:>5.1} look-ups; loaded in {} ms",
            case.name,
            took.as_nanos(),
            loading.as_millis()
        )?;
    }
    Ok(())
}
