//! Reads again what differs, and brings it into force: the store first, then the swap.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;

use super::account::{AccountRules, Reloaded, Verdict};
use super::glimpse::{Glimpse, KnownFiles};
use super::in_force::{RulesInForce, log_stray};
use super::status::StatusBoard;
use crate::clock::Timestamp;
use crate::presence::Store;
use crate::routing::{RouterShared, RoutingBook, Surroundings};
use crate::rules::{Findings, Listing, RulesFile, RulesVersion};
use crate::telephony::AccountName;

/// How long the store may take to index the queues of new rules before they come into force all the same: with the store
/// down, the new fallback is still better than the old one.
const INDEXED_WITHIN: Duration = Duration::from_secs(10);

/// How often a file is read again that changes while it is read.
const MOST_READS: usize = 3;

/// What an account's rules need to know of the service around them.
#[derive(Clone)]
pub struct SurroundingsOf(pub Arc<dyn Fn(&AccountName) -> Surroundings + Send + Sync>);

impl fmt::Debug for SurroundingsOf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SurroundingsOf")
    }
}

/// How the rules are looked after.
#[derive(Clone, Debug)]
pub struct ReloadSettings {
    /// The rules folder.
    pub folder: PathBuf,
    /// How often the contents are compared without anybody saying that they have changed.
    pub poll: Duration,
    /// What the rules need to know of the service around them.
    pub surroundings: SurroundingsOf,
    /// The accounts that Exotel can reach.
    pub reachable: BTreeSet<AccountName>,
}

/// Everything that bringing rules into force takes. There is one in a process, so no two reloads overlap.
#[derive(Debug)]
pub(super) struct Keeper {
    settings: ReloadSettings,
    shared: Arc<RouterShared>,
    store: Arc<dyn Store>,
    board: Arc<StatusBoard>,
    rules: RulesInForce,
}

/// A file that was read, and its rules ready for deciding if they are others than those in force.
struct Read {
    account: AccountName,
    file: RulesFile,
    book: Option<Arc<RoutingBook>>,
}

impl Keeper {
    pub(super) fn new(
        rules: RulesInForce,
        settings: ReloadSettings,
        shared: Arc<RouterShared>,
        store: Arc<dyn Store>,
    ) -> Self {
        Self {
            board: Arc::new(StatusBoard::new(rules.status())),
            settings,
            shared,
            store,
            rules,
        }
    }

    pub(super) fn board(&self) -> &Arc<StatusBoard> {
        &self.board
    }

    pub(super) fn poll(&self) -> Duration {
        self.settings.poll
    }

    /// The folders in which a change may be one of the rules.
    pub(super) fn folders(&self) -> BTreeSet<PathBuf> {
        let files = self.known().into_values();
        let mut folders: BTreeSet<_> = files.flat_map(|file| file.folders()).collect();
        folders.insert(self.settings.folder.clone());
        folders
    }

    /// What the folder holds now.
    pub(super) async fn glimpse(&self) -> Option<Glimpse> {
        let (folder, known) = (self.settings.folder.clone(), self.known());
        let glimpse = spawn_blocking(move || Glimpse::of(&folder, &known)).await;
        glimpse.inspect_err(log_broken).ok()
    }

    /// What it held when it was last judged.
    pub(super) fn judged(&self) -> Glimpse {
        let known = self.known().into_iter();
        Glimpse {
            contents: known
                .map(|(account, file)| (account, file.content))
                .collect(),
            strays: self.rules.strays.keys().cloned().collect(),
        }
    }

    /// Judges what differs.
    pub(super) async fn reload_changed(&mut self, seen: &Glimpse) {
        let changed = seen.changed_since(&self.judged());
        let strays = listing(&self.settings.folder).strays;
        self.note_strays(strays);
        self.reload(changed).await;
    }

    /// Judges every file there is, because somebody asked.
    pub(super) async fn reload_all(&mut self) {
        let Listing { files, strays } = listing(&self.settings.folder);
        self.note_strays(strays);
        let known = self.rules.accounts.keys().cloned();
        let accounts = files.into_keys().chain(known).collect();
        self.reload(accounts).await;
    }

    /// Judges the file of one account, because somebody asked.
    pub(super) async fn reload_one(&mut self, account: AccountName) -> Option<Reloaded> {
        let mut reloaded = self.reload(BTreeSet::from([account])).await;
        reloaded.pop()
    }

