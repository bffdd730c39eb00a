//! How phones ring.

use crate::exotel::answer::RingSeconds;

/// How phones ring, with nothing left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// How many destinations an answer carries, 1 to 10.
    pub agents: u8,
    /// How many of them ring together, 1 to 5, by attempt: the last one holds for all later attempts.
    /// Empty where the file says nothing: then the answer says nothing either.
    pub at_once: Vec<u8>,
    /// How long a phone rings. `None` leaves it to Exotel.
    pub seconds: Option<RingSeconds>,
    /// How many answers one call may get, 1 to 10.
    pub attempts: u8,
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            agents: 1,
            at_once: Vec::new(),
            seconds: None,
            attempts: 1,
        }
    }
}

/// What a rule or a queue says about ringing; what it leaves out is asked elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RingSettings {
    /// [`Ring::agents`].
    pub agents: Option<u8>,
    /// [`Ring::at_once`].
    pub at_once: Option<Vec<u8>>,
    /// [`Ring::seconds`].
    pub seconds: Option<RingSeconds>,
    /// [`Ring::attempts`].
    pub attempts: Option<u8>,
}

impl RingSettings {
    /// These settings, and those of `other` wherever these say nothing.
    #[must_use]
    pub fn over(self, other: &Self) -> Self {
        Self {
            agents: self.agents.or(other.agents),
            at_once: self.at_once.or_else(|| other.at_once.clone()),
            seconds: self.seconds.or(other.seconds),
            attempts: self.attempts.or(other.attempts),
        }
    }

    /// The settings with the defaults for what nobody said.
    pub fn complete(self) -> Ring {
        let default = Ring::default();
        Ring {
            agents: self.agents.unwrap_or(default.agents),
            at_once: self.at_once.unwrap_or(default.at_once),
            seconds: self.seconds,
            attempts: self.attempts.unwrap_or(default.attempts),
        }
    }
}
