//! Both forms: what is wrong with a file, and that nothing is lost on the way out and in.

use std::path::Path;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::telephony::unseen;

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
    assert_snapshot!(written_agents(&agents, FileForm::Yaml).unwrap(), @r#"
    agents:
      asha:
        name: Asha
        destinations: ["+919812345001", "sip:asha"]
        groups: [sales]
        skills: { hindi: 4 }
        position: 1
        weight: 3
      bilal:
        name: "Bilal \"B.\""
        destinations: ["+919812345002"]
    "#);
    assert_snapshot!(written_agents(&agents, FileForm::Csv).unwrap(), @r#"
    id,name,destinations,groups,skills,position,weight
    asha,Asha,'+919812345001 sip:asha,sales,hindi:4,1,3
    bilal,"Bilal ""B.""",'+919812345002,,,,1
    "#);
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
    assert_snapshot!(faults(FileForm::Yaml, text), @r#"
    staff.yaml:2:11: unknown key "nam" in an agent; did you mean "name"?
    staff.yaml:2:37: "12" is not a phone number or a sip: id; this is not a valid number in IN; write it as it is dialled there, or with + and the calling code
    staff.yaml:2:58: the destination +919812345001 is named twice
    staff.yaml:2:83: "a b" is no name for a group; a name has 1 to 64 letters, digits, '-', '_' or '.', and begins with a letter or a digit
    staff.yaml:3:3: "b c" is no id for an agent; an agent's id is letters, digits and . _ @ - only
    staff.yaml:3:33: "destinations" is an empty list; name at least one phone number or sip: id
    staff.yaml:4:71: the level of skill "hindi" must be a whole number from 1 to 10
    staff.yaml:4:87: "position" is 0, but must be a whole number from 1 to 9999
    staff.yaml:4:98: "weight" must be a whole number from 1 to 100, not "many"
    staff.yaml:5:3: key "asha" stands here a second time; the first is in line 2
    staff.yaml:5:17: "name" must be a text of at most 100 characters, not ""; an agent's name is one line of 1 to 100 characters
    staff.yaml:6:9: an agent must be a mapping (key: value), not nothing
    "#);
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
    assert_snapshot!(faults(FileForm::Csv, text), @r#"
    staff.csv:1:22: unknown column "gropus"; did you mean "groups"?
    staff.csv:2:11: "12" is not a phone number or a sip: id; this is not a valid number in IN; write it as it is dialled there, or with + and the calling code
    staff.csv:2:34: "hindi" is no skill with its level; skills are written as hindi:4 tamil:2
    staff.csv:2:40: "position" must be a whole number from 1 to 9999, not "x"
    staff.csv:3:1: "name" is missing in an agent; it must be a text of at most 100 characters. The name that people read.
    staff.csv:3:1: "b c" is no id for an agent; an agent's id is letters, digits and . _ @ - only
    staff.csv:3:23: the level of skill "hindi" must be a whole number from 1 to 10
    staff.csv:3:32: the skill "hindi" is named twice
    staff.csv:4:1: the agent "asha" stands here a second time; the first is in line 2
    staff.csv:5:13: "9.19812E+11" is no whole phone number; a spreadsheet has made a number of it, and its last digits are lost: have the column formatted as text, and enter it again
    staff.csv:5:28: "too much" stands in no column; a cell with a comma in it is put in quotes
    staff.csv:6:1: "id" is missing in this row
    staff.csv:7:1: "9.2E+10" is no id for an agent; a spreadsheet has made a number of it, and its last digits are lost: have the column formatted as text, and enter it again
    "#);
}

#[test]
fn a_header_that_says_too_little_is_all_that_is_reported() {
    assert_snapshot!(faults(FileForm::Csv, ""), @"staff.csv:1:1: the file has no rows; the first row names the columns: id, name, destinations, groups, skills, position, weight");
    assert_snapshot!(faults(FileForm::Csv, "id;name;destinations\nasha;Asha;sip:a\n"), @"staff.csv:1:1: the cells of this row are not separated by commas; save the file as CSV with commas");
    assert_snapshot!(faults(FileForm::Csv, "id,ID,nmae\nasha,asha,Asha\n"), @r#"
    staff.csv:1:1: no column of this row is called "destinations"; the first row names the columns: id, name, destinations, groups, skills, position, weight
    staff.csv:1:4: the column "id" stands here a second time
    staff.csv:1:7: unknown column "nmae"; did you mean "name"?
    "#);
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
    assert_snapshot!(faults(FileForm::Csv, &row(11, 51)), @r#"
    staff.csv:2:6: "name" must be a text of at most 100 characters, not "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"; an agent's name is one line of 1 to 100 characters
    staff.csv:2:109: an agent may have at most 10 destinations
    staff.csv:2:187: an agent may have at most 50 groups
    staff.csv:2:381: an agent may have at most 50 skills
    "#);
}

#[test]
fn a_name_has_no_characters_that_nobody_sees() {
    let yaml = "agents:\n  asha: { name: \"Asha\\u202Ehs\", destinations: [sip:asha] }\n";
    assert_snapshot!(faults(FileForm::Yaml, yaml), @r#"staff.yaml:2:17: "name" has U+202E as character 5, which nobody sees; leave it out: with it two names look the same that are not"#);
    let csv =
        "id,name,destinations\nasha,As\u{200b}ha,sip:asha\nb,\u{2066}B,sip:b\nc,क्\u{200d},sip:c\n";
    assert_snapshot!(faults(FileForm::Csv, csv), @r#"
    staff.csv:2:6: "name" has U+200B as character 3, which nobody sees; leave it out: with it two names look the same that are not
    staff.csv:3:3: "name" has U+2066 as character 1, which nobody sees; leave it out: with it two names look the same that are not
    "#);
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
        "[＝＋－＠\u{a0}\u{e000}\u{fffd}\u{fffe}x]{1,6}",
        Just("null".to_owned()),
        Just("नमस्ते".to_owned()),
    ];
    let name = name
        .prop_map(|name| name.trim().to_owned())
        .prop_filter("a name", |name| !name.is_empty() && unseen(name).is_none());
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
