//! What docs/agents-files.md says is so.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Desk, staff};

fn page() -> String {
    std::fs::read_to_string("docs/agents-files.md").unwrap()
}

/// The first block of code in this language.
fn block(page: &str, language: &str) -> String {
    let (_, behind) = page.split_once(&format!("```{language}\n")).unwrap();
    behind.split("```").next().unwrap().to_owned()
}

/// The names in the first cells of the table with this heading.
fn names_under(page: &str, heading: &str) -> BTreeSet<String> {
    let (_, behind) = page.split_once(&format!("| {heading} |")).unwrap();
    let table = behind.split("\n\n").next().unwrap();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = cells.map(|line| line.split(" |").next().unwrap());
    let names = cells.flat_map(|cell| cell.split(", "));
    names
        .map(|name| name.trim_matches('`').to_owned())
        .collect()
}

#[tokio::test]
async fn the_files_that_it_shows_say_the_same() {
    let desk = Desk::with(json!([])).await;
    desk.write("staff.yaml", &block(&page(), "yaml"));
    desk.write("staff.csv", &block(&page(), "csv"));
    let said = desk.agents(&["import", "staff.yaml", "--yes"]);
    assert_eq!(
        said.output.lines().last(),
        Some("Done: 2 agents stored, 0 removed.")
    );
    let said = desk.agents(&["import", "staff.csv", "--remove-others"]);
    assert_eq!(said.output.lines().last(), Some("Nothing to do."));
    let exported = desk.agents(&["export", "--as", "csv"]).output;
    assert_eq!(exported, block(&page(), "csv").trim_end());
}

#[tokio::test]
async fn the_fields_of_its_document_are_those_that_are_given() {
    let desk = Desk::with(staff()).await;
    desk.write("staff.yaml", "agents: {}");
    let arguments = ["import", "staff.yaml", "--dry-run", "--format", "json"];
    let keys = |document: serde_json::Value| -> BTreeSet<String> {
        document.as_object().unwrap().keys().cloned().collect()
    };
    let mut given = keys(desk.agents(&arguments).json());
    desk.write("staff.yaml", "agent: {}");
    given.extend(keys(desk.agents(&arguments).json()));
    assert_eq!(names_under(&page(), "field"), given);
}

#[tokio::test]
async fn its_arguments_are_those_that_are_taken() {
    let desk = Desk::with(json!([])).await;
    let mut taken = BTreeSet::new();
    for command in ["export", "import"] {
        let help = desk.agents(&[command, "--help"]).output;
        let words = help.split(|c: char| !(c == '-' || c.is_ascii_lowercase()));
        let options = words.filter(|word| word.len() > 2 && word.starts_with("--"));
        taken.extend(options.map(str::to_owned));
    }
    taken.remove("--help");
    assert_eq!(names_under(&page(), "argument"), taken);
}
