//! Both forms: what is wrong with a file, and that nothing is lost on the way out and in.

use std::path::Path;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

fn parsed(form: FileForm, text: &str) -> Result<Vec<ListedAgent>, String> {
    let name = match form {
        FileForm::Yaml => "staff.yaml",
        FileForm::Csv => "staff.csv",
    };
    match AgentsFile::parse(name, text, form, Country::INDIA) {
        Ok(file) => Ok(file.entries.into_iter().map(|entry| entry.agent).collect()),
        Err(faulty) => Err(faulty.findings.to_string()),
    }
}

fn faults(form: FileForm, text: &str) -> String {
    parsed(form, text).unwrap_err()
}

const YAML: &str = r#"
agents:
  asha:
    name: Asha
    destinations: [098123 45001, "sip:Asha@example.com"]
    groups: [sales]
    skills: { hindi: 4 }
    position: 1
    weight: 3
  bilal: { name: "Bilal \"B.\"", destinations: ["+919812345002"] }
"#;

const CSV: &str = "\u{feff}Name,ID,destinations,skills,groups,position,weight\r\n\
    Asha,asha,098123 45001;sip:Asha@example.com,hindi:4,sales,1,3\r\n\
    \r\n\
    \"Bilal \"\"B.\"\"\",bilal,919812345002,,,,\r\n\
    ,,,,,,\r\n";

