//! The form of values that the tables only describe in words: which texts, and what stands in lists and mappings.

use jiff::tz::TimeZoneDatabase;

mod scenario;

use crate::rules::Fallback;
use crate::rules::shape::{
    AFTER, AGENTS, ANSWER, BRANCH, BREAKS, BUSY, CALL, CALLERS_FILE, EVENTS, EXPECT, FALLBACK,
    HOURS, Key, LISTED_AGENT, NO_ANSWER, OUTBOUND, PLAYBACK, PRESENCE, QUEUE, RECORDING, RING,
    RULE, STEP, STICKY, Shape, TARGET, TEST, TIMES, VIRTUAL_AGENT, WHEN,
};

/// The form of a value, or of an item where the table says that it is a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// A mapping with a table of its own.
    Shape(&'static Shape),
    /// A mapping whose keys are names of the file's own making, of this pattern.
    Named {
        names: &'static str,
        holds: &'static Form,
    },
    /// A list with at least so many items.
    ListOf {
        item: &'static Form,
        least: u8,
    },
    Either(&'static Form, &'static Form),
    Words(&'static [&'static str]),
    Flag,
    /// The HTTP status of a fallback.
    Status,
    /// The level of a skill.
    Level,
    /// A text of this pattern, which YAML may take for a number.
    Text(&'static str),
    /// A part of an answer's JSON.
    Answer,
    /// What the table says, or a list of it.
    OneOrList,
    Country,
    TimeZone,
}

/// No letters, no star: how well a number fits its country's plan is for the check.
const PHONE_NUMBER: Form = Form::Text(r"^[^A-Za-z*]*\d[^A-Za-z*]*$");
const CONTACT: Form = Form::Text(r"^(\s*[sS][iI][pP]:.+|[^A-Za-z*]*\d[^A-Za-z*]*)$");
const PATTERN: Form = Form::Text(r"^[^A-Za-z*]*\d[^A-Za-z*]*\*?\s*$");
const CALLER: Form = Form::Text(r"^(\p{L}.*|[^A-Za-z*]*\d[^A-Za-z*]*\*?\s*)$");
const DIGITS: Form = Form::Text("^[0-9*#]+$");
const ANY_TEXT: Form = Form::Text("");
const NAME_PATTERN: &str = r"^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,63}$";
const LIST_NAME_PATTERN: &str = r"^\p{L}[\p{L}\p{N}_.-]{0,63}$";
const NAME: Form = Form::Text(NAME_PATTERN);
const URL: Form = Form::Text("^https?://");
const SPAN: Form = Form::Text(r"^\s*\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}\s*$");
const SPANS: Form = Form::Either(
    &Form::Words(&["closed"]),
    &Form::Either(
        &SPAN,
        &Form::ListOf {
            item: &SPAN,
            least: 1,
        },
    ),
);
static HOURS_FORM: Form = Form::Shape(&HOURS);
static QUEUE_FORM: Form = Form::Shape(&QUEUE);
static EVENTS_FORM: Form = Form::Shape(&EVENTS);
static CALLERS: Form = Form::Either(
    &Form::ListOf {
        item: &PATTERN,
        least: 0,
    },
    &Form::Shape(&CALLERS_FILE),
);
const DAYS_PATTERN: &str = r"^\s*(daily|(mon|tue|wed|thu|fri|sat|sun)(\s*-\s*(mon|tue|wed|thu|fri|sat|sun))?(\s*,\s*(mon|tue|wed|thu|fri|sat|sun)(\s*-\s*(mon|tue|wed|thu|fri|sat|sun))?)*)\s*$";
const DATE_PATTERN: &str = r"^\d{4}-\d{2}-\d{2}$";
const AGENT_PATTERN: &str = "^[A-Za-z0-9._@-]{1,64}$";
const TEST_NAME: &str = r"^(?=.*\S)[^\x00-\x1f]{1,200}$";
const MOMENT: &str = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}";
/// An agent, a number or a `sip:` id.
const RUNG: &str = r"\S";
static VIRTUAL_AGENT_FORM: Form = Form::Shape(&VIRTUAL_AGENT);
static LISTED_AGENT_FORM: Form = Form::Shape(&LISTED_AGENT);
const ONE_LINE: &str = r"^(?=.*\S)[^\x00-\x1f]{1,100}$";

