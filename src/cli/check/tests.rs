//! What people and programs are shown.

use serde_json::Value;

use super::{Exit, exit, json, sarif, text};
use crate::rules::examples::{Example, Side};
use crate::rules::{Checked, Code, check_text};

fn shown(example: &Example) -> String {
    example.at_home(&text::Text::of(&example.checked, false).to_string())
}

/// A file of this text, as if it had been read.
fn checked(text: &str) -> Checked {
    let file = crate::rules::CheckedFile {
        name: "rules/default.yaml".to_owned(),
        texts: [("rules/default.yaml".to_owned(), text.to_owned())].into(),
        findings: check_text("rules/default.yaml", text, Example::NOW),
    };
    Checked { files: vec![file] }
}

const TWO_FINDINGS: &str = "country: IN
time_zone: Asia/Kolkata
queues:
  सहायता: { agents: { groups: [support] } }
rules:
  - { name: \"नमस्ते\", ring: { for: 90s }, targets: [{ queue: सहायत }] }
fallback: { numbers: [] }
";

#[test]
fn every_code_is_shown_with_its_place() {
    for code in Code::ALL {
        let example = Example::of(*code, Side::Wrong);
        insta::assert_snapshot!(code.as_str(), shown(&example));
    }
}

#[test]
fn errors_and_warnings_ask_for_action_and_notes_do_not() {
    for code in Code::ALL {
        let example = Example::of(*code, Side::Wrong);
        let is_note = code.severity() == crate::rules::Severity::Note;
        let expected = if is_note { Exit::Fine } else { Exit::Findings };
        assert_eq!(exit(&example.checked), expected, "{code:?}");
    }
}

#[test]
fn a_good_file_is_said_to_be_good() {
    let example = Example::of(Code::UnknownKey, Side::Right);
    assert_eq!(shown(&example), "nothing to find fault with in 1 file");
    assert_eq!(exit(&example.checked), Exit::Fine);
}

#[test]
fn the_place_is_marked_under_letters_of_any_script() {
    let checked = checked(TWO_FINDINGS);
    insta::assert_snapshot!(text::Text::of(&checked, false).to_string());
}

#[test]
fn colour_comes_only_where_it_is_wanted() {
    let checked = checked(TWO_FINDINGS);
    assert!(
        !text::Text::of(&checked, false)
            .to_string()
            .contains('\u{1b}')
    );
    assert!(
        text::Text::of(&checked, true)
            .to_string()
            .contains('\u{1b}')
    );
}

#[test]
fn nothing_in_a_file_can_steer_the_terminal() {
    let checked = checked("country: IN\n\"\u{1b}[31mred\": 1\n");
    assert!(
        !text::Text::of(&checked, false)
            .to_string()
            .contains('\u{1b}')
    );
}

#[test]
fn programs_get_one_document() {
    let document = json::document(&checked(TWO_FINDINGS));
    insta::assert_json_snapshot!(document);
}

#[test]
fn code_scanning_gets_a_sarif_log() {
    let mut log = sarif::log(&checked(TWO_FINDINGS));
    let rules = log
        .pointer_mut("/runs/0/tool/driver/rules")
        .map(Value::take);
    let rules = rules.unwrap();
    let rules = rules.as_array().unwrap();
    assert_eq!(rules.len(), Code::ALL.len());
    for (rule, code) in rules.iter().zip(Code::ALL) {
        assert_eq!(rule["id"], code.as_str());
        assert!(rule["fullDescription"]["text"].as_str().unwrap().len() > 80);
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with("# "));
    }
    insta::assert_json_snapshot!(log, { ".runs[0].tool.driver.semanticVersion" => "[version]" });
}

#[test]
fn a_path_becomes_a_uri() {
    let file =
        crate::rules::check_file(std::path::Path::new("./no such/ä.yaml"), None, Example::NOW);
    let log = sarif::log(&Checked { files: vec![file] });
    let location = "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri";
    assert_eq!(log.pointer(location).unwrap(), "no%20such/%C3%A4.yaml");
}
