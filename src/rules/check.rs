//! Looking at rules without using them: everything that can be said about a file or a folder, in one run.
//!
//! Reading a file for use asks whether it can be used; this also asks whether it does what was meant.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::analysis::{self, KnownAgents};
use super::file::{self, FileName, UnreadableFolder};
use super::finding::{Code, Finding, Findings, Severity};
use super::read;
use crate::clock::Timestamp;

/// What was found in the files of one run, in the order of their names.
#[derive(Debug, Default)]
pub struct Checked {
    /// Every file that was looked at, the good ones too.
    pub files: Vec<CheckedFile>,
}

/// What was found in one file.
#[derive(Debug)]
pub struct CheckedFile {
    /// The file as it was named.
    pub name: String,
    /// What it says, and what files beside it say in which something was found. What could not be read is not there.
    pub texts: BTreeMap<String, String>,
    /// What was found.
    pub findings: Findings,
}

impl Checked {
    /// How many findings are this grave; those that were left out of a list are not counted.
    pub fn count(&self, severity: Severity) -> usize {
        let counts = self.files.iter().map(|file| file.findings.count(severity));
        counts.sum()
    }

    /// How many findings were too many to be listed.
    pub fn left_out(&self) -> usize {
        self.files.iter().map(|file| file.findings.left_out()).sum()
    }

    /// Whether somebody should act: notes alone are no reason.
    pub fn asks_for_action(&self) -> bool {
        self.count(Severity::Error) > 0 || self.count(Severity::Warning) > 0
    }
}

/// Why there is nothing to look at.
#[derive(Debug, thiserror::Error)]
pub enum NothingToCheck {
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
    /// The file has the tests of rules, not rules.
    #[error("{path} has the tests of rules, not rules: name the file beside it")]
    Tests {
        /// The file.
        path: PathBuf,
    },
    /// The folder has no rules file.
    #[error("there is no rules file (name.yaml) in {path}")]
    NoRules {
        /// The folder.
        path: PathBuf,
    },
}

impl CheckedFile {
    /// A file in which this was found, with the texts that are needed to show it.
    pub(super) fn with_texts(name: String, findings: Findings) -> Self {
        let mut texts = BTreeMap::new();
        for finding in &findings {
            if !texts.contains_key(&*finding.file)
                && let Ok(text) = file::text(Path::new(&*finding.file))
            {
                texts.insert(finding.file.to_string(), text);
            }
        }
        Self {
            name,
            texts,
            findings,
        }
    }

    /// The text in which a finding was made.
    pub fn text_of(&self, finding: &Finding) -> Option<&str> {
        self.texts.get(&*finding.file).map(String::as_str)
    }
}

/// Looks at a file, or at every rules file of a folder. Without `agents`, those of the tests beside a file are taken for known.
///
/// # Errors
/// When there is nothing to look at. What is wrong with a file is no error, it is what was asked for.
pub fn check_path(
    path: &Path,
    agents: Option<&KnownAgents>,
    now: Timestamp,
) -> Result<Checked, NothingToCheck> {
    let unreadable = |cause| NothingToCheck::Path {
        path: path.to_owned(),
        cause,
    };
    if !path.metadata().map_err(unreadable)?.is_dir() {
        if path.to_string_lossy().ends_with(".test.yaml") {
            let path = path.to_owned();
            return Err(NothingToCheck::Tests { path });
        }
        let files = vec![check_file(path, agents, now)];
        return Ok(Checked { files });
    }
    let names = file::names(path)?;
    let of_file = |(path, name): (&PathBuf, &FileName)| match name {
        FileName::SomethingElse => None,
        FileName::Refused(why) => Some(refused(path, why)),
        FileName::Account(_) => Some(check_file(path, agents, now)),
    };
    let files: Vec<_> = names.iter().filter_map(of_file).collect();
    if files.is_empty() {
        let path = path.to_owned();
        return Err(NothingToCheck::NoRules { path });
    }
    Ok(Checked { files })
}

fn refused(path: &Path, why: &str) -> CheckedFile {
    let name = path.display().to_string();
    CheckedFile {
        findings: Findings::one(&name, Code::AccountName, why.to_owned()),
        texts: BTreeMap::new(),
        name,
    }
}

/// Looks at one file, whatever it is called.
pub fn check_file(path: &Path, agents: Option<&KnownAgents>, now: Timestamp) -> CheckedFile {
    let name = path.display().to_string();
    let (text, findings) = match file::read(path) {
        Ok(text) => {
            let of_tests = agents.is_none().then(|| agents_beside(path)).flatten();
            let agents = agents.or(of_tests.as_ref());
            let findings = findings(path.parent(), &name, &text, agents, now);
            (Some(text), findings)
        }
        Err(findings) => (None, findings),
    };
    let mut checked = CheckedFile::with_texts(name, findings);
    // As it was when this was found in it.
    checked
        .texts
        .extend(text.map(|text| (checked.name.clone(), text)));
    checked
}

/// The agents of the tests that stand beside a rules file: `name.test.yaml` beside `name.yaml`.
pub(super) fn agents_beside(path: &Path) -> Option<KnownAgents> {
    let tests = path.with_extension("test.yaml");
    let text = file::text(&tests).ok()?;
    KnownAgents::from_tests(&tests.display().to_string(), &text)
}

/// Looks at the text of a rules file that stands in no folder.
pub fn check_text(file_name: &str, text: &str, now: Timestamp) -> Findings {
    findings(None, file_name, text, None, now)
}

fn findings(
    folder: Option<&Path>,
    file_name: &str,
    text: &str,
    agents: Option<&KnownAgents>,
    now: Timestamp,
) -> Findings {
    let reading = read::rules_file(folder, file_name, text, |contents, root, report| {
        analysis::analyse(contents, root, agents, now, report);
    });
    match reading.outcome {
        Ok((_, findings)) | Err(findings) => findings,
    }
}

#[cfg(test)]
mod tests;