#[test]
fn both_forms_say_the_same() {
    let agents = parsed(FileForm::Yaml, YAML).unwrap();
    assert_eq!(parsed(FileForm::Csv, CSV).unwrap(), agents);
    assert_snapshot!(written_agents(&agents, FileForm::Yaml).unwrap(), @r#""#);
    assert_snapshot!(written_agents(&agents, FileForm::Csv).unwrap(), @r#""#);
}

#[test]
fn everything_that_is_wrong_with_a_yaml_file_is_said_at_once() {
    let text = "\
agents:
  asha: { nam: Asha, destinations: [\"12\", +919812345001, +919812345001], groups: [a b] }
  b c: { name: B, destinations: [] }
  bilal: { name: Bilal, destinations: [98123 45001], skills: { hindi: 11 }, position: 0, weight: many }
  asha: { name: \"\", destinations: [sip:a] }
  chitra:
";
    assert_snapshot!(faults(FileForm::Yaml, text), @"");
}

#[test]
fn everything_that_is_wrong_with_a_csv_file_is_said_at_once() {
    let text = "\
id,name,destinations,gropus,skills,position
asha,Asha,12 +919812345001,sales,hindi,x
b c,,\"+919812345001\",,hindi:11 hindi:2,
asha,Asha,sip:a,,,
bilal,Bilal,9.19812E+11,,,,too much
,Chitra,sip:chitra,,,
9.2E+10,Deepa,sip:deepa,,,
";
    assert_snapshot!(faults(FileForm::Csv, text), @"");
}

#[test]
fn a_header_that_says_too_little_is_all_that_is_reported() {
    assert_snapshot!(faults(FileForm::Csv, ""), @"");
    assert_snapshot!(faults(FileForm::Csv, "id;name;destinations\nasha;Asha;sip:a\n"), @"");
    assert_snapshot!(faults(FileForm::Csv, "id,ID,nmae\nasha,asha,Asha\n"), @"");
}

#[test]
fn what_may_not_be_many_is_counted() {
    let many = |count: usize, item: &dyn Fn(usize) -> String| -> String {
        (0..count).map(item).collect::<Vec<_>>().join(" ")
    };
    let row = |destinations: usize, memberships: usize| {
        let destinations = many(destinations, &|number| format!("sip:d{number}"));
        let groups = many(memberships, &|number| format!("g{number}"));
        let skills = many(memberships, &|number| format!("s{number}:1"));
        let head = "id,name,destinations,groups,skills";
        format!(
            "{head}\nasha,{},{destinations},{groups},{skills}\n",
            "x".repeat(memberships * 2)
        )
    };
    assert!(parsed(FileForm::Csv, &row(10, 50)).is_ok());
    assert_snapshot!(faults(FileForm::Csv, &row(11, 51)), @"");
}

#[test]
fn the_ending_of_the_name_says_the_form() {
    for (name, form) in [
        ("a.yaml", Some(FileForm::Yaml)),
        ("a.YML", Some(FileForm::Yaml)),
        ("a.b.csv", Some(FileForm::Csv)),
        ("a.txt", None),
        ("csv", None),
    ] {
        assert_eq!(FileForm::of(Path::new(name)), form, "{name}");
    }
}

#[test]
fn a_complaint_of_the_api_has_the_place_of_what_it_complains_of() {
    let file = AgentsFile::parse("staff.yaml", YAML, FileForm::Yaml, Country::INDIA).unwrap();
    let entry = &file.entries[0];
    let line_and_column = |field: &str| {
        let place = entry.place_of(field);
        (place.line, place.column)
    };
    assert_eq!(line_and_column("name"), (4, 11));
    assert_eq!(line_and_column("destinations"), (5, 19));
    assert_eq!(line_and_column("destinations[1]"), (5, 34));
    assert_eq!(line_and_column("destinations[9]"), (5, 19));
    assert_eq!(line_and_column("skills.hindi"), (7, 13));
    assert_eq!(line_and_column("queue"), (3, 3));
}

/// Agents as the API takes them, with names that make a reader's life hard.
fn any_agents() -> impl Strategy<Value = Vec<ListedAgent>> {
    let name = prop_oneof![
        "\\PC{1,20}",
        "['=+@#:,;\"\\\\{}&*!|>%0-9a-e. -]{1,12}",
        "[\u{2028}\u{2029}\u{feff}\u{a0}\u{e000}\u{fffd}\u{fffe}x]{1,6}",
        Just("null".to_owned()),
        Just("नमस्ते".to_owned()),
    ];
    let name = name
        .prop_map(|name| name.trim().to_owned())
        .prop_filter("a name", |name| {
            !name.is_empty() && !name.chars().any(char::is_control)
        });
    let member = "[a-zA-Z0-9é][a-z0-9_.-]{0,6}|no|1e5|007|2026-01-26";
    let agent = (
        "[A-Za-z0-9._@-]{1,8}|null|true|00123|1e5",
        name,
        1..4_usize,
        prop::collection::btree_set(member, 0..4),
        prop::collection::btree_map(member, 1..=10_u8, 0..4),
        prop::option::of(1..=9_999_u16),
        1..=100_u8,
    );
    prop::collection::vec(agent, 0..6).prop_map(|agents| {
        let mut known = BTreeSet::new();
        let mut listed = Vec::new();
        for (number, agent) in agents.into_iter().enumerate() {
            let (id, name, count, groups, skills, position, weight) = agent;
            if known.insert(id.clone()) {
                listed.push(ListedAgent {
                    id: AgentId::parse(&id).unwrap(),
                    name,
                    destinations: (0..count).map(|which| destination(number, which)).collect(),
                    groups,
                    skills,
                    position,
                    weight,
                });
            }
        }
        listed
    })
}

/// One that nobody else has: a number or a device.
fn destination(agent: usize, which: usize) -> ContactUri {
    let text = if which.is_multiple_of(2) {
        format!("+9198123{agent:02}{which:03}")
    } else {
        format!("sip:desk-{agent}.{which}")
    };
    ContactUri::parse(&text, Country::INDIA).unwrap()
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_unchanged(agents in any_agents()) {
        for form in [FileForm::Yaml, FileForm::Csv] {
            let text = written_agents(&agents, form).unwrap();
            let read = parsed(form, &text);
            prop_assert_eq!(read.as_ref(), Ok(&agents), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,200}|(id|name|destinations|,|\n|\"|;|:| |'|sip:a|\t){0,40}") {
        for form in [FileForm::Yaml, FileForm::Csv] {
            let _either_way = parsed(form, &text);
        }
    }
}
