//! The questions, each with files that are nearly wrong and files that are. Whole renderings are snapshots of the examples
//! of the explanations.

use rstest::rstest;

use crate::rules::check_text;
use crate::rules::examples::Example;

const HEAD: &str = "country: IN
time_zone: Asia/Kolkata
fallback: { numbers: [] }
answer: { events: true }
hours:
  office: { weekly: { mon-fri: [\"09:30-18:30\"] } }
  night: { weekly: { daily: [\"22:00-06:00\"] } }
callers:
  vip: [\"+919812345678\", \"98123*\"]
  few: [\"+919812300001\", \"+919812300002\"]
  nobody: []
queues:
  sales: { agents: { groups: [sales] } }
";

/// What is found in rules, as codes with their lines below the head.
fn found(rules: &str) -> Vec<String> {
    let text = format!("{HEAD}{rules}");
    let findings = check_text("rules.yaml", &text, Example::NOW);
    let lines_before = HEAD.lines().count();
    findings
        .iter()
        .filter(|finding| finding.code.as_str() != "unused-queue")
        .map(|finding| {
            let line = finding.place.map(|place| place.line).unwrap_or_default();
            format!(
                "{} {}",
                finding.code.as_str(),
                line.saturating_sub(lines_before)
            )
        })
        .collect()
}

#[rstest]
#[case::nothing_follows_nothing("{ digits: '1' }", "{ digits: '2' }", false)]
#[case::the_same("{ digits: '1' }", "{ digits: '1' }", true)]
#[case::one_of_a_list("{ digits: ['1', '2'] }", "{ digits: '2' }", true)]
#[case::more_than_the_list("{ digits: ['1', '2'] }", "{ digits: ['2', '3'] }", false)]
#[case::one_more_condition("{ digits: '1' }", "{ digits: '1', hours: office }", true)]
#[case::one_less_condition("{ digits: '1', hours: office }", "{ digits: '1' }", false)]
#[case::another_than_the_refused("{ digits: { not: '1' } }", "{ digits: '2' }", true)]
#[case::the_refused("{ digits: { not: '1' } }", "{ digits: ['1', '2'] }", false)]
#[case::more_refused("{ digits: { not: '1' } }", "{ digits: { not: ['1', '2'] } }", true)]
#[case::less_refused("{ digits: { not: ['1', '2'] } }", "{ digits: { not: '1' } }", false)]
#[case::refused_after_wanted("{ digits: '1' }", "{ digits: { not: '2' } }", false)]
#[case::a_number_of_the_prefix("{ caller: 98123* }", "{ caller: '+919812399999' }", true)]
#[case::a_longer_prefix("{ caller: 98123* }", "{ caller: 981234* }", true)]
#[case::a_shorter_prefix("{ caller: 98123* }", "{ caller: 9812* }", false)]
#[case::a_list_within_a_list("{ caller: vip }", "{ caller: few }", true)]
#[case::a_list_that_is_wider("{ caller: few }", "{ caller: vip }", false)]
#[case::a_list_within_a_prefix("{ caller: 9812* }", "{ caller: few }", true)]
#[case::an_empty_list("{ caller: vip }", "{ caller: nobody }", false)]
#[case::not_the_list_but_one_of_it("{ caller: { not: vip } }", "{ caller: few }", false)]
#[case::not_a_number_but_another(
    "{ caller: { not: '+919812345678' } }",
    "{ caller: '+919812300001' }",
    true
)]
#[case::not_a_list_and_not_a_wider_one(
    "{ caller: { not: few } }",
    "{ caller: { not: vip } }",
    true
)]
#[case::other_hours("{ hours: office }", "{ hours: night }", false)]
#[case::closed_hours_of_another_name("{ hours: { not: office } }", "{ hours: night }", false)]
#[case::any_of_the_hours("{ hours: [office, night] }", "{ hours: night }", true)]
#[case::the_same_number_written_otherwise(
    "{ dialed: 011-3512-4157 }",
    "{ dialed: '+911135124157' }",
    true
)]
#[case::another_number("{ dialed: 011-3512-4157 }", "{ dialed: 011-3512-4158 }", false)]
#[case::everything_before("{ }", "{ direction: incoming, custom_field: x }", true)]
fn a_rule_is_unreachable_when_its_conditions_imply_an_earlier_rules(
    #[case] earlier: &str,
    #[case] later: &str,
    #[case] unreachable: bool,
) {
    let rules = format!(
        "rules:\n  - {{ when: {earlier}, targets: [] }}\n  - {{ when: {later}, targets: [] }}\n"
    );
    let expected = if unreachable {
        vec!["unreachable-rule 3"]
    } else {
        vec![]
    };
    assert_eq!(found(&rules), expected, "{earlier} then {later}");
}

/// Fixed numbers have no `ring`: a call rings as its first queue says, wherever that stands.
#[test]
fn at_once_of_the_first_queue_counts_behind_fixed_numbers_too() {
    let queue = "sales: { agents: { groups: [sales] }";
    let head = HEAD.replace(queue, &format!("{queue}, ring: {{ at_once: 3 }}"));
    let rules = "rules: [{ targets: [{ numbers: ['+911140001234'] }, { queue: sales }] }]\n";
    let findings = check_text("rules.yaml", &format!("{head}{rules}"), Example::NOW);
    let codes: Vec<_> = findings.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["at-once-over-agents"], "{findings}");
}

/// What it costs to compare two conditions grows with the product of their lists.
#[rstest]
#[case::a_hundred_dialed_numbers("dialed", 100, true)]
#[case::very_many_dialed_numbers("dialed", 10_000, false)]
#[case::a_hundred_callers("caller", 100, true)]
#[case::very_many_callers("caller", 10_000, false)]
#[case::very_many_refused_callers("caller: { not", 10_000, false)]
fn what_would_take_too_long_to_find_out_is_not_looked_for(
    #[case] what: &str,
    #[case] numbers: u32,
    #[case] is_found: bool,
) {
    let number = |number: u32| format!("'+91{}'", 9_812_300_000_u64 + u64::from(number));
    let forwards: Vec<_> = (0..numbers).map(number).collect();
    let backwards: Vec<_> = (0..numbers).rev().map(number).collect();
    let end = if what.contains('{') { " }" } else { "" };
    let rule = |numbers: &[String]| {
        let numbers = numbers.join(", ");
        format!("  - {{ when: {{ {what}: [{numbers}]{end} }}, targets: [] }}\n")
    };
    let rules = format!("rules:\n{}{}", rule(&forwards), rule(&backwards));
    assert_eq!(found(&rules).len(), usize::from(is_found));
}

/// A line may be as long as the file; finding the column of each of very many findings in it would take for ever.
#[test]
fn very_many_findings_in_one_line_are_counted_and_the_first_are_placed() {
    let dates = (1..=28).flat_map(|day| (1..=12).map(move |month| (month, day)));
    let dates = (1000..1300).flat_map(|year| dates.clone().map(move |date| (year, date)));
    let dates: Vec<_> = dates
        .map(|(year, (month, day))| format!("{year}-{month:02}-{day:02}: closed"))
        .collect();
    let hours = format!(
        "old: {{ weekly: {{ mon: ['09:00-10:00'] }}, except: {{ {} }} }}",
        dates.join(", ")
    );
    let text = format!("{HEAD}rules: []\n").replace("hours:\n", &format!("hours:\n  {hours}\n"));
    let findings = check_text("rules.yaml", &text, Example::NOW);
    // With the queue that no rule uses.
    assert_eq!(
        findings.iter().count() + findings.left_out(),
        dates.len() + 1
    );
    let columns: Vec<_> = findings.iter().filter_map(|one| one.place).collect();
    assert!(columns.is_sorted() && columns.len() == 200);
}

#[rstest]
#[case::the_later_list_is_partly_dead("few", "[vip, few]", "targets: []", false)]
#[case::an_exception_from_a_prefix("few", "vip", "targets: [{ queue: sales }]", false)]
#[case::a_prefix_before_its_numbers(
    "vip",
    "few, digits: '1'",
    "targets: [{ queue: sales }]",
    false
)]
fn lists_that_agree_or_make_exceptions_are_no_contradiction(
    #[case] earlier: &str,
    #[case] later: &str,
    #[case] targets: &str,
    #[case] contradicts: bool,
) {
    let rules = format!(
        "rules:\n  - {{ when: {{ caller: {earlier} }}, targets: [] }}\n  - {{ when: {{ caller: {later} }}, {targets} }}\n"
    );
    let said = found(&rules)
        .iter()
        .any(|finding| finding.starts_with("contradicting-lists"));
    assert_eq!(said, contradicts, "{rules}");
}

