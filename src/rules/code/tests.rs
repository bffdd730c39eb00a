//! Every code is explained, by examples that are what they say.

use std::fs;
use std::path::Path;

use super::Code;
use super::examples::{Example, Side};

fn codes(example: &Example) -> Vec<Code> {
    let findings = example.checked.files.iter().flat_map(|file| &file.findings);
    findings.map(|finding| finding.code).collect()
}

#[test]
fn the_wrong_example_of_every_code_has_it_and_the_right_one_has_nothing() {
    for code in Code::ALL {
        let found = codes(&Example::of(*code, Side::Wrong));
        assert!(
            found.contains(code),
            "{code:?}: the wrong example has {found:?}"
        );
        assert!(
            found.iter().all(|other| other == code),
            "{code:?}: the wrong example shows more than that: {found:?}"
        );
        let found = codes(&Example::of(*code, Side::Right));
        assert!(
            found.is_empty(),
            "{code:?}: the right example has {found:?}"
        );
    }
}

#[test]
fn every_code_has_a_heading_a_reason_and_a_text_of_its_own() {
    for code in Code::ALL {
        assert!(code.explanation().starts_with("# "), "{code:?}");
        assert!(code.title().len() > 10, "{code:?}");
        let why = code.explanation().split("\n## ").next().unwrap();
        assert!(
            why.len() > code.title().len() + 80,
            "{code:?} says too little"
        );
        assert_eq!(Code::parse(code.as_str()), Some(*code));
    }
    assert_eq!(Code::parse("no-such-code"), None);
}

#[test]
fn no_explanation_is_left_over() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules/code");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(code) = name.strip_suffix(".md") {
            assert!(Code::parse(code).is_some(), "{name} explains nothing");
        }
    }
}
