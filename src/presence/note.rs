//! Short texts that all instances share for a while: who has taken a task on, and what came of it.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::clock::Timestamp;

/// What is done with the text under a name, in one step. The answer is always what stood there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteStep<'a> {
    /// Nothing.
    Read,
    /// Writes it if nothing stands there: of all who claim a name, one finds it free.
    Claim {
        /// The text.
        text: &'a str,
        /// How long it is kept.
        kept: Duration,
    },
    /// Writes it over whatever stands there.
    Write {
        /// The text.
        text: &'a str,
        /// How long it is kept.
        kept: Duration,
    },
    /// Keeps what stands there for so long from now; where nothing stands, nothing is written.
    Keep {
        /// How long it is kept.
        kept: Duration,
    },
    /// Takes it away.
    Remove,
}

/// The notes of one account, in memory.
#[derive(Debug, Default)]
pub(super) struct Notes {
    by_name: HashMap<String, (String, Timestamp)>,
    /// In the order in which they expire.
    expiry: BTreeSet<(Timestamp, String)>,
}

impl Notes {
    pub(super) fn take_step(
        &mut self,
        name: &str,
        step: NoteStep<'_>,
        now: Timestamp,
    ) -> Option<String> {
        self.forget_old(now);
        let before = self.by_name.get(name).map(|(text, _)| text.clone());
        match step {
            NoteStep::Read => {}
            NoteStep::Claim { .. } if before.is_some() => {}
            NoteStep::Claim { text, kept } | NoteStep::Write { text, kept } => {
                self.write(name, text, now.plus(kept));
            }
            NoteStep::Keep { kept } => {
                if let Some(text) = &before {
                    self.write(name, text, now.plus(kept));
                }
            }
            NoteStep::Remove => self.remove(name),
        }
        before
    }

    fn write(&mut self, name: &str, text: &str, expires: Timestamp) {
        self.remove(name);
        let entry = (text.to_owned(), expires);
        self.by_name.insert(name.to_owned(), entry);
        self.expiry.insert((expires, name.to_owned()));
    }

    fn remove(&mut self, name: &str) {
        if let Some((_, expires)) = self.by_name.remove(name) {
            self.expiry.remove(&(expires, name.to_owned()));
        }
    }

    fn forget_old(&mut self, now: Timestamp) {
        while let Some((expires, name)) = self.expiry.first().cloned() {
            if expires > now {
                return;
            }
            self.expiry.pop_first();
            self.by_name.remove(&name);
        }
    }
}
