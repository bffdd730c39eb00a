//! Which rule takes which call.

use proptest::prelude::*;
use rstest::rstest;

use super::CallFacts;
use crate::rules::{CallerCondition, Rule, RuleBook, When};
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
        custom_field: None,
    }
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
    let found = book.find(&call(from, to, digits));
    assert_eq!(found.map(|rule| &*rule.name), expected);
}

#[test]
fn direction_and_custom_field_are_asked_too() {
    let book = book();
    let mut facts = CallFacts {
        direction: Some("outbound-dial"),
        custom_field: Some("b"),
        ..CallFacts::default()
    };
    assert_eq!(
        book.find(&facts).map(|rule| &*rule.name),
        Some("begun by us")
    );
    facts.custom_field = Some("c");
    assert!(book.find(&facts).is_none());
}

#[test]
fn a_rule_without_conditions_takes_everything_that_no_earlier_rule_takes() {
    let text = RULES.replace("fallback", "  - { targets: [] }\nfallback");
    let book = RuleBook::parse("rules.yaml", &text).unwrap();
    let found = book.find(&CallFacts::default());
    assert_eq!(found.map(|rule| &*rule.name), Some("rule 9"));
}

/// What the documentation says, without an index.
fn holds(when: &When, call: &CallFacts<'_>) -> bool {
    let texts = |list: &[Box<str>], text: Option<&str>| {
        list.is_empty() || list.iter().any(|one| Some(&**one) == text)
    };
    let caller = |condition: &CallerCondition| match condition {
        CallerCondition::List(name) => call.caller.is_some_and(|caller| listed(name, caller)),
        CallerCondition::Pattern(pattern) => {
            call.caller.is_some_and(|caller| pattern.matches(caller))
        }
    };
    (when.dialed.is_empty()
        || when
            .dialed
            .iter()
            .any(|dialed| Some(*dialed) == call.dialed))
        && (when.caller.is_empty() || when.caller.iter().any(caller))
        && texts(&when.digits, call.digits)
        && texts(&when.direction, call.direction)
        && texts(&when.custom_field, call.custom_field)
}

/// The lists of the generated files: their names say what is in them.
fn listed(name: &str, caller: PhoneNumber) -> bool {
    let last = caller.digits() % 10;
    match name {
        "odd" => last % 2 == 1,
        "low" => last < 5,
        _ => false,
    }
}

const LISTS: &str = r#"
country: IN
time_zone: Asia/Kolkata
fallback: { numbers: [] }
callers:
  odd: ["9812345671", "9812345673", "9812345675", "9812345677", "9812345679"]
  low: ["9812345670", "9812345671", "9812345672", "9812345673", "9812345674"]
rules:
"#;

fn condition() -> impl Strategy<Value = String> {
    let dialed = prop_oneof![
        Just(""),
        Just("dialed: '01135124157', "),
        Just("dialed: ['01135124157', '01135124158'], ")
    ];
    let caller = prop_oneof![
        Just(""),
        Just("caller: odd, "),
        Just("caller: [low, '9812345679'], "),
        Just("caller: '98123*', "),
        Just("caller: ['9812345671', '9812345672'], "),
    ];
    let digits = prop_oneof![Just(""), Just("digits: 1, "), Just("digits: [1, 2], ")];
    let direction = prop_oneof![3 => Just(""), 1 => Just("direction: incoming, ")];
    (dialed, caller, digits, direction).prop_map(|(dialed, caller, digits, direction)| {
        format!("  - {{ when: {{ {dialed}{caller}{digits}{direction} }}, targets: [] }}\n")
    })
}

proptest! {
    #[test]
    fn the_index_finds_what_a_search_through_all_rules_finds(
        rules in prop::collection::vec(condition(), 0..12),
        last in 0..10_u64,
        office in prop::option::of(7..10_u64),
        digits in prop::option::of("[123]"),
        direction in prop::option::of("incoming|outbound-dial"),
    ) {
        let text = if rules.is_empty() { format!("{LISTS}  []") } else { LISTS.to_owned() + &rules.concat() };
        let book = RuleBook::parse("rules.yaml", &text).unwrap();
        let call = CallFacts {
            caller: Some(number(&format!("981234567{last}"))),
            dialed: office.map(|office| number(&format!("0113512415{office}"))),
            digits: digits.as_deref(),
            direction: direction.as_deref(),
            custom_field: None,
        };
        let expected: Option<&Rule> = book.rules().iter().find(|rule| holds(&rule.when, &call));
        prop_assert_eq!(book.find(&call).map(|rule| &rule.name), expected.map(|rule| &rule.name));
    }
}
