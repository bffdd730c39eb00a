//! Who may know whom. The direction of imports is what keeps each part understandable by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each part of the crate, with the parts that it may use.
const MAY_USE: [(&str, &[&str]); 14] = [
    ("clock", &[]),
    ("telephony", &[]),
    ("exotel", &["clock", "telephony"]),
    ("rules", &["clock", "exotel", "telephony"]),
    ("presence", &["clock", "telephony"]),
    ("voice", &["clock", "exotel", "telephony"]),
    (
        "routing",
        &["clock", "exotel", "presence", "rules", "telephony", "voice"],
    ),
    (
        "outbound",
        &[
            "clock",
            "exotel",
            "presence",
            "routing",
            "rules",
            "telephony",
            "voice",
        ],
    ),
    (
        "reload",
        &["clock", "presence", "routing", "rules", "telephony"],
    ),
    (
        "simulate",
        &[
            "clock",
            "exotel",
            "outbound",
            "presence",
            "routing",
            "rules",
            "telephony",
            "voice",
        ],
    ),
    ("settings", &["exotel", "telephony"]),
    (
        "server",
        &[
            "clock",
            "exotel",
            "outbound",
            "presence",
            "reload",
            "routing",
            "rules",
            "settings",
            "telephony",
            "voice",
        ],
    ),
    (
        "cli",
        &[
            "clock",
            "exotel",
            "presence",
            "reload",
            "routing",
            "rules",
            "server",
            "settings",
            "simulate",
            "telephony",
        ],
    ),
    ("main", &["cli"]),
];

#[test]
fn imports_go_one_way() {
    let allowed: BTreeMap<_, _> = MAY_USE.into_iter().collect();
    let mut strays = Vec::new();
    for file in source_files(Path::new("src")) {
        let part = part_of(&file);
        if part == "lib" {
            continue;
        }
        let may_use = allowed
            .get(part.as_str())
            .unwrap_or_else(|| panic!("{part} is not in the table"));
        for used in uses(&fs::read_to_string(&file).unwrap()) {
            if used != part && !may_use.contains(&used.as_str()) {
                strays.push(format!("{} uses {used}", file.display()));
            }
        }
    }
    assert!(strays.is_empty(), "{strays:#?}");
}

/// The parts that a source file names behind `crate::`, or `ringmaster::` in the program.
fn uses(text: &str) -> BTreeSet<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.flat_map(|line| [line, "\n"]).collect();
    let mut parts = BTreeSet::new();
    for prefix in ["crate::", "ringmaster::"] {
        for after in code.split(prefix).skip(1) {
            let names = match after.trim_start().strip_prefix('{') {
                Some(group) => names_in_group(group),
                None => vec![first_name(after)],
            };
            parts.extend(
                names
                    .into_iter()
                    .filter(|name| name.chars().all(|c| c.is_lowercase() || c == '_')),
            );
        }
    }
    parts.remove("");
    parts
}

/// The first name of each member of `{a::b, c::{d, e}}`, without what nests deeper.
fn names_in_group(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            other if depth == 0 => names.last_mut().unwrap().push(other),
            _ => {}
        }
    }
    names.iter().map(|name| first_name(name.trim())).collect()
}

fn first_name(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn part_of(file: &Path) -> String {
    let below = file.strip_prefix("src").unwrap();
    let first = below
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
