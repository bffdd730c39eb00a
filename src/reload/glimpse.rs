//! What stands in the rules folder at a moment, without understanding it: enough to tell whether anything has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::rules::{Listing, RulesFile, RulesVersion};
use crate::telephony::AccountName;

/// The contents of a folder by account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Glimpse {
    pub(super) contents: BTreeMap<AccountName, RulesVersion>,
    pub(super) strays: BTreeSet<PathBuf>,
}

/// The files that are known, as they were last judged.
pub(super) type KnownFiles = BTreeMap<AccountName, Arc<RulesFile>>;

impl Glimpse {
    /// Reads the folder, and the files of known accounts wherever they have gone. Waits for the disk.
    pub(super) fn of(folder: &Path, known: &KnownFiles) -> Self {
        // A folder that can't be read has no files: those that were there are then found missing, one by one.
        let Listing { files, strays } = Listing::of(folder).unwrap_or_default();
        let known_now = known
            .iter()
            .map(|(account, file)| (account.clone(), file.content_now()));
        let new = files
            .into_iter()
            .filter(|(account, _)| !known.contains_key(account))
            .map(|(account, path)| (account, RulesFile::content_at(&path)));
        Self {
            contents: known_now.chain(new).collect(),
            strays: strays.into_keys().collect(),
        }
    }

    /// The accounts whose contents differ.
    pub(super) fn changed_since(&self, judged: &Self) -> BTreeSet<AccountName> {
        let contents = self.contents.iter();
        let changed = contents.filter(|(account, now)| judged.contents.get(account) != Some(now));
        changed.map(|(account, _)| account.clone()).collect()
    }
}