    fn note_strays(&mut self, strays: BTreeMap<PathBuf, Findings>) {
        let new = strays
            .iter()
            .filter(|(path, _)| !self.rules.strays.contains_key(*path));
        new.for_each(|(_, why)| log_stray(why));
        self.rules.strays = strays;
    }

    fn known(&self) -> KnownFiles {
        let file = |(account, rules): (&AccountName, &AccountRules)| {
            Some((account.clone(), rules.file.clone()?))
        };
        self.rules.accounts.iter().filter_map(file).collect()
    }

    /// Reads, prepares, swaps, says so: the one way of new rules into force.
    async fn reload(&mut self, accounts: BTreeSet<AccountName>) -> Vec<Reloaded> {
        let now = self.shared.clock.now();
        let settings = self.settings.clone();
        let with_version = |account| {
            let rules = self.rules.accounts.get(&account);
            let version = rules.and_then(AccountRules::version);
            (account, version)
        };
        let accounts: Vec<_> = accounts.into_iter().map(with_version).collect();
        let read = spawn_blocking(move || read(&settings, accounts, now)).await;
        let read = read.inspect_err(log_broken).unwrap_or_default();
        join_all(read.iter().map(|read| self.prepare(read))).await;
        let reloaded = read.into_iter().map(|read| self.put(read, now)).collect();
        self.shared.indexer.wake_all();
        self.board.show(self.rules.status());
        reloaded
    }

    /// Has the store index the queues of new rules, so that no caller waits for that.
    async fn prepare(&self, read: &Read) {
        let Some(book) = &read.book else { return };
        if self.shared.breaker.is_open() {
            return;
        }
        let (account, definitions) = (&read.account, book.definitions());
        let prepare = self.store.prepare(account, &definitions);
        match timeout(INDEXED_WITHIN, prepare).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%account, code = error.code(), %error, "the store has not indexed the queues of the new rules");
            }
            Err(_elapsed) => {
                tracing::warn!(%account, "the store is still indexing the queues of the new rules");
            }
        }
    }

    fn put(&mut self, read: Read, now: Timestamp) -> Reloaded {
        let Read {
            account: name,
            file,
            book,
        } = read;
        let account = self.rules.accounts.entry(name.clone()).or_default();
        let is_new = account.book().is_none();
        let reloaded = account.take(file, now);
        if account.is_nothing() {
            self.rules.accounts.remove(&name);
        }
        if let (Verdict::Loaded, Some(book)) = (reloaded.verdict, book) {
            self.shared.books.put(&name, &book);
            if is_new && !self.settings.reachable.contains(&name) {
                tracing::warn!(account = %name, "has rules but no key in the settings: Exotel cannot reach it before a restart with one");
            }
        }
        reloaded.log(&name);
        reloaded
    }
}

/// Reads the files of these accounts, of which these versions are in force. Waits for the disk, and takes a processor for large rules.
fn read(
    settings: &ReloadSettings,
    accounts: Vec<(AccountName, Option<RulesVersion>)>,
    now: Timestamp,
) -> Vec<Read> {
    let read = |(account, in_force): (AccountName, Option<RulesVersion>)| {
        let path = settings.folder.join(format!("{account}.yaml"));
        let file = read_whole(&path, now);
        let other = file.outcome.as_ref().ok();
        let other = other.filter(|book| in_force != Some(book.version()));
        let book = other.map(|book| {
            let surroundings = (settings.surroundings.0)(&account);
            Arc::new(RoutingBook::new(Arc::clone(book), &surroundings))
        });
        Read {
            account,
            file,
            book,
        }
    };
    accounts.into_iter().map(read).collect()
}

/// Reads a file and those that it names as they were at one moment: while they are being exchanged, some could be old and some new.
fn read_whole(path: &Path, now: Timestamp) -> RulesFile {
    let mut file = RulesFile::read(path, now);
    for _ in 1..MOST_READS {
        if file.content_now() == file.content {
            break;
        }
        file = RulesFile::read(path, now);
    }
    file
}

fn listing(folder: &Path) -> Listing {
    Listing::of(folder)
        .inspect_err(|error| {
            let cause = std::error::Error::source(error).map(tracing::field::display);
            tracing::error!(%error, cause, "no rules file can be found");
        })
        .unwrap_or_default()
}

/// A reader that panics has met with something that nobody foresaw; the rules in force stay.
fn log_broken(error: &JoinError) {
    tracing::error!(%error, "reading the rules broke off");
}
