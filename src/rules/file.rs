//! Rules files on disk: one for each account, in one folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::book::RuleBook;
use super::finding::{Code, Findings};
use super::tree;
use crate::telephony::AccountName;

/// What a rules folder holds. A file that can't be used never hides the others.
#[derive(Debug, Default)]
pub struct RulesFolder {
    /// The rules of each account whose file is good.
    pub books: BTreeMap<AccountName, Arc<RuleBook>>,
    /// The files that are not used, and why.
    pub refused: BTreeMap<PathBuf, Findings>,
}

/// Why a rules folder can't be read at all.
#[derive(Debug, thiserror::Error)]
#[error("the rules folder {path} can't be read")]
pub struct UnreadableFolder {
    path: PathBuf,
    #[source]
    cause: io::Error,
}

impl RulesFolder {
    /// Reads every rules file of the folder: `name.yaml` is the account `name`, `name.test.yaml` holds its tests and is
    /// left out, as are folders and hidden files.
    ///
    /// # Errors
    /// When the folder itself can't be read. A bad file is no error, it is in [`refused`](Self::refused).
    pub fn read(path: &Path) -> Result<Self, UnreadableFolder> {
        let mut folder = Self::default();
        for (path, name) in names(path)? {
            folder.take(path, name);
        }
        Ok(folder)
    }

    fn take(&mut self, path: PathBuf, name: FileName) {
        let read = match name {
            FileName::SomethingElse => return,
            FileName::Refused(why) => Err(Findings::one(
                &path.display().to_string(),
                Code::AccountName,
                why,
            )),
            FileName::Account(account) => RuleBook::read_file(&path).map(|book| (account, book)),
        };
        match read {
            Ok((account, book)) => drop(self.books.insert(account, Arc::new(book))),
            Err(findings) => drop(self.refused.insert(path, findings)),
        }
    }
}

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
    if let Some(stem) = name.strip_suffix(".yml") {
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

/// Reads a text, or says why not. A file that is far too large is not read to its end.
pub(super) fn text(path: &Path) -> Result<String, (Code, String)> {
    let limit = u64::try_from(tree::MAX_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|cause| (Code::Unreadable, format!("the file can't be read: {cause}")))?;
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
