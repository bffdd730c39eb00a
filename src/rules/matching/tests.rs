//! Which rule takes which call.

use proptest::prelude::*;
use rstest::rstest;

use super::CallFacts;
use crate::clock::Timestamp;
use crate::rules::{Rule, RuleBook, Unmet};
use crate::telephony::{Country, PhoneNumber};

const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
callers:
  vip: ["+919812345678", "98123*", "+1*"]
  shop: ["011-3512-0000"]
rules:
  - { name: vip at the office, when: { caller: [vip, shop], dialed: "011-3512-4157" }, targets: [] }
  - { name: pressed 1 or 2, when: { digits: ["1", 2] }, targets: [] }
  - { name: vip, when: { caller: vip }, targets: [] }
  - { name: one number, when: { caller: "09000000001" }, targets: [] }
  - { name: begun by us, when: { direction: outbound-dial, custom_field: [a, b] }, targets: [] }
  - { name: one of two offices, when: { dialed: ["011-3512-4157", "011-3512-4158"], digits: "*#" }, targets: [] }
  - { name: a prefix, when: { caller: ["+9190*", "+91900*"] }, targets: [] }
  - { name: the office, when: { dialed: "+911135124157" }, targets: [] }
fallback: { numbers: [] }
"#;

fn book() -> RuleBook {
    RuleBook::parse("rules.yaml", RULES).unwrap()
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text, Country::INDIA).unwrap()
}

/// `from`, `to` and digits of a call that came in; blank where there are none.
fn call<'a>(from: &str, to: &str, digits: &'a str) -> CallFacts<'a> {
    CallFacts {
        caller: (!from.is_empty()).then(|| number(from)),
        dialed: (!to.is_empty()).then(|| number(to)),
        digits: (!digits.is_empty()).then_some(digits),
        direction: Some("incoming"),
        ..CallFacts::default()
    }
}

/// A Monday in India: 2026-11-23 at this time.
fn monday(time: &str) -> Timestamp {
    let moment: jiff::Timestamp = format!("2026-11-23T{time}+05:30").parse().unwrap();
    moment.into()
}

/// The name of the rule that takes the call.
fn taken_by<'book>(
    book: &'book RuleBook,
    call: &CallFacts<'_>,
    now: Timestamp,
) -> Option<&'book str> {
    book.find(call, now).map(|found| &*found.rule.name)
}

#[rstest]
#[case::all_conditions_hold("09812345678", "01135124157", "", Some("vip at the office"))]
#[case::a_list_means_any_of("01135120000", "01135124157", "", Some("vip at the office"))]
#[case::the_first_in_the_file_wins("09812345678", "01135124157", "1", Some("vip at the office"))]
#[case::an_unquoted_digit_is_a_text("09812345678", "", "2", Some("pressed 1 or 2"))]
#[case::a_prefix_in_a_list("09812399999", "01135124158", "", Some("vip"))]
#[case::another_country_by_its_code("+14155552671", "", "", Some("vip"))]
#[case::a_number_in_the_rule("9000000001", "", "", Some("one number"))]
#[case::a_prefix_in_the_rule("09000000002", "", "", Some("a prefix"))]
#[case::dialed_and_digits("", "01135124158", "*#", Some("one of two offices"))]
#[case::dialed_but_not_the_digits("", "01135124158", "*", None)]
#[case::dialed_alone("", "01135124157", "9", Some("the office"))]
#[case::a_hidden_caller_is_in_no_list("", "", "", None)]
#[case::nothing_holds("07000000000", "01135124159", "7", None)]
fn the_first_rule_that_holds_takes_the_call(
    #[case] from: &str,
    #[case] to: &str,
    #[case] digits: &str,
    #[case] expected: Option<&str>,
) {
    let book = book();
    let found = taken_by(&book, &call(from, to, digits), monday("12:00"));
    assert_eq!(found, expected);
}

#[test]
fn direction_and_custom_field_are_asked_too() {
    let book = book();
    let mut facts = CallFacts {
        direction: Some("outbound-dial"),
        custom_field: Some("b"),
        ..CallFacts::default()
    };
    let noon = monday("12:00");
    assert_eq!(taken_by(&book, &facts, noon), Some("begun by us"));
    facts.custom_field = Some("c");
    assert_eq!(taken_by(&book, &facts, noon), None);
}

#[test]
fn a_rule_without_conditions_takes_everything_that_no_earlier_rule_takes() {
    let text = RULES.replace("fallback", "  - { targets: [] }\nfallback");
    let book = RuleBook::parse("rules.yaml", &text).unwrap();
    let found = taken_by(&book, &CallFacts::default(), monday("12:00"));
    assert_eq!(found, Some("rule 9"));
}

const NEGATIONS: &str = r#"
country: IN
time_zone: Asia/Kolkata
hours:
  office: { weekly: { mon-fri: ["09:00-18:00"] } }
  lunch: { weekly: { daily: "13:00-14:00" } }
callers: { blocked: ["9812345678"] }
rules:
  - { name: at lunch, when: { hours: [lunch] }, targets: [] }
  - { name: closed, when: { hours: { not: [office, lunch] } }, targets: [] }
  - { name: other offices, when: { dialed: { not: ["01135124157", "01135124158"] } }, targets: [] }
  - { name: pressed nothing of these, when: { digits: { not: ["1", "2"] }, caller: { not: blocked } }, targets: [] }
  - { name: pressed 1, when: { digits: "1", direction: { not: outbound-dial }, custom_field: { not: x } }, targets: [] }
