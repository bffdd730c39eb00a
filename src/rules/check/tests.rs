//! Misspellings, one at a time, in files that have everything.

#![expect(clippy::arithmetic_side_effects, reason = "positions in short texts")]

use std::fs;
use std::path::{Path, PathBuf};

use super::{agents_beside, findings};
use crate::clock::Timestamp;
use crate::rules::finding::{Findings, Span};
use crate::rules::report::Report;
use crate::rules::tree::{self, Kind, Node};

/// 2026-01-15T11:00 in India: before the exceptions of the file.
const NOW: Timestamp = Timestamp::from_millis(1_768_455_000_000);

/// The files that are shipped, and one with the whole language.
fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["rules", "rules/examples", "tests/data/office"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy();
            if name.ends_with(".yaml") && !name.ends_with(".test.yaml") {
                files.push(path);
            }
        }
    }
    assert!(files.len() >= 5, "{files:?}");
    files
}

/// How a word of a file is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// A key or a word of the language, or a name that stands elsewhere: wrong where it stands.
    Known,
    /// A name that is given here: wrong where it is used.
    Given,
}

/// The words of a tree that can be misspelt: numbers, dates, times and free texts are none.
fn words(node: &Node, under: &str, words: &mut Vec<(Span, String, Word)>) {
    match &node.kind {
        Kind::Mapping(entries) => {
            for entry in entries {
                let kind = match under {
                    // A condition on hours has the name of the section that defines them.
                    "hours" if entry.key == "not" => Some(Word::Known),
                    "queues" | "callers" | "hours" => Some(Word::Given),
                    "except" | "custom_params" => None,
                    _ => Some(Word::Known),
                };
                words.extend(kind.map(|kind| (entry.key_span, entry.key.clone(), kind)));
                let inner = if kind == Some(Word::Given) {
                    ""
                } else {
                    &entry.key
                };
                self::words(&entry.value, inner, words);
            }
        }
        Kind::Sequence(items) => {
            for item in items {
                self::words(item, under, words);
            }
        }
        Kind::Scalar(text) => {
            let named = matches!(
                under,
                "queue"
                    | "caller"
                    | "hours"
                    | "not"
                    | "strategy"
                    | "groups"
                    | "channels"
                    | "time_zone"
                    | "dialect"
                    | "to"
            );
            let is_word = text.starts_with(char::is_alphabetic) || text == "default_tone";
            if (named || under == "music_on_hold") && is_word && !text.contains("://") {
                words.push((node.span, text.clone(), Word::Known));
            }
        }
        Kind::Null => {}
    }
}

/// The word with two of its letters the other way round, the first that differ.
fn misspelt(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let pair = (1..letters.len()).find(|position| letters[position - 1] != letters[*position]);
    let pair = pair.unwrap();
    letters.swap(pair - 1, pair);
    letters.into_iter().collect()
}

fn check(path: &Path, text: &str) -> Findings {
    let agents = agents_beside(path);
    findings(path.parent(), "rules.yaml", text, agents.as_ref(), NOW)
}

/// Whether it is found that this word was written for that one, in a line where either of them stands.
fn is_found(found: &Findings, text: &str, span: Span, word: &str, wrong: &str, kind: Word) -> bool {
    let line = text[..span.start].matches('\n').count() + 1;
    let lines: Vec<_> = text.lines().collect();
    found.iter().any(|finding| {
        let Some(place) = finding.place else {
            return false;
        };
        let help = finding.help.as_deref().unwrap_or_default();
        match kind {
            Word::Known => {
                // Of several days in one key, the misspelt one.
                let mut parts = word.split(['-', ',']).chain([word]);
                place.line == line && parts.any(|part| help == format!("did you mean \"{part}\"?"))
            }
            Word::Given => {
                help == format!("did you mean \"{wrong}\"?") && lines[place.line - 1].contains(word)
            }
        }
    })
}

#[test]
fn a_misspelling_of_any_key_or_name_is_found_in_its_line_with_what_was_meant() {
    let mut missed = Vec::new();
    let mut count = 0;
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        let root = tree::parse(&mut Report::new("rules.yaml", &text)).unwrap();
        let mut all = Vec::new();
        words(&root, "", &mut all);
        let agents_are_known = agents_beside(&path).is_some();
        for (span, word, kind) in all {
            let of_agents = text[..span.start]
                .rsplit('\n')
                .next()
                .unwrap()
                .contains("groups: [")
                || text[..span.start].ends_with("skills: { ");
            if of_agents && !agents_are_known {
                continue;
            }
            count += 1;
            let wrong = misspelt(&word);
            let start = span.start + text[span.start..].find(&word).unwrap();
            let changed = format!("{}{wrong}{}", &text[..start], &text[start + word.len()..]);
            let found = check(&path, &changed);
            if !is_found(&found, &changed, span, &word, &wrong, kind) {
                missed.push(format!(
                    "{}: {wrong} ({kind:?}):\n{found}\n",
                    path.display()
                ));
            }
        }
    }
    assert!(count > 100, "{count}");
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn good_files_have_no_findings() {
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        let found = check(&path, &text);
        assert!(found.is_empty(), "{}:\n{found}", path.display());
    }
}
