//! Files of callers, read from a folder.

use std::fs;
use std::path::Path;

use rstest::rstest;
use tempfile::TempDir;

use crate::clock::Timestamp;
use crate::rules::{CallFacts, RuleBook};
use crate::telephony::{Country, PhoneNumber};

const RULES: &str = "
country: IN
time_zone: Asia/Kolkata
callers: { vip: { file: lists/vip.csv } }
rules: [{ when: { caller: vip }, targets: [] }]
fallback: { numbers: [] }
";

/// A rules folder with this list of callers.
fn folder(csv: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("lists")).unwrap();
    fs::write(folder.path().join("lists/vip.csv"), csv).unwrap();
    fs::write(folder.path().join("default.yaml"), RULES).unwrap();
    folder
}

/// The folder's rules, or its findings without the folder's own name.
fn read(folder: &Path) -> Result<RuleBook, String> {
    let prefix = format!("{}/", folder.display());
    RuleBook::read_file(&folder.join("default.yaml"))
        .map_err(|findings| findings.to_string().replace(&prefix, ""))
}

fn is_vip(book: &RuleBook, caller: &str, at: &str) -> bool {
    let call = CallFacts {
        caller: Some(PhoneNumber::parse(caller, Country::INDIA).unwrap()),
        ..CallFacts::default()
    };
    let at: jiff::Timestamp = format!("{at}+05:30").parse().unwrap();
    book.find(&call, Timestamp::from(at)).is_some()
}

#[rstest]
#[case::without_a_header("98123 45678,2026-11-23,until Monday\n9000000001\n90001*,,all of them\n")]
#[case::with_a_header(
    "number,until,comment\n98123 45678,2026-11-23,until Monday\n9000000001,,\n90001*,,\n"
)]
#[case::in_another_order(
    "Comment,Until,Number\n,2026-11-23,098123 45678\n,,9000000001\n,,90001*\n"
)]
#[case::with_blanks_and_comments(
    "\u{feff}# our friends\r\n\r\nnumber , until\r\n\"+91 98123 45678\" , 2026-11-23\r\n# more\r\n9000000001\r\n90001*"
)]
fn a_list_is_numbers_prefixes_and_last_days(#[case] csv: &str) {
    let folder = folder(csv);
    let book = read(folder.path()).unwrap();
    assert_eq!(book.callers()["vip"].len(), 3);
    assert!(is_vip(&book, "9812345678", "2026-11-22T12:00"));
    assert!(is_vip(&book, "9812345678", "2026-11-23T23:59:59.999"));
    assert!(!is_vip(&book, "9812345678", "2026-11-24T00:00"));
    assert!(is_vip(&book, "9000000001", "2036-01-01T00:00"));
    assert!(is_vip(&book, "9000112345", "2036-01-01T00:00"));
    assert!(!is_vip(&book, "9000212345", "2026-11-22T12:00"));
}

#[test]
fn every_bad_row_is_found_in_its_own_file() {
    let csv = "number,until,note\n\n# fine\n9000000001\nhello,2026-11-23\n9000000002,23.11.2026\n9000000003,2026-11-23,x,y\n,2026-02-30\n";
    let folder = folder(csv);
    let rules = RULES.replace("Asia/Kolkata", "Asia/Kolkatta");
    fs::write(folder.path().join("default.yaml"), rules).unwrap();
    insta::assert_snapshot!(read(folder.path()).unwrap_err());
}

#[rstest]
#[case::semicolons(
    "number;until\n9000000001;\n",
    "not separated by commas; save the file as"
)]
#[case::semicolons_without_a_header("9000000001;2026-11-23\n", "not separated by commas")]
#[case::tabs("9000000001\tfriend\n", "not separated by commas")]
#[case::another_programs_columns(
    "Phone,Name\n9000000001,Asha\n9000000002,Bilal\n",
    "no column of this row is called \"number\"; call the columns number, until and comment"
)]
fn a_file_of_another_form_is_said_to_be_one_once(#[case] csv: &str, #[case] why: &str) {
    let findings = read(folder(csv).path()).unwrap_err();
    assert!(findings.contains(why), "{findings}");
    assert!(findings.starts_with("lists/vip.csv:1:1: "), "{findings}");
    assert_eq!(findings.lines().count(), 1, "{findings}");
}

#[test]
fn a_first_row_of_very_many_columns_is_not_looked_at_for_ever() {
    let findings = read(folder(&"number,".repeat(500_000)).path()).unwrap_err();
    assert_eq!(findings.lines().count(), 19, "{findings}");
}

#[test]
fn a_changed_list_is_a_new_version() {
    let folder = folder("9000000001\n");
    let version = || read(folder.path()).unwrap().version();
    let first = version();
    assert_eq!(version(), first);
    fs::write(folder.path().join("lists/vip.csv"), "9000000002\n").unwrap();
    assert_ne!(version(), first);
}

#[test]
fn a_file_that_several_lists_name_is_read_and_reported_once() {
    let folder = folder("hello\n");
    let rules = RULES.replace("{ vip:", "{ friends: { file: lists/vip.csv }, vip:");
    fs::write(folder.path().join("default.yaml"), rules).unwrap();
    let findings = read(folder.path()).unwrap_err();
    assert_eq!(findings.lines().count(), 1, "{findings}");
}

#[rstest]
#[case::above("../vip.csv", "must stand in the rules folder")]
#[case::absolute("/etc/passwd", "must stand in the rules folder")]
#[case::not_there("lists/vpi.csv", "can't be read: No such file")]
#[case::a_folder("lists", "this is no file")]
#[case::a_link("lists/passwd.csv", "outside the rules folder")]
#[case::too_large("lists/large.csv", "larger than 8 MiB")]
#[case::no_text("lists/bytes.csv", "line 2 is not text")]
#[cfg(unix)]
fn a_file_that_cant_be_used_says_why_where_it_is_named(#[case] file: &str, #[case] why: &str) {
    let folder = folder("");
    let lists = folder.path().join("lists");
    std::os::unix::fs::symlink("/etc/passwd", lists.join("passwd.csv")).unwrap();
    fs::write(lists.join("large.csv"), "9000000001\n".repeat(1_000_000)).unwrap();
    fs::write(lists.join("bytes.csv"), b"9000000001\n\xff\n").unwrap();
    let rules = RULES.replace("lists/vip.csv", file);
    fs::write(folder.path().join("default.yaml"), rules).unwrap();
    let findings = read(folder.path()).unwrap_err();
    assert!(
        findings.starts_with("default.yaml:4:25: the callers in") && findings.contains(why),
        "{findings}"
    );
}

/// A `ConfigMap` is a link to a folder that is a link to another one within the mounted folder.
#[test]
#[cfg(unix)]
fn a_link_within_the_folder_is_followed() {
    let folder = folder("9000000001\n");
    let (data, link) = (folder.path().join("lists"), folder.path().join("..data"));
    std::os::unix::fs::symlink(&data, &link).unwrap();
    fs::write(
        folder.path().join("default.yaml"),
        RULES.replace("lists/", ""),
    )
    .unwrap();
    std::os::unix::fs::symlink("..data/vip.csv", folder.path().join("vip.csv")).unwrap();
    assert!(read(folder.path()).is_ok());
}