fallback: { numbers: [] }
"#;

#[rstest]
#[case::one_of_the_hours("13:30", "9000000000", "1", Some("at lunch"))]
#[case::none_of_the_hours("19:00", "9000000000", "1", Some("closed"))]
#[case::none_of_the_digits("10:00", "9000000000", "3", Some("pressed nothing of these"))]
#[case::no_digits_are_none_of_them("10:00", "9000000000", "", Some("pressed nothing of these"))]
#[case::a_hidden_caller_is_in_no_list("10:00", "", "", Some("pressed nothing of these"))]
#[case::a_listed_caller("10:00", "9812345678", "", None)]
#[case::a_fact_that_is_missing_is_none_of_anything("10:00", "9812345678", "1", Some("pressed 1"))]
fn a_negated_condition_holds_when_nothing_of_it_does(
    #[case] time: &str,
    #[case] from: &str,
    #[case] digits: &str,
    #[case] expected: Option<&str>,
) {
    let book = RuleBook::parse("rules.yaml", NEGATIONS).unwrap();
    let found = taken_by(&book, &call(from, "01135124157", digits), monday(time));
    assert_eq!(found, expected);
}

#[test]
fn the_condition_that_does_not_hold_is_named() {
    let book = RuleBook::parse("rules.yaml", NEGATIONS).unwrap();
    let call = call("9812345678", "01135124157", "2");
    let unmet: Vec<_> = book
        .rules()
        .iter()
        .map(|rule| book.unmet(rule, &call, monday("10:00")))
        .collect();
    let expected = [
        Unmet::Hours,
        Unmet::Hours,
        Unmet::Dialed,
        Unmet::Caller,
        Unmet::Digits,
    ];
    assert_eq!(unmet, expected.map(Some));
}

const LISTS: &str = r#"
country: IN
time_zone: Asia/Kolkata
fallback: { numbers: [] }
hours:
  morning: { weekly: { daily: "06:00-12:00" } }
  evening: { weekly: { daily: ["18:00-02:00"] }, except: { 2026-11-22: closed } }
callers:
  odd: ["9812345671", "9812345673", "9812345675", "9812345677", "9812345679"]
  low: ["9812345670", "9812345671", "9812345672", "9812345673", "9812345674"]
rules:
"#;

fn condition() -> impl Strategy<Value = String> {
    let dialed = prop_oneof![
        Just(""),
        Just("dialed: '01135124157', "),
        Just("dialed: ['01135124157', '01135124158'], "),
        Just("dialed: { not: '01135124157' }, "),
        Just("dialed: { not: ['01135124158', '01135124157'] }, "),
    ];
    let caller = prop_oneof![
        Just(""),
        Just("caller: odd, "),
        Just("caller: [low, '9812345679'], "),
        Just("caller: '98123*', "),
        Just("caller: ['9812345671', '9812345672'], "),
        Just("caller: { not: odd }, "),
        Just("caller: { not: ['9812345671', low] }, "),
    ];
    let digits = prop_oneof![
        Just(""),
        Just("digits: 1, "),
        Just("digits: [1, 2], "),
        Just("digits: { not: 1 }, ")
    ];
    let direction = prop_oneof![
        3 => Just(""),
        1 => Just("direction: incoming, "),
        1 => Just("direction: { not: incoming }, "),
    ];
    let hours = prop_oneof![
        3 => Just(""),
        1 => Just("hours: morning"),
        1 => Just("hours: [morning, evening]"),
        1 => Just("hours: { not: evening }"),
    ];
    (dialed, caller, digits, direction, hours).prop_map(
        |(dialed, caller, digits, direction, hours)| {
            format!(
                "  - {{ when: {{ {dialed}{caller}{digits}{direction}{hours} }}, targets: [] }}\n"
            )
        },
    )
}

proptest! {
    #[test]
    fn the_index_finds_what_a_search_through_all_rules_finds(
        rules in prop::collection::vec(condition(), 0..12),
        last in 0..10_u64,
        office in prop::option::of(7..10_u64),
        digits in prop::option::of("[123]"),
        direction in prop::option::of("incoming|outbound-dial"),
        hour in 0..24_u32,
    ) {
        let text = if rules.is_empty() { format!("{LISTS}  []") } else { LISTS.to_owned() + &rules.concat() };
        let book = RuleBook::parse("rules.yaml", &text).unwrap();
        let call = CallFacts {
            call_sid: None,
            caller: Some(number(&format!("981234567{last}"))),
            dialed: office.map(|office| number(&format!("0113512415{office}"))),
            digits: digits.as_deref(),
            direction: direction.as_deref(),
            custom_field: None,
        };
        let now = monday(&format!("{hour:02}:59"));
        let expected: Option<&Rule> =
            book.rules().iter().find(|rule| book.unmet(rule, &call, now).is_none());
        prop_assert_eq!(
            taken_by(&book, &call, now),
            expected.map(|rule| &*rule.name)
        );
    }
}
