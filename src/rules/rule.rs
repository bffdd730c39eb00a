//! Rules: which calls, and what happens with them.

use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use super::answer::AnswerSettings;
use super::handling::Handling;
use super::queue::Queue;
use super::ring::Ring;
use crate::telephony::{ContactUri, NumberPattern, PhoneNumber};

/// One rule: when it holds for a call, one of its branches is what happens.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Unique in its file; `rule 3` where the file gives none. Cheap to clone.
    pub name: Arc<str>,
    /// Which calls it takes.
    pub when: When,
    /// Whether a caller goes back to the agent of the last answered call.
    pub sticky: Option<Sticky>,
    /// The sides of its split, at least one. A rule with plain `targets` has one that takes every call.
    pub branches: Vec<Branch>,
}

/// One side of a rule: a share of its calls, and what happens with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// How many of a hundred calls fall on this side; the shares of a rule add up to 100.
    pub share: u8,
    /// Whom to ring, in order. None: nobody is rung, on purpose.
    pub targets: Vec<Target>,
    /// How the phones ring: the rule's `ring`, then that of the first queue among the targets, key by key. One answer
    /// rings in one way, so the queues of later targets have no say.
    pub ring: Ring,
    /// What the answer carries: the rule's `answer`, then that of the first queue among the targets, then the file's,
    /// key by key.
    pub answer: AnswerSettings,
}

/// Where to look for somebody, and from when on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whom to ring.
    pub whom: Whom,
    /// When it opens. Once open it stays open.
    pub after: Opens,
    /// How agents rung through this target are treated: the rule's settings, then those of the target's own queue,
    /// key by key.
    pub handling: Handling,
}

/// Whom to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The ready agents of a queue.
    Queue(Arc<Queue>),
    /// Fixed numbers, rung whether or not anybody is there.
    Numbers(Vec<ContactUri>),
}

/// When a target opens: at once, or as soon as **either** of what is named has been reached, whichever comes first.
///
/// A caller who is stuck should not wait for a second condition as well; whoever wants both writes the later one alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Opens {
    /// After this many attempts: 1 opens with the second attempt.
    pub attempts: Option<NonZeroU8>,
    /// When the call has waited this long since its first fetch.
    pub waiting: Option<Duration>,
}

impl Opens {
    /// Open from the first attempt on.
    pub const AT_ONCE: Self = Self {
        attempts: None,
        waiting: None,
    };

    /// Whether the target is open for a call with so many attempts behind it that has waited this long.
    pub fn is_open(self, attempts_made: u8, waited: Duration) -> bool {
        self == Self::AT_ONCE
            || self
                .attempts
                .is_some_and(|attempts| attempts_made >= attempts.get())
            || self.waiting.is_some_and(|waiting| waited >= waiting)
    }
}

/// The caller goes back to the agent of the last answered call. Which agent that is the store remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sticky {
    /// How long after that call.
    pub lasts: Duration,
    /// Nobody but that agent is offered. Otherwise the agent only comes first.
    pub exclusive: bool,
    /// With `exclusive`: when the call has waited this long for the agent, the targets are open to it like to any other.
    pub wait: Option<Duration>,
}

/// Which calls a rule takes: every condition must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The number that was called.
    pub dialed: Condition<PhoneNumber>,
    /// Who calls. A hidden caller is none of anybody.
    pub caller: Condition<CallerCondition>,
    /// What the caller keyed.
    pub digits: Condition<Box<str>>,
    /// Exotel's word for the direction.
    pub direction: Condition<Box<str>>,
    /// The text given to a call begun by the API.
    pub custom_field: Condition<Box<str>>,
    /// The names of opening hours that are open at that moment.
    pub hours: Condition<Arc<str>>,
}

/// What a rule asks of one fact of a call. A fact that a call doesn't have is none of anything: no `AnyOf` holds for it, every
/// `NoneOf` does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition<T> {
    /// Nothing is asked.
    #[default]
    Anything,
    /// It must be one of these.
    AnyOf(Vec<T>),
    /// It must be none of these: `{ not: … }`.
    NoneOf(Vec<T>),
}

impl<T> Condition<T> {
    /// What it names, wanted or not.
    pub fn named(&self) -> &[T] {
        match self {
            Self::Anything => &[],
            Self::AnyOf(named) | Self::NoneOf(named) => named,
        }
    }

    /// The same condition on what `change` makes of the things that it names.
    pub(super) fn filter_map<U>(self, change: impl FnMut(T) -> Option<U>) -> Condition<U> {
        match self {
            Self::Anything => Condition::Anything,
            Self::AnyOf(named) => Condition::AnyOf(named.into_iter().filter_map(change).collect()),
            Self::NoneOf(named) => {
                Condition::NoneOf(named.into_iter().filter_map(change).collect())
            }
        }
    }

    /// Whether it holds, if `is_so` says whether something that it names is true of the call.
    pub fn holds(&self, is_so: impl FnMut(&T) -> bool) -> bool {
        match self {
            Self::Anything => true,
            Self::AnyOf(named) => named.iter().any(is_so),
            Self::NoneOf(named) => !named.iter().any(is_so),
        }
    }
}

/// A condition on the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerCondition {
    /// One of a named list of callers.
    List(Arc<str>),
    /// A number, or the beginning of one.
    Pattern(NumberPattern),
}
