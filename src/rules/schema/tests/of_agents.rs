//! The schema of a file of agents says what its reader says.

use super::super::agents_json_schema;
use super::{OF_FORM, complaints_of, difference};
use crate::rules::{AgentsFile, FileForm, Findings};
use crate::telephony::Country;

const GOOD: &str = "\
agents:
  asha:
    name: Asha
    destinations: [\"+919812345001\", \"sip:asha\"]
    groups: [sales]
    skills: { hindi: 4 }
    position: 1
    weight: 3
";

/// What stands in a good file, and what is put in its place.
const FAULTS: &[(&str, &str)] = &[
    ("agents:", "agent:"),
    ("asha:\n", "as ha:\n"),
    ("name: Asha", "nam: Asha"),
    ("name: Asha", "name: \"\""),
    ("\"+919812345001\", \"sip:asha\"", ""),
    ("destinations", "destination"),
    ("\"sip:asha\"", "\"asha\""),
    ("[sales]", "sales"),
    ("[sales]", "[a b]"),
    ("hindi: 4", "hindi: 11"),
    ("position: 1", "position: 0"),
    ("weight: 3", "weight: 101"),
];

fn read(text: &str) -> Findings {
    match AgentsFile::parse("staff.yaml", text, FileForm::Yaml, Country::INDIA) {
        Ok(_) => Findings::default(),
        Err(faulty) => faulty.findings,
    }
}

#[test]
fn the_schema_of_agents_refuses_what_their_reader_refuses_for_its_form() {
    let schema = agents_json_schema();
    assert_eq!(complaints_of(&schema, GOOD), Some(Vec::new()));
    assert!(read(GOOD).is_empty());
    let mut wrong = Vec::new();
    for (right, faulty) in FAULTS {
        assert!(GOOD.contains(right), "{right}");
        let text = GOOD.replacen(right, faulty, 1);
        let found = read(&text);
        let of_form = found.iter().any(|finding| OF_FORM.contains(&finding.code));
        assert!(of_form, "{faulty}: {found}");
        wrong.extend(difference(faulty, &text, &schema, read));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
