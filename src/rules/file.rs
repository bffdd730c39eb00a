//! Rules files on disk: one for each account, in one folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::book::{RuleBook, RulesVersion};
use super::check::agents_beside;
use super::finding::{Code, Findings};
use super::sources::{Sources, is_below};
use super::{analysis, read, tree};
use crate::clock::Timestamp;
use crate::telephony::AccountName;

/// What a rules folder holds. A file that can't be used never hides the others.
#[derive(Debug, Default)]
pub struct RulesFolder {
    /// The file of each account, good or bad.
    pub files: BTreeMap<AccountName, RulesFile>,
    /// Files that look like rules but belong to no account, and why.
    pub strays: BTreeMap<PathBuf, Findings>,
}

/// A rules file as it was read.
#[derive(Debug)]
pub struct RulesFile {
    /// The rules, with everything that [`check_file`](super::check_file) finds as their warnings, or everything that is wrong.
    pub outcome: Result<Arc<RuleBook>, Findings>,
    /// What tells this content, files of callers included, from any other, whether it can be used or not.
    pub content: RulesVersion,
    /// There is no such file.
    pub is_missing: bool,
    path: PathBuf,
    /// The files that it names.
    names: Vec<String>,
}

/// The rules files of a folder by account, unread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The file of each account.
    pub files: BTreeMap<AccountName, PathBuf>,
    /// Files that look like rules but belong to no account, and why.
    pub strays: BTreeMap<PathBuf, Findings>,
}

/// Why a rules folder can't be read at all.
#[derive(Debug, thiserror::Error)]
#[error("the rules folder {path} can't be read")]
pub struct UnreadableFolder {
    path: PathBuf,
    #[source]
    cause: io::Error,
}

impl Listing {
    /// Finds every rules file of the folder: `name.yaml` is the account `name`, `name.test.yaml` holds its tests and is
    /// left out, as are folders and hidden files.
    ///
    /// # Errors
    /// When the folder itself can't be read.
    pub fn of(folder: &Path) -> Result<Self, UnreadableFolder> {
        let mut listing = Self::default();
        for (path, name) in names(folder)? {
            match name {
                FileName::SomethingElse => {}
                FileName::Account(account) => drop(listing.files.insert(account, path)),
                FileName::Refused(why) => {
                    let file = path.display().to_string();
                    let findings = Findings::one(&file, Code::AccountName, why);
                    listing.strays.insert(path, findings);
                }
            }
        }
        Ok(listing)
    }
}

impl RulesFolder {
    /// Reads every rules file of the folder, at this moment.
    ///
    /// # Errors
    /// When the folder itself can't be read. A bad file is no error.
    pub fn read(path: &Path, now: Timestamp) -> Result<Self, UnreadableFolder> {
        let Listing { files, strays } = Listing::of(path)?;
        let read = |(account, path): (AccountName, PathBuf)| (account, RulesFile::read(&path, now));
        Ok(Self {
            files: files.into_iter().map(read).collect(),
            strays,
        })
    }

    /// The rules of each account whose file is good.
    pub fn books(&self) -> BTreeMap<AccountName, Arc<RuleBook>> {
        let book = |(account, file): (&AccountName, &RulesFile)| {
            let book = file.outcome.as_ref().ok()?;
            Some((account.clone(), Arc::clone(book)))
        };
        self.files.iter().filter_map(book).collect()
    }

    /// What is wrong with the files that can't be used, by their paths.
    pub fn refused(&self) -> BTreeMap<&Path, &Findings> {
        let files = self.files.values();
        let files = files.filter_map(|file| Some((&*file.path, file.outcome.as_ref().err()?)));
        let strays = self.strays.iter().map(|(path, why)| (&**path, why));
        files.chain(strays).collect()
    }
}

impl RulesFile {
    /// Reads a rules file, the files of callers that it names, and what the tests beside it say of agents. What depends on the
    /// date is judged at this moment.
    pub fn read(path: &Path, now: Timestamp) -> Self {
        let text = match text(path) {
            Ok(text) => text,
            Err((code, why)) => return Self::unreadable(path, code, why),
        };
        let name = path.display().to_string();
        let agents = agents_beside(path);
        let reading = read::rules_file(path.parent(), &name, &text, |contents, root, report| {
            analysis::analyse(contents, root, agents.as_ref(), now, report);
        });
        Self {
            content: reading.version,
            is_missing: false,
            path: path.to_owned(),
            names: reading.names.clone(),
            outcome: RuleBook::from_reading(reading).map(Arc::new),
        }
    }

