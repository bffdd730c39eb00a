//! What clicks come to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::seconds;
use crate::simulate::exchange::VoiceOutcome;
use crate::simulate::record::{ClickOutcome, ClickRecord};

/// The clicks of one kind.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ClickFigures {
    /// What the scenario calls them.
    pub name: Arc<str>,
    /// How many there were.
    pub clicks: u64,
    /// Calls that Exotel placed.
    pub placed: u64,
    /// Those in which agent and customer talked.
    pub talked: u64,
    /// Those whose agent did not answer, or could not be dialled.
    pub no_agent: u64,
    /// Those whose customer did not.
    pub no_customer: u64,
    /// Clicks without a call, by the code of the problem; `nobody-there`: nobody of the crew was free to click.
    pub not_made: BTreeMap<String, u64>,
    /// All conversations together, in seconds.
    #[serde(serialize_with = "seconds")]
    pub talk_time: Duration,
}

impl ClickFigures {
    /// What these come to that are of the kind at this place.
    pub(super) fn of(place: usize, name: &Arc<str>, clicks: &[ClickRecord]) -> Self {
        let mut figures = Self {
            name: Arc::clone(name),
            ..Self::default()
        };
        for click in clicks.iter().filter(|click| click.kind == place) {
            figures.add(click);
        }
        figures
    }

    fn add(&mut self, click: &ClickRecord) {
        self.talk_time = self.talk_time.saturating_add(click.talked);
        let counter = match &click.outcome {
            ClickOutcome::NotMade(code) => self.not_made.entry(code.clone()).or_default(),
            ClickOutcome::Over(outcome) => {
                self.placed = self.placed.saturating_add(1);
                match outcome {
                    VoiceOutcome::Completed => &mut self.talked,
                    VoiceOutcome::AgentUnanswered
                    | VoiceOutcome::AgentNotDialled
                    | VoiceOutcome::AgentCancelled => &mut self.no_agent,
                    VoiceOutcome::CustomerUnanswered | VoiceOutcome::CustomerNotDialled => {
                        &mut self.no_customer
                    }
                }
            }
        };
        *counter = counter.saturating_add(1);
        self.clicks = self.clicks.saturating_add(1);
    }

    /// Clicks without a call, for one of these reasons.
    pub fn not_made_for(&self, codes: &[&str]) -> u64 {
        let counts = codes.iter().filter_map(|code| self.not_made.get(*code));
        counts.sum()
    }
}
