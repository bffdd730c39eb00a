//! Rules files on disk.

use std::fs;

use super::RulesFolder;
use crate::rules::tree::MAX_BYTES;

const GOOD: &str = "country: IN\ntime_zone: Asia/Kolkata\nrules: []\nfallback: { numbers: [] }\n";

/// A folder with these files, read; and its refusals as text, without the folder's own name.
fn read(files: &[(&str, &[u8])]) -> (RulesFolder, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    fs::create_dir(folder.path().join("examples.yaml")).unwrap();
    let read = RulesFolder::read(folder.path()).unwrap();
    let prefix = format!("{}/", folder.path().display());
    let refused = read
        .refused
        .values()
        .map(|findings| findings.to_string().replace(&prefix, ""))
        .collect();
    (read, refused)
}

#[test]
fn each_file_is_an_account_and_a_bad_one_hides_no_other() {
    let files: [(&str, &[u8]); 7] = [
        ("default.yaml", GOOD.as_bytes()),
        ("clinic.yaml", GOOD.as_bytes()),
        ("clinic.test.yaml", b"tests: []"),
        (".clinic.yaml.swp", b"\0"),
        ("notes.txt", b"hello"),
        ("broken.yaml", b"country: IN"),
        ("Sales Team.yaml", GOOD.as_bytes()),
    ];
    let (folder, refused) = read(&files);
    let accounts: Vec<_> = folder.books.keys().map(ToString::to_string).collect();
    assert_eq!(accounts, ["clinic", "default"]);
    assert_eq!(refused.len(), 2);
    assert!(refused[0].starts_with(
        "Sales Team.yaml: the file is named after its account, but \"Sales Team\" is none: "
    ));
    assert!(refused[1].starts_with("broken.yaml:1:1: \"time_zone\" is missing"));
}

#[test]
fn what_is_no_text_is_refused_quickly_and_says_so() {
    let large = vec![b'#'; 50 * 1024 * 1024];
    let files: [(&str, &[u8]); 4] = [
        ("a.yaml", &large),
        ("b.yaml", b"country: IN\nname: \xff\n"),
        ("c.yaml", &[0; 4096]),
        ("d.yml", GOOD.as_bytes()),
    ];
    let (folder, refused) = read(&files);
    assert!(folder.books.is_empty());
    assert_eq!(
        refused,
        [
            "a.yaml: the file is larger than 8 MiB: it can't be a rules file",
            "b.yaml: line 2 is not text in UTF-8: save the file as UTF-8",
            "c.yaml:1:1: the file has a NUL byte here: it is not text",
            "d.yml: rules files end in .yaml: call it d.yaml",
        ]
    );
}

#[test]
fn a_text_that_is_too_large_is_refused_however_it_comes() {
    let text = "#".repeat(MAX_BYTES + 1);
    let refused = super::RuleBook::parse("rules.yaml", &text).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "rules.yaml:1:1: the file is larger than 8 MiB: it can't be a rules file"
    );
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let missing = RulesFolder::read(std::path::Path::new("no/such/folder")).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "the rules folder no/such/folder can't be read"
    );
}
