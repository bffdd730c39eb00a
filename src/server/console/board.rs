//! What is shown of an account, in parts: each is a piece of HTML under a name, rendered once for everybody who watches. What has
//! changed between two looks is the parts that are not the same any more, and only those are sent and put into the page.
//!
//! Nothing in a part moves by itself: times are told as moments, and the page counts them down. Which parts there are, and in
//! which order, is the board's shape; when that changes, pages fetch themselves anew.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::settings::SecretDigest;

mod agents;
mod decisions;
mod queues;
mod reader;
mod rules;
mod today;

pub(super) use reader::Reader;
pub(in crate::server) use reader::{Blind, Sources};

/// So many decisions are shown, the latest.
const MOST_DECISIONS: usize = 30;

/// What is shown of an account.
#[derive(Clone, Debug)]
pub(super) struct Board {
    /// When it was so, by the store's clock.
    pub(super) at: Timestamp,
    /// The same on the account's clocks, to the second.
    pub(super) clock: String,
    /// Which these are.
    pub(super) zone: String,
    /// Its agents by queue.
    pub(super) sections: Arc<[Section]>,
    /// What tells its shape from others.
    pub(super) shape: Arc<str>,
    /// The HTML of each part by its name.
    pub(super) parts: Parts,
    /// The latest decisions, the newest first.
    pub(super) decisions: VecDeque<Item>,
}

/// HTML by the part's name.
pub(super) type Parts = BTreeMap<String, Arc<str>>;

/// A queue, or those who are in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// The queue; empty for none.
    pub(super) queue: String,
    /// Its agents by name.
    pub(super) agents: Vec<Listed>,
    /// How many more it has than are shown.
    pub(super) left_out: usize,
}

/// An agent's place on the board.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) id: String,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Item {
    /// Its place in the log.
    pub(super) id: String,
    pub(super) html: Arc<str>,
}

/// What is different from the look before.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) parts: Parts,
    /// The oldest first.
    pub(super) decisions: Vec<Item>,
    pub(super) is_reshaped: bool,
}

impl Change {
    pub(super) fn is_nothing(&self) -> bool {
        self.parts.is_empty() && self.decisions.is_empty() && !self.is_reshaped
    }
}

impl Board {
    /// The HTML of a part; nothing for one that is not there.
    pub(super) fn part(&self, name: &str) -> &str {
        self.parts.get(name).map(AsRef::as_ref).unwrap_or_default()
    }

    /// The HTML of an agent's row.
    pub(super) fn agent(&self, id: &str) -> &str {
        self.part(&part_of_agent(id))
    }

    /// The HTML of a queue's heading.
    pub(super) fn queue(&self, name: &str) -> &str {
        self.part(&part_of_queue(name))
    }

    /// Shows these parts from now on; what changed by that.
    fn show(&mut self, parts: Parts) -> Parts {
        let is_new = |(name, html): &(&String, &Arc<str>)| self.parts.get(*name) != Some(html);
        let new = parts.iter().filter(is_new);
        let new = new
            .map(|(name, html)| (name.clone(), Arc::clone(html)))
            .collect();
        self.parts = parts;
        new
    }
}

fn part_of_agent(id: &str) -> String {
    format!("agent:{id}")
}

fn part_of_queue(name: &str) -> String {
    format!("queue:{name}")
}

/// A few digits that are the same on every instance that shows the same agents under the same queues.
fn shape_of(sections: &[Section]) -> Arc<str> {
    SecretDigest::of(&format!("{sections:?}"))
        .fingerprint()
        .into()
}

/// The HTML of a part. A template of plain fields always renders.
fn rendered(template: &impl askama::Template) -> Arc<str> {
    template.render().unwrap_or_default().into()
}

/// A moment that the page counts from or to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// For the script, ms.
    pub(super) millis: i64,
    /// For people, on the account's clocks, to the second.
    pub(super) clock: String,
}

impl Moment {
    fn new(at: Timestamp, zone: &jiff::tz::TimeZone) -> Self {
        let zoned = at.to_jiff().to_zoned(zone.clone());
        Self {
            millis: at.as_millis(),
            clock: zoned.strftime("%H:%M:%S").to_string(),
        }
    }
}
