//! What the tree keeps of the text, and that no text is too much for it.

#![expect(clippy::arithmetic_side_effects, reason = "positions in short texts")]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{Kind, Node, parse};
use crate::rules::RuleBook;
use crate::rules::report::Report;

const SHIPPED: &str = include_str!("../../../rules/default.yaml");

/// The tree in one line, each text with where it stands.
fn draw(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "-".to_owned(),
        Kind::Scalar(text) => format!("{text}@{}..{}", node.span.start, node.span.end),
        Kind::Sequence(items) => format!(
            "[{}]",
            items.iter().map(draw).collect::<Vec<_>>().join(", ")
        ),
        Kind::Mapping(entries) => {
            let mut drawn = String::new();
            for entry in entries {
                write!(
                    drawn,
                    "{}@{}: {}; ",
                    entry.key,
                    entry.key_span.start,
                    draw(&entry.value)
                )
                .unwrap();
            }
            format!("{{{}}}", drawn.trim_end())
        }
    }
}

fn tree(text: &str) -> String {
    let mut report = Report::new("rules.yaml", text);
    let node = parse(&mut report);
    node.as_ref()
        .map_or_else(|| report.into_findings().to_string(), draw)
}

#[test]
fn texts_are_kept_as_typed() {
    let text = "[+919812345678, 0800, no, 09:30, 1e3, 'it''s', \"a\\tb\", ~, null, 'null']";
    let drawn = tree(text);
    assert_eq!(
        drawn,
        "[+919812345678@1..14, 0800@16..20, no@22..24, 09:30@26..31, 1e3@33..36, it's@38..45, a\tb@47..53, -, -, null@64..70]"
    );
}

#[test]
fn places_are_bytes_also_after_other_scripts() {
    assert_eq!(
        tree("name: हिन्दी # क\nwhen: {a: b}"),
        "{name@0: हिन्दी@6..24; when@31: {a@38: b@41..42;};}"
    );
    let refused = RuleBook::parse("rules.yaml", "हिन्दी: { a: b }").unwrap_err();
    assert!(
        refused.to_string().starts_with("rules.yaml:1:1: "),
        "{refused}"
    );
    let column = RuleBook::parse(
        "rules.yaml",
        "country: IN # हिन्दी\nanswer: { हिन्दी: 1, evnts: true }",
    )
    .unwrap_err();
    assert!(
        column
            .to_string()
            .contains("rules.yaml:2:22: unknown key \"evnts\" in an answer"),
        "{column}"
    );
}

/// Where reading ends shows how much was read: nothing of what the text would have grown into.
#[test]
fn a_text_that_would_grow_is_refused_where_it_begins_to() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (this, before) in ('b'..='i').zip('a'..) {
        writeln!(
            bomb,
            "{this}: &{this} [{}]",
            format!("*{before}, ").repeat(9)
        )
        .unwrap();
    }
    let deep_flow = "[".repeat(1_000_000);
    let deep_block = "- ".repeat(1_000_000);
    // The library has a limit of its own, 255, for flow collections.
    for (text, place) in [(bomb, "1:7"), (deep_flow, "1:256"), (deep_block, "1:49")] {
        let findings = RuleBook::parse("rules.yaml", &text).unwrap_err();
        let shown = findings.to_string();
        assert!(
            shown.starts_with(&format!("rules.yaml:{place}: ")),
            "{shown}"
        );
        assert_eq!(findings.iter().count(), 1, "{shown}");
    }
}

#[test]
fn a_text_that_is_wrong_all_over_has_no_endless_list_of_findings() {
    let wide = "[".to_owned() + &"a,".repeat(100_000) + "]";
    let unknown_keys = (0..10_000).fold(String::new(), |text, key| text + &format!("k{key}: 1\n"));
    for (text, most) in [(wide, 1), (unknown_keys, 200)] {
        let findings = RuleBook::parse("rules.yaml", &text).unwrap_err();
        assert!(!findings.is_empty() && findings.iter().count() <= most);
    }
}

/// Edits of the kind that a hand makes: a piece cut out, doubled or put elsewhere, and a stray character.
fn edited(at: usize, length: usize, stray: &str) -> String {
    let from = SHIPPED.floor_char_boundary(at % SHIPPED.len());
    let to = SHIPPED.ceil_char_boundary((from + length).min(SHIPPED.len()));
    format!("{}{stray}{}", &SHIPPED[..from], &SHIPPED[to..])
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        drop(RuleBook::parse("rules.yaml", &text));
    }

    #[test]
    fn no_yaml_like_text_makes_it_panic(text in "([a-c]|: |- |\n| |\\[|\\]|\\{|\\}|,|'|\"|#|&a|\\*a|!|\\||>|\t|%|\\?|rules|when|é)*") {
        drop(RuleBook::parse("rules.yaml", &text));
    }

    #[test]
    fn no_edit_of_a_good_file_makes_it_panic(at in any::<usize>(), length in 0..30_usize, stray in "([:\\[\\]{}\",'\n\t -]|\\PC){0,3}") {
        drop(RuleBook::parse("rules.yaml", &edited(at, length, &stray)));
    }
}

#[test]
fn a_finding_has_one_line_whatever_the_names_in_the_file_are() {
    let key = format!("\"two\\nlines\\r{}\"", "é".repeat(80));
    let text = format!("{key}: 1\n{key}: 2\nqueues: {{ {key}: {{ }}, {key}: {{ }} }}\nrules: []\n");
    let findings = RuleBook::parse("rules/default.yaml", &text).unwrap_err();
    for finding in &findings {
        let line = finding.to_string();
        assert!(!line.contains(char::is_control), "{line:?}");
    }
    let second_time = format!(
        "key \"two lines {}…\" stands here a second time",
        "é".repeat(50)
    );
    assert_eq!(
        findings.to_string().matches(&second_time).count(),
        2,
        "{findings}"
    );
}
