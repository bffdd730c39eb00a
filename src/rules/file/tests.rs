//! Rules files on disk.

use std::fs;
use std::path::Path;

use super::{RulesFile, RulesFolder};
use crate::clock::Timestamp;
use crate::rules::tree::MAX_BYTES;

/// Long before any date in the rules.
const NOW: Timestamp = Timestamp::from_millis(0);

const GOOD: &str = "country: IN\ntime_zone: Asia/Kolkata\nrules: []\nfallback: { numbers: [] }\n";

/// A folder with these files, read; and its refusals as text, without the folder's own name.
fn read(files: &[(&str, &[u8])]) -> (RulesFolder, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    fs::create_dir(folder.path().join("examples.yaml")).unwrap();
    let read = RulesFolder::read(folder.path(), NOW).unwrap();
    let prefix = format!("{}/", folder.path().display());
    let refused = read
        .refused()
        .into_values()
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
    let accounts: Vec<_> = folder
        .books()
        .into_keys()
        .map(|account| account.to_string())
        .collect();
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
    assert!(folder.books().is_empty());
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

/// Opening a pipe waits for somebody who writes to it, and with it all reloads would.
#[test]
#[cfg(unix)]
fn a_pipe_is_no_file_and_nobody_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("default.yaml"), GOOD).unwrap();
    for pipe in ["pipe.yaml", "default.test.yaml"] {
        let mut make = std::process::Command::new("mkfifo");
        assert!(
            make.arg(folder.path().join(pipe))
                .status()
                .unwrap()
                .success()
        );
    }
    let read = RulesFolder::read(folder.path(), NOW).unwrap();
    assert_eq!(read.books().len(), 1);
    let refused: Vec<_> = read.refused().into_values().collect();
    assert_eq!(refused.len(), 1);
    assert!(
        refused[0]
            .to_string()
            .ends_with("pipe.yaml: this is no file")
    );
}

#[test]
fn an_ending_in_other_letters_is_not_passed_over_in_silence() {
    let files = ["a.YAML", "b.Yaml", "c.YML", "d.yaml.bak", "e.txt"];
    let (folder, refused) = read(&files.map(|name| (name, GOOD.as_bytes())));
    assert!(folder.books().is_empty());
    let said = |name: &str, mended: &str| {
        format!("{name}: rules files end in .yaml: call it {mended}.yaml")
    };
    assert_eq!(
        refused,
        [said("a.YAML", "a"), said("b.Yaml", "b"), said("c.YML", "c")]
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
    let missing = RulesFolder::read(Path::new("no/such/folder"), NOW).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "the rules folder no/such/folder can't be read"
    );
}

const WITH_CALLERS: &str = "
country: IN
time_zone: Asia/Kolkata
callers: { vip: { file: vip.csv }, blocked: { file: lists/blocked.csv } }
queues: { unused: { agents: {} } }
rules: [{ name: all, when: { caller: [vip, blocked] }, targets: [] }]
fallback: { numbers: [] }
";

#[test]
fn every_change_of_a_content_shows_also_of_one_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.yaml");
    let mut contents = Vec::new();
    let mut seen = |step: &str| {
        let file = RulesFile::read(&path, NOW);
        assert_eq!(file.content_now(), file.content, "{step}");
        assert!(!contents.contains(&file.content), "{step} shows");
        contents.push(file.content);
        file
    };
    assert!(seen("nothing").is_missing);
    fs::write(&path, WITH_CALLERS).unwrap();
    assert!(seen("without its lists").outcome.is_err());
    fs::create_dir(folder.path().join("lists")).unwrap();
    fs::write(folder.path().join("lists/blocked.csv"), "9812345678\n").unwrap();
    assert!(seen("with one of them").outcome.is_err());
    fs::write(folder.path().join("vip.csv"), "nobody\n").unwrap();
    assert!(seen("with a bad one").outcome.is_err());
    fs::write(folder.path().join("vip.csv"), "9812345679\n").unwrap();
    let good = seen("with both");
    assert_eq!(good.outcome.as_ref().unwrap().version(), good.content);
    fs::write(folder.path().join("vip.csv"), "9812345670\n").unwrap();
    assert_ne!(good.content_now(), good.content);
    assert!(seen("with another").outcome.is_ok());
}

#[test]
fn rules_that_are_read_for_use_warn_of_what_a_check_finds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.yaml");
    fs::write(
        &path,
        WITH_CALLERS
            .replace("callers:", "# callers:")
            .replace("[vip, blocked]", "\"98*\""),
    )
    .unwrap();
    let checked = crate::rules::check_file(&path, None, NOW).findings;
    let book = RulesFile::read(&path, NOW).outcome.unwrap();
    assert_eq!(*book.warnings(), checked);
    assert!(checked.to_string().contains("unused"), "{checked}");
}

#[cfg(unix)]
#[test]
fn a_change_may_come_from_any_folder_that_a_file_or_its_link_stands_in() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    fs::create_dir_all(real.join("rules/lists")).unwrap();
    fs::create_dir(real.join("elsewhere")).unwrap();
    fs::write(
        real.join("elsewhere/x"),
        WITH_CALLERS.replace("vip.csv", "../vip.csv"),
    )
    .unwrap();
    let path = real.join("rules/default.yaml");
    std::os::unix::fs::symlink("../elsewhere/x", &path).unwrap();
    let folders = RulesFile::read(&path, NOW).folders();
    let expected = ["elsewhere", "rules", "rules/lists"].map(|name| real.join(name));
    assert_eq!(folders.into_iter().collect::<Vec<_>>(), expected);
}