/// The form of what a key holds, where the table says it in words.
pub(super) fn of(shape: &'static Shape, key: &'static Key) -> Option<Form> {
    Some(match (shape.name, key.name) {
        ("a rules file", name) => return of_file(name),
        ("opening hours", name) => Form::Named {
            names: if name == "except" {
                DATE_PATTERN
            } else {
                DAYS_PATTERN
            },
            holds: &SPANS,
        },
        ("agents" | "an agent" | "a crew", "groups")
        | ("a target" | "an expectation", "queue")
        | ("outbound", "hours") => NAME,
        ("agents" | "an agent" | "a crew", "skills") => Form::Named {
            names: NAME_PATTERN,
            holds: &Form::Level,
        },
        ("a rule" | "a share" | "a queue", name) => return of_rule_or_queue(name),
        ("when", name) => return of_condition(name),
        ("outbound", "virtual_number") => PHONE_NUMBER,
        ("outbound", "recording") => Form::Shape(&RECORDING),
        ("outbound", "do_not_call") => CALLER,
        ("ring", "at_once") => Form::OneOrList,
        ("a target", "after") => Form::Shape(&AFTER),
        ("a target" | "fallback", "numbers") | ("an agent", "destinations") => CONTACT,
        ("fallback", "http_status") => Form::Status,
        ("an answer", name) => return of_answer(name),
        ("events", "url") | ("start_call_playback", "audio_url") => URL,
        ("start_call_playback", "text") | ("a list of callers", "file") => Form::Text(r"\S"),
        ("a file of tests" | "a test" | "a step", name) => return of_test(name),
        ("a call", name) => return of_call(name),
        ("an expectation", name) => return of_expectation(name),
        ("an agent", "reason") => ANY_TEXT,
        ("an agent", "name") => Form::Text(ONE_LINE),
        ("a file of agents", "agents") => Form::Named {
            names: AGENT_PATTERN,
            holds: &LISTED_AGENT_FORM,
        },
        ("a scenario", name) => return scenario::of_file(name),
        ("arrivals", name) => return scenario::of_arrivals(name),
        ("a click", name) => return scenario::of_clicks(name),
        ("phones", "pick_up") => Form::Shape(&TIMES),
        ("a crew", "shift") => SPAN,
        ("a crew", "breaks") => Form::Shape(&BREAKS),
        _ => return None,
    })
}

fn of_test(key: &str) -> Option<Form> {
    Some(match key {
        "name" => Form::Text(TEST_NAME),
        "call" => Form::Shape(&CALL),
        "agents" => Form::Named {
            names: AGENT_PATTERN,
            holds: &VIRTUAL_AGENT_FORM,
        },
        "tests" => Form::Shape(&TEST),
        "expect" => Form::Shape(&EXPECT),
        "then" => Form::Shape(&STEP),
        _ => return None,
    })
}

fn of_call(key: &str) -> Option<Form> {
    Some(match key {
        "from" | "to" => CONTACT,
        "at" => Form::Text(MOMENT),
        "digits" => DIGITS,
        "custom_field" => Form::Text(r"^(?=.*\S)[^\x00-\x1f]{1,128}$"),
        "direction" => ANY_TEXT,
        _ => return None,
    })
}

fn of_expectation(key: &str) -> Option<Form> {
    Some(match key {
        "rule" => ANY_TEXT,
        "rings" | "among" => Form::Text(RUNG),
        "answer" => Form::Answer,
        _ => return None,
    })
}