    fn unreadable(path: &Path, code: Code, why: String) -> Self {
        let metadata = path.symlink_metadata();
        Self {
            content: unreadable_content(&why),
            is_missing: metadata.is_err_and(|error| error.kind() == io::ErrorKind::NotFound),
            path: path.to_owned(),
            names: Vec::new(),
            outcome: Err(Findings::one(&path.display().to_string(), code, why)),
        }
    }

    /// The content that stands there now, as far as the files hang together as they did. Reads, but doesn't parse.
    pub fn content_now(&self) -> RulesVersion {
        content(&self.path, &self.names)
    }

    /// The content of a file that hasn't been read yet. What it names is not known, so this stands for the text alone.
    pub fn content_at(path: &Path) -> RulesVersion {
        content(path, &[])
    }

    /// The folders in which a change may be a change of these rules: those of the files, and those that links lead to.
    pub fn folders(&self) -> BTreeSet<PathBuf> {
        let beside = self.path.parent().unwrap_or(Path::new(""));
        let named = self.names.iter().filter(|name| is_below(Path::new(name)));
        let named = named.map(|name| beside.join(name));
        let files: Vec<_> = named.chain([self.path.clone()]).collect();
        let real: Vec<_> = files
            .iter()
            .filter_map(|file| file.canonicalize().ok())
            .collect();
        let folder_of = |file: &PathBuf| file.parent().map(Path::to_owned);
        files.iter().chain(&real).filter_map(folder_of).collect()
    }
}

fn content(path: &Path, names: &[String]) -> RulesVersion {
    let text = match text(path) {
        Ok(text) => text,
        Err((_, why)) => return unreadable_content(&why),
    };
    let mut sources = Sources::new(&text, path.parent());
    for name in names {
        // What can't be read is summed up as well.
        let _read: Result<_, String> = sources.read(name).map(drop);
    }
    sources.version().0
}

fn unreadable_content(why: &str) -> RulesVersion {
    RulesVersion::of(Sha256::new_with_prefix(why))
}

/// Said of a folder, a pipe or a device.
pub(super) const NO_FILE: &str = "this is no file";

/// What stands in the folder, by name.
pub(super) fn names(path: &Path) -> Result<BTreeMap<PathBuf, FileName>, UnreadableFolder> {
    let unreadable = |cause| UnreadableFolder {
        path: path.to_owned(),
        cause,
    };
    let mut names = BTreeMap::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = account_of(&path);
        names.insert(path, name);
    }
    Ok(names)
}

/// What a file's name says about it.
#[derive(Debug)]
pub(super) enum FileName {
    Account(AccountName),
    SomethingElse,
    Refused(String),
}

fn account_of(path: &Path) -> FileName {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else {
        return FileName::SomethingElse;
    };
    // `metadata` follows the symlinks that a Kubernetes ConfigMap is made of.
    if name.starts_with('.') || path.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return FileName::SomethingElse;
    }
    if let Some((stem, ending)) = name.rsplit_once('.')
        && ["yaml", "yml"].contains(&ending.to_ascii_lowercase().as_str())
        && ending != "yaml"
    {
        return FileName::Refused(format!("rules files end in .yaml: call it {stem}.yaml"));
    }
    let Some(stem) = name
        .strip_suffix(".yaml")
        .filter(|stem| stem.strip_suffix(".test").is_none())
    else {
        return FileName::SomethingElse;
    };
    match AccountName::parse(stem) {
        Ok(account) => FileName::Account(account),
        Err(why) => FileName::Refused(format!(
            "the file is named after its account, but \"{stem}\" is none: {why}"
        )),
    }
}

/// Reads the text of a rules file.
pub(super) fn read(path: &Path) -> Result<String, Findings> {
    text(path).map_err(|(code, why)| Findings::one(&path.display().to_string(), code, why))
}

/// Reads a text, or says why not. A file that is far too large is not read to its end, and what is no file, such as a pipe that
/// nobody writes to, is not opened: that could take for ever.
pub(super) fn text(path: &Path) -> Result<String, (Code, String)> {
    let unreadable = |cause| (Code::Unreadable, format!("the file can't be read: {cause}"));
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err((Code::Unreadable, NO_FILE.to_owned()));
    }
    let limit = u64::try_from(tree::MAX_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() > tree::MAX_BYTES {
        return Err((Code::TooLarge, tree::too_large()));
    }
    String::from_utf8(bytes)
        .map_err(|error| not_utf8(error.as_bytes(), error.utf8_error().valid_up_to()))
}

fn not_utf8(bytes: &[u8], position: usize) -> (Code, String) {
    let before = bytes.get(..position).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    let why = format!("line {line} is not text in UTF-8: save the file as UTF-8");
    (Code::NotText, why)
}

#[cfg(test)]
mod tests;
