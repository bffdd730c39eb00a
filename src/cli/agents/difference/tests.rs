//! What a file would change, from texts.

use insta::assert_snapshot;

use super::super::text::Text;
use super::*;
use crate::rules::{AgentsFile, FileForm};
use crate::telephony::Country;

fn present(agents: &str) -> PresentAgents {
    let agents: Vec<Present> = serde_json::from_str(agents).unwrap();
    let by_id = |present: Present| (present.agent.id.clone(), present);
    agents.into_iter().map(by_id).collect()
}

fn there() -> PresentAgents {
    present(
        r#"[
        { "id": "asha", "name": "Asha", "destinations": ["+919812345001"], "groups": ["sales"], "skills": { "hindi": 5 },
          "weight": 1, "state": "idle", "status": "available", "today": {} },
        { "id": "bilal", "name": "Bilal", "destinations": ["+919812345002"], "state": "in_call" },
        { "id": "chitra", "name": "Chitra", "destinations": ["sip:chitra"], "position": 4, "state": "ringing" },
        { "id": "deepa", "name": "Deepa", "destinations": ["sip:deepa"], "state": "wrap_up" }
    ]"#,
    )
}

fn file(rows: &str) -> AgentsFile {
    let text = format!("id,name,destinations,groups,skills,position\n{rows}");
    AgentsFile::parse("staff.csv", &text, FileForm::Csv, Country::INDIA).unwrap()
}

fn shown(rows: &str, remove_others: bool) -> String {
    let difference = Difference::of(&there(), &file(rows).entries, remove_others);
    let text = Text {
        difference: &difference,
        colour: false,
    };
    text.to_string()
}

const ROWS: &str = "\
deepa,Deepa,sip:deepa,,,
asha,Asha K,+919812345001 sip:asha,sales;support,hindi:4 tamil:2,3
esha,Esha,+919812345002,sales,hindi:1,
";

#[test]
fn those_whom_the_file_does_not_name_stay() {
    assert_snapshot!(shown(ROWS, false), @r"
    + esha (Esha): +919812345002; groups sales; skills hindi 1
    ~ asha (Asha K)
        destinations: +919812345001 → +919812345001, sip:asha
        groups: sales → sales, support
        name: Asha → Asha K
        position: none → 3
        skills: hindi 5 → hindi 4, tamil 2

    1 to add, 1 to change, 0 to remove, 1 unchanged; 2 agents are not in the file and stay
    ");
}

#[test]
fn those_whom_the_file_does_not_name_go_when_asked_and_their_calls_are_told() {
    assert_snapshot!(shown(ROWS, true), @r"
    + esha (Esha): +919812345002; groups sales; skills hindi 1
    ~ asha (Asha K)
        destinations: +919812345001 → +919812345001, sip:asha
        groups: sales → sales, support
        name: Asha → Asha K
        position: none → 3
        skills: hindi 5 → hindi 4, tamil 2
    - bilal (Bilal), in a call: it goes on, and is no longer followed
    - chitra (Chitra), rung by a call: it goes on, and is no longer followed

    1 to add, 1 to change, 2 to remove, 1 unchanged
    ");
}

#[test]
fn nothing_is_said_of_who_is_there_as_the_file_has_it() {
    assert_snapshot!(shown("deepa,Deepa,sip:deepa,,,\n", false), @"0 to add, 0 to change, 0 to remove, 1 unchanged; 3 agents are not in the file and stay");
}

#[test]
fn who_has_a_destination_that_another_gets_goes_first() {
    let difference = Difference::of(&there(), &file(ROWS).entries, true);
    let first = difference.removed.iter().filter(|removal| removal.is_first);
    let first: Vec<_> = first.map(|removal| removal.agent.id.as_str()).collect();
    assert_eq!(first, ["bilal"]);
}

#[test]
fn a_destination_of_somebody_who_stays_is_a_fault_with_its_place() {
    let file = file(ROWS);
    let faults = taken(&there(), &file.entries);
    assert_snapshot!(file.with_faults(faults).findings, @"staff.csv:4:11: the destination +919812345002 of esha is bilal's already, who is on the server and not in the file");
}

#[test]
fn two_who_swap_their_destinations_take_nothing_from_anybody() {
    let file = file("asha,Asha,+919812345002,,,\nbilal,Bilal,+919812345001,,,\n");
    assert_eq!(taken(&there(), &file.entries), []);
}

#[test]
fn a_call_that_began_meanwhile_is_no_other_difference() {
    let before = Difference::of(&there(), &[], true);
    let mut later = there();
    for present in later.values_mut() {
        present.state = AgentState::InCall;
    }
    assert_eq!(Difference::of(&later, &[], true), before);
    later.pop_first();
    assert_ne!(Difference::of(&later, &[], true), before);
}
