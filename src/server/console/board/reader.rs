//! Looks at an account again and again: what is read of the store each time is the same however many watch.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::agents::AgentRow;
use super::decisions::item;
use super::queues::{Now, QueueHead, Waiting, sections};
use super::rules::Rules;
use super::today::Today;
use super::{
    Board, Change, Item, MOST_DECISIONS, Moment, Parts, part_of_agent, part_of_queue, rendered,
    shape_of,
};
use crate::presence::{Agent, LogId, LogOrder, LogRange, Store, StoreError};
use crate::reload::ReloadHandle;
use crate::routing::{RouterShared, RoutingBook};
use crate::server::console::figures::{date_of, day};
use crate::server::queues::{QueueView, Seen};
use crate::telephony::AccountName;

/// The figures of the day are read so often.
const FIGURES_EVERY: Duration = Duration::from_secs(2);
/// So many entries of the log are looked through for them, the latest.
const PAGE: usize = 200;

/// Where it is read.
#[derive(Clone, Debug)]
pub(in crate::server) struct Sources {
    pub(in crate::server) store: Arc<dyn Store>,
    pub(in crate::server) shared: Arc<RouterShared>,
    pub(in crate::server) reload: ReloadHandle,
    /// Is anything kept of what is decided?
    pub(in crate::server) has_log: bool,
}

/// Why there is nothing new to show.
#[derive(Debug, thiserror::Error)]
pub(in crate::server) enum Blind {
    /// It is known to be down, and is not asked.
    #[error("the store is known to be down")]
    Down,
    /// It did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whoever looks, with what was there before.
#[derive(Debug)]
pub(in crate::server) struct Reader {
    sources: Sources,
    account: AccountName,
    board: Option<Board>,
    /// Rows that need not be rendered again while they say the same.
    rows: BTreeMap<String, (AgentRow, Arc<str>)>,
    position: Option<LogId>,
    today: Option<(Instant, Arc<str>)>,
}

impl Reader {
    pub(in crate::server) fn new(sources: Sources, account: AccountName) -> Self {
        Self {
            sources,
            account,
            board: None,
            rows: BTreeMap::new(),
            position: None,
            today: None,
        }
    }

    /// What was seen last.
    pub(in crate::server::console) fn board(&self) -> Option<&Board> {
        self.board.as_ref()
    }

    /// Looks once more; what is different.
    pub(in crate::server::console) async fn look(&mut self) -> Result<Change, Blind> {
        let shared = Arc::clone(&self.sources.shared);
        if shared.breaker.is_open() {
            return Err(Blind::Down);
        }
        let book = shared.books.of(&self.account);
        let now = shared.clock.now();
        let store = &self.sources.store;
        let snapshot = store.snapshot(&self.account).await?;
        let names = book.queue_names();
        let seen = Seen {
            agents: snapshot.agents(book.view(now)),
            traffic: store.traffic(&self.account, &names).await?,
        };
        let decisions = self.read_log(&seen.agents).await?;
        let mut parts = self.agents(&seen.agents, &book);
        parts.insert("today".to_owned(), self.today(&book).await?);
        parts.insert("rules".to_owned(), self.rules(&book));
        parts.insert("now".to_owned(), rendered(&Now::new(&seen, &book)));
        parts.insert("waiting".to_owned(), rendered(&Waiting::new(&seen, &book)));
        for (name, queue) in book.queues() {
            let view = QueueView::new(name.as_str(), queue, &book, &seen);
            let head = rendered(&QueueHead { queue: &view });
            parts.insert(part_of_queue(name.as_str()), head);
        }
        let sections = sections(&seen.agents, &book);
        let zone = book.time_zone();
        let fresh = Board {
            at: snapshot.at(),
            clock: Moment::new(snapshot.at(), zone).clock,
            zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            shape: "".into(),
            sections: sections.into(),
            parts,
            decisions: VecDeque::new(),
        };
        Ok(self.show(fresh, decisions))
    }

    /// From now on this is the board.
    fn show(&mut self, fresh: Board, decisions: Vec<Item>) -> Change {
        let is_first = self.board.is_none();
        let board = self.board.get_or_insert_with(|| Board {
            shape: shape_of(&fresh.sections),
            ..fresh.clone()
        });
        board.at = fresh.at;
        board.clock = fresh.clock;
        board.zone = fresh.zone;
        let is_reshaped = board.sections != fresh.sections;
        if is_reshaped {
            board.shape = shape_of(&fresh.sections);
            board.sections = fresh.sections;
        }
        let changed = board.show(fresh.parts);
        for item in &decisions {
            board.decisions.push_front(item.clone());
        }
        board.decisions.truncate(MOST_DECISIONS);
        Change {
            parts: changed,
            decisions,
            is_reshaped: is_reshaped || is_first,
        }
    }

    fn agents(&mut self, agents: &[Agent], book: &RoutingBook) -> Parts {
        let mut parts = Parts::new();
        let mut rows = BTreeMap::new();
        for agent in agents {
            let id = agent.profile.id.as_str();
            let row = AgentRow::new(agent, book);
            let html = match self.rows.remove(id) {
                Some((before, html)) if before == row => html,
                Some(_) | None => rendered(&row),
            };
            parts.insert(part_of_agent(id), Arc::clone(&html));
            rows.insert(id.to_owned(), (row, html));
        }
        self.rows = rows;
        parts
    }

    async fn today(&mut self, book: &RoutingBook) -> Result<Arc<str>, StoreError> {
        if let Some((at, html)) = &self.today
            && at.elapsed() < FIGURES_EVERY
        {
            return Ok(Arc::clone(html));
        }
        let now = self.sources.shared.clock.now();
        let (date, hour) = date_of(now, book.time_zone());
        let day = day(&*self.sources.store, &self.account, &date).await?;
        let html = rendered(&Today::new(&day, hour));
        self.today = Some((Instant::now(), Arc::clone(&html)));
        Ok(html)
    }

    fn rules(&self, book: &RoutingBook) -> Arc<str> {
        let status = self.sources.reload.board().status();
        rendered(&Rules::new(book, status.accounts.get(&self.account)))
    }

    /// The latest of what was decided since the look before, the oldest first.
    async fn read_log(&mut self, agents: &[Agent]) -> Result<Vec<Item>, StoreError> {
        if !self.sources.has_log {
            return Ok(Vec::new());
        }
        // From the end: however many came since, the latest are shown.
        let range = LogRange {
            after: self.position,
            before: None,
            order: LogOrder::Backwards,
            most: PAGE,
        };
        let log = self.sources.store.log();
        let mut entries = log.read(&self.account, range).await?;
        entries.reverse();
        self.position = entries.last().map_or(self.position, |last| Some(last.id));
        if self.position.is_none() {
            self.position = Some(LogId::default());
        }
        let names = agents.iter().map(|agent| {
            let profile = &agent.profile;
            (profile.id.as_str().to_owned(), profile.name.clone())
        });
        let names: BTreeMap<_, _> = if entries.is_empty() {
            BTreeMap::new()
        } else {
            names.collect()
        };
        let items = entries.iter().filter_map(|entry| item(entry, &names));
        let items: Vec<_> = items.collect();
        let old = items.len().saturating_sub(MOST_DECISIONS);
        Ok(items.into_iter().skip(old).collect())
    }
}
