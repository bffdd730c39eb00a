//! The rules of all accounts as the rules folder had them at the start.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::account::AccountRules;
use super::status::RulesStatus;
use crate::clock::Timestamp;
use crate::rules::{Findings, RuleBook, RulesFolder, UnreadableFolder};
use crate::telephony::AccountName;

/// The rules of all accounts, and where they come from.
#[derive(Debug, Default)]
pub struct RulesInForce {
    folder: Option<PathBuf>,
    pub(super) accounts: BTreeMap<AccountName, AccountRules>,
    pub(super) strays: BTreeMap<PathBuf, Findings>,
}

impl RulesInForce {
    /// Reads the folder and logs what it holds. A bad file leaves its account without rules, and hides no other.
    ///
    /// # Errors
    /// When the folder can't be read at all.
    pub fn read(folder: &Path, now: Timestamp) -> Result<Self, UnreadableFolder> {
        let RulesFolder { files, strays } = RulesFolder::read(folder, now)?;
        let mut accounts = BTreeMap::new();
        for (name, file) in files {
            let (account, reloaded) = AccountRules::at_start(file, now);
            reloaded.log(&name);
            accounts.insert(name, account);
        }
        strays.values().for_each(log_stray);
        Ok(Self {
            folder: Some(folder.to_owned()),
            accounts,
            strays,
        })
    }

    /// Rules that are no files: the demo's, and those of tests.
    pub fn built_in(books: BTreeMap<AccountName, Arc<RuleBook>>, now: Timestamp) -> Self {
        let account = |(name, book)| (name, AccountRules::built_in(book, now));
        Self {
            accounts: books.into_iter().map(account).collect(),
            ..Self::default()
        }
    }

    /// Where the files are; `None` for rules that are built in.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The rules in force, of those accounts that have any.
    pub fn books(&self) -> impl Iterator<Item = (&AccountName, &Arc<RuleBook>)> {
        self.accounts
            .iter()
            .filter_map(|(name, account)| Some((name, account.book()?)))
    }

    /// Is there no file at all, not even a bad one?
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.strays.is_empty()
    }

    pub(super) fn status(&self) -> RulesStatus {
        let status =
            |(name, account): (&AccountName, &AccountRules)| (name.clone(), account.status());
        RulesStatus {
            accounts: self.accounts.iter().map(status).collect(),
            strays: self.strays.len(),
        }
    }
}

/// A file that looks like rules and belongs to no account.
pub(super) fn log_stray(why: &Findings) {
    let why = why.masked();
    tracing::error!("this rules file is not used:\n{why}");
}