fn of_file(key: &str) -> Option<Form> {
    Some(match key {
        "country" => Form::Country,
        "time_zone" => Form::TimeZone,
        "answer" => Form::Shape(&ANSWER),
        "presence" => Form::Shape(&PRESENCE),
        "outbound" => Form::Shape(&OUTBOUND),
        "hours" => Form::Named {
            names: NAME_PATTERN,
            holds: &HOURS_FORM,
        },
        "callers" => Form::Named {
            names: LIST_NAME_PATTERN,
            holds: &CALLERS,
        },
        "queues" => Form::Named {
            names: NAME_PATTERN,
            holds: &QUEUE_FORM,
        },
        "rules" => Form::Shape(&RULE),
        "fallback" => Form::Shape(&FALLBACK),
        _ => return None,
    })
}

/// What stands in rules, their shares and queues under one name has one form.
fn of_rule_or_queue(key: &str) -> Option<Form> {
    Some(match key {
        "name" => Form::Text(ONE_LINE),
        "when" => Form::Shape(&WHEN),
        "sticky" => Form::Shape(&STICKY),
        "split" => Form::Shape(&BRANCH),
        "targets" => Form::Shape(&TARGET),
        "ring" => Form::Shape(&RING),
        "answer" => Form::Shape(&ANSWER),
        "no_answer" => Form::Shape(&NO_ANSWER),
        "busy" => Form::Shape(&BUSY),
        "agents" => Form::Shape(&AGENTS),
        _ => return None,
    })
}

fn of_condition(key: &str) -> Option<Form> {
    Some(match key {
        "dialed" => PHONE_NUMBER,
        "caller" => CALLER,
        "digits" => DIGITS,
        "direction" | "custom_field" => ANY_TEXT,
        "hours" => NAME,
        _ => return None,
    })
}

fn of_answer(key: &str) -> Option<Form> {
    Some(match key {
        "outgoing_phone_number" => PHONE_NUMBER,
        "recording" => Form::Shape(&RECORDING),
        "music_on_hold" => Form::Either(&Form::Words(&["default_tone", "operator_tone"]), &URL),
        "events" => Form::Either(&Form::Flag, &EVENTS_FORM),
        "start_call_playback" => Form::Shape(&PLAYBACK),
        "custom_params" => Form::Named {
            names: r"\S",
            holds: &ANY_TEXT,
        },
        _ => return None,
    })
}

/// Keys of which a mapping must have one, and may have no second.
pub(super) fn exactly_one_of(shape: &Shape) -> Option<[&'static str; 2]> {
    Some(match shape.name {
        "a rule" => ["targets", "split"],
        "a target" => ["queue", "numbers"],
        "fallback" => ["numbers", "http_status"],
        "events" => ["answered", "url"],
        "start_call_playback" => ["text", "audio_url"],
        "a click" => ["crew", "queue"],
        _ => return None,
    })
}

/// Whether an empty mapping of this table would be a mistake.
pub(super) fn has_a_key(shape: &Shape) -> bool {
    shape.name == "an expectation"
}

/// Whether an empty list of this key would be a mistake.
pub(super) fn is_never_empty(shape: &Shape, key: &Key) -> bool {
    matches!(
        (shape.name, key.name),
        ("agents", "groups")
            | ("a rule", "split")
            | ("a target", "numbers")
            | ("a file of tests", "tests")
            | ("an agent", "destinations")
            | ("a scenario", "arrivals" | "clicks")
            | ("an expectation", "among")
    )
}

/// How many items a list of this key may have, where that is limited.
pub(super) fn most_items(shape: &Shape, key: &Key) -> Option<u8> {
    matches!((shape.name, key.name), ("fallback", "numbers")).then_some(Fallback::MAX_NUMBERS)
}

/// Every zone that the readers know.
pub(super) fn time_zones() -> Vec<String> {
    let mut names: Vec<_> = TimeZoneDatabase::bundled()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    names.sort_unstable();
    names
}
