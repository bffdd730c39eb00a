//! Which rules have tests, and reading both.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::TestSuite;
use crate::rules::book::RuleBook;
use crate::rules::check::CheckedFile;
use crate::rules::file::{self, FileName, UnreadableFolder};
use crate::rules::finding::{Code, Findings};
use crate::telephony::AccountName;

/// What a file of tests is called, behind the name of the rules.
const ENDING: &str = ".test.yaml";

/// What a rules file is called, behind the name of its account.
const RULES_ENDING: &str = ".yaml";

/// A rules file, and what became of reading it and its tests.
#[derive(Debug)]
pub struct RulesUnderTest {
    /// The rules file.
    pub rules: String,
    /// The file of its tests, which need not be there.
    pub tests: String,
    /// The tests. `Ok(None)`: there is no such file. `Err`: the one of the two that can't be used, and why.
    pub loaded: Result<Option<LoadedTests>, CheckedFile>,
}

/// Rules with their tests, both fit to be used.
#[derive(Debug)]
pub struct LoadedTests {
    /// The account that the rules are for; the default one where the file's name makes none.
    pub account: AccountName,
    /// The rules.
    pub book: Arc<RuleBook>,
    /// Their tests.
    pub suite: TestSuite,
    /// The text of the tests.
    pub text: String,
}

/// Why there is nothing to test.
#[derive(Debug, thiserror::Error)]
pub enum NothingToTest {
    /// The folder can't be read.
    #[error(transparent)]
    Folder(#[from] UnreadableFolder),
    /// The path is neither a file nor a folder.
    #[error("{path} can't be read")]
    Path {
        /// What was named.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The file is neither rules nor tests.
    #[error("{path} is neither rules (name.yaml) nor their tests (name.test.yaml)")]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// The rules have no tests.
    #[error("{rules} has no tests: they would stand in {tests}")]
    Untested {
        /// The rules.
        rules: PathBuf,
        /// Where their tests would be.
        tests: PathBuf,
    },
    /// The folder has no tests.
    #[error("there are no tests (name.test.yaml beside name.yaml) in {path}")]
    NoTests {
        /// The folder.
        path: PathBuf,
    },
}

/// Reads the rules and the tests of a folder, in the order of their names; or those of one file, which may be either.
///
/// # Errors
/// When there is nothing to test. Rules or tests that can't be used are no error, they are in the result.
pub fn tests_in(path: &Path) -> Result<Vec<RulesUnderTest>, NothingToTest> {
    let cannot_read = |cause| NothingToTest::Path {
        path: path.to_owned(),
        cause,
    };
    if path.metadata().map_err(cannot_read)?.is_dir() {
        return of_folder(path);
    }
    let name = path.display().to_string();
    let (rules, tests) = match rules_of(&name) {
        Some(rules) => (rules, path.to_owned()),
        None if name.ends_with(RULES_ENDING) => (path.to_owned(), tests_of(path)),
        None => {
            let path = path.to_owned();
            return Err(NothingToTest::Name { path });
        }
    };
    if !is_there(&tests) {
        return Err(NothingToTest::Untested { rules, tests });
    }
    let account = account_of(&rules);
    Ok(vec![pair(&rules, account)])
}

fn of_folder(path: &Path) -> Result<Vec<RulesUnderTest>, NothingToTest> {
    let names = file::names(path)?;
    let mut pairs = BTreeMap::new();
    for (path, name) in &names {
        let (rules, pair) = match name {
            FileName::Account(account) => (path.clone(), pair(path, account.clone())),
            FileName::Refused(why) => (path.clone(), refused(path, why)),
            // Tests whose rules are gone.
            FileName::SomethingElse => match rules_of(&path.display().to_string()) {
                Some(rules) if !is_there(&rules) => {
                    let account = account_of(&rules);
                    let pair = pair(&rules, account);
                    (rules, pair)
                }
                _ => continue,
            },
        };
        pairs.insert(rules, pair);
    }
    if pairs.values().all(|pair| matches!(pair.loaded, Ok(None))) {
        let path = path.to_owned();
        return Err(NothingToTest::NoTests { path });
    }
    Ok(pairs.into_values().collect())
}

/// The rules that a file of tests is for. What editors hide beside it is none.
fn rules_of(tests: &str) -> Option<PathBuf> {
    let is_hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
    if Path::new(tests).file_name().is_none_or(is_hidden) {
        return None;
    }
    let stem = tests.strip_suffix(ENDING)?;
    Some(format!("{stem}{RULES_ENDING}").into())
}

fn tests_of(rules: &Path) -> PathBuf {
    rules.with_extension("test.yaml")
}

/// Also a link to nowhere is there, so that it is said to be unreadable.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn account_of(rules: &Path) -> AccountName {
    let stem = rules.file_stem().map(|stem| stem.to_string_lossy());
    stem.and_then(|stem| AccountName::parse(&stem).ok())
        .unwrap_or_default()
}

fn pair(rules: &Path, account: AccountName) -> RulesUnderTest {
    let tests = tests_of(rules);
    RulesUnderTest {
        rules: rules.display().to_string(),
        loaded: load(rules, &tests, account),
        tests: tests.display().to_string(),
    }
}

/// Rules without tests are not read: finding fault with them is for the check.
fn load(
    rules: &Path,
    tests: &Path,
    account: AccountName,
) -> Result<Option<LoadedTests>, CheckedFile> {
    if !is_there(tests) {
        return Ok(None);
    }
    let book = RuleBook::read_file(rules).map_err(|findings| unusable(rules, findings))?;
    let of_tests = |findings| unusable(tests, findings);
    let text = file::read(tests).map_err(of_tests)?;
    let suite = TestSuite::parse(&tests.display().to_string(), &text, &book).map_err(of_tests)?;
    Ok(Some(LoadedTests {
        account,
        book: Arc::new(book),
        suite,
        text,
    }))
}

fn unusable(path: &Path, findings: Findings) -> CheckedFile {
    CheckedFile::with_texts(path.display().to_string(), findings)
}

fn refused(path: &Path, why: &str) -> RulesUnderTest {
    let name = path.display().to_string();
    let findings = Findings::one(&name, Code::AccountName, why.to_owned());
    RulesUnderTest {
        rules: name,
        tests: tests_of(path).display().to_string(),
        loaded: Err(unusable(path, findings)),
    }
}