#[rstest]
#[case("{ attempts: 1 }", "{ attempts: 2 }", true)]
#[case("{ attempts: 2 }", "{ attempts: 2 }", false)]
#[case("{ waiting: 20s }", "{ attempts: 1, for: 20s }", false)]
#[case(
    "{ waiting: 40s }",
    "{ attempts: 2, for: 20s, agents: 3, at_once: 3 }",
    true
)]
#[case(
    "{ waiting: 41s }",
    "{ attempts: 2, for: 20s, agents: 3, at_once: 3 }",
    false
)]
#[case(
    "{ waiting: 2m }",
    "{ attempts: 2, for: 20s, agents: 3, at_once: 1 }",
    true
)]
#[case("{ attempts: 5, waiting: 60s }", "{ attempts: 2 }", true)]
fn a_target_opens_within_the_attempts_or_never(
    #[case] after: &str,
    #[case] ring: &str,
    #[case] opens: bool,
) {
    let rules = format!(
        "rules:\n  - ring: {ring}\n    targets:\n      - queue: sales\n      - {{ queue: sales, after: {after} }}\n"
    );
    let expected = if opens {
        vec![]
    } else {
        vec!["target-never-opens 5"]
    };
    assert_eq!(found(&rules), expected, "{after} {ring}");
}

#[test]
fn a_part_with_an_error_is_not_reported_twice() {
    let rules = "rules:
  - { when: { digts: '1' }, targets: [{ queue: saels }] }
  - { when: { digits: '1' }, targets: [] }
  - { when: { digits: '1' }, targets: [] }
";
    let expected = ["unknown-key 2", "unknown-name 2", "unreachable-rule 4"];
    assert_eq!(found(rules), expected);
}

#[test]
fn a_file_of_very_many_rules_is_checked_all_the_same() {
    let rule = |number| format!("  - {{ when: {{ direction: x{number} }}, targets: [] }}\n");
    let rules: String = (0..20_000).map(rule).collect();
    assert!(found(&format!("rules:\n{rules}")).is_empty());
}
