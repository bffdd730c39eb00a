//! The calls of a queue together: how many may hold its agents, who waits, and who was there first.
//!
//! Pure: both stores keep what these types say and decide as these functions do; the Redis twin is in `redis/offer.lua`
//! and `redis/read_calls.lua`. A call waits in a queue when it asked and got nobody although the queue's target was open.
//! Nobody holds its line: it asks again when its flow says so, and a call that does not is forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::telephony::{AgentId, CallSid};

/// How long at most an agent who has become ready is held back for calls that were there first, and how long before one of
/// them asks a place in its queue is kept for it.
pub(super) const HOLD: Duration = Duration::from_secs(5);

/// By so much a call may be late and is still expected to ask again.
const LATENESS: Duration = Duration::from_secs(2);

/// A call that has not asked for so long, and for two of its own intervals, is taken to be gone.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// No flow plays hold music for longer; whoever asks more seldom is not waiting in line.
pub(super) const LONGEST_INTERVAL: Duration = Duration::from_mins(10);

/// At so many older calls a search looks at most.
const MOST_OLDER: usize = 64;

/// So many waiting calls of a queue are listed at most.
pub(super) const MOST_LISTED: usize = 100;

/// What holds for the calls of a queue together, under the name that people use for it. Two definitions that run side by
/// side under one name, during a rollout, share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueTerms {
    /// What people call the queue.
    pub name: Arc<str>,
    /// So many calls at most may be reserved for, ring or talk to agents who were offered through the queue.
    pub max_calls: Option<NonZeroU16>,
    /// Is an agent who has just become ready, or a place in the queue, kept for the call that has waited longest and will ask
    /// again shortly?
    pub oldest_first: bool,
}

/// The calls of some queues, at one moment of the store's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Of each queue that was asked about, by name.
    pub queues: BTreeMap<Arc<str>, QueueCalls>,
    /// After how long a waiting call of the account asked again last; `None` while none has.
    pub usual_interval: Option<Duration>,
    /// The moment; `None` when nothing was asked.
    pub at: Option<Timestamp>,
}

/// The calls of one queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueCalls {
    /// The calls that hold agents who were offered through the queue. Kept of queues with `max_calls` only.
    pub holding: BTreeSet<CallSid>,
    /// How many calls wait.
    pub waiting: usize,
    /// Those that have waited longest, in order; at most a hundred.
    pub longest: Vec<WaitingCall>,
}

/// A call that waits in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingCall {
    /// The call.
    pub call: CallSid,
    /// When it asked first.
    pub since: Timestamp,
    /// When it asked last.
    pub asked: Timestamp,
    /// How long before that it had asked; `None` when it has asked but once since it was last offered somebody.
    pub interval: Option<Duration>,
}

/// What a search passed over for the sake of other calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Ready agents who were kept for calls that have waited longer.
    pub held_back: BTreeSet<AgentId>,
    /// Queues that had no place for the call.
    pub full: BTreeMap<Arc<str>, Full>,
}

/// What leaves a queue with a cap no place for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// So many other calls hold agents of the queue.
    pub holding: usize,
    /// So many places are kept for calls that have waited longer and will ask again shortly. Not counted where the calls
    /// that hold agents are as many as may be.
    pub kept: usize,
}

impl Full {
    /// What fills a queue that may have so many calls; `None` when there is room. `older` is when each older call is
    /// expected to ask.
    pub(super) fn of(
        most: NonZeroU16,
        holding: usize,
        older: &[Timestamp],
        now: Timestamp,
    ) -> Option<Self> {
        let most = usize::from(most.get());
        if holding >= most {
            return Some(Self { holding, kept: 0 });
        }
        let until = now.plus(HOLD);
        let kept = older.iter().filter(|next| **next <= until).count();
        (holding.saturating_add(kept) >= most).then_some(Self { holding, kept })
    }
}

impl Traffic {
    /// What leaves the queue no place for this call, which asked first at `first_at`; `None` where there is room.
    pub fn full(&self, terms: &QueueTerms, call: &str, first_at: Timestamp) -> Option<Full> {
        let (now, calls) = (self.at?, self.queues.get(&terms.name)?);
        let others = calls.holding.iter();
        let others = others.filter(|other| other.as_str() != call).count();
        let line = calls.longest.iter();
        let line = line.filter(|other| terms.oldest_first && other.call.as_str() != call);
        let older = older(line, self.usual_interval, first_at, now);
        Full::of(terms.max_calls?, others, &older, now)
    }
}

/// When each of the calls of a line that asked first before that moment is expected to ask again.
pub(super) fn older<'a>(
    line: impl Iterator<Item = &'a WaitingCall>,
    usual_interval: Option<Duration>,
    first_at: Timestamp,
    now: Timestamp,
) -> Vec<Timestamp> {
    line.take_while(|call| call.since < first_at)
        .take(MOST_OLDER)
        .filter_map(|call| call.expected(usual_interval, now))
        .collect()
}

impl WaitingCall {
    /// Has it not asked for so long that it must be gone?
    pub(super) fn is_forgotten(&self, now: Timestamp) -> bool {
        let own = self.interval.unwrap_or_default().saturating_mul(2);
        self.asked.plus(own.max(FORGOTTEN_AFTER)) <= now
    }

    /// When it will ask again, as far as one can tell; `None` for one that is no longer expected.
    pub(super) fn expected(
        &self,
        usual_interval: Option<Duration>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let next = self.asked.plus(self.interval.or(usual_interval)?);
        (!self.is_forgotten(now) && next.plus(LATENESS) >= now).then_some(next)
    }
}

/// Is an agent who became ready at `ready` kept for older calls, after so many others in the same search? `older` is when
/// each of them is expected to ask.
pub(super) fn is_held_back(
    ready: Timestamp,
    older: &[Timestamp],
    before: usize,
    now: Timestamp,
) -> bool {
    let until = ready.plus(HOLD);
    until > now && before < older.iter().filter(|next| **next <= until).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(10_000_000);

    fn ago(seconds: u64) -> Timestamp {
        NOW.minus(Duration::from_secs(seconds))
    }

    fn asked(seconds_ago: u64, interval: Option<u64>) -> WaitingCall {
        WaitingCall {
            call: CallSid::parse("one").unwrap(),
            since: ago(100),
            asked: ago(seconds_ago),
            interval: interval.map(Duration::from_secs),
        }
    }

    #[test]
    fn a_call_that_does_not_ask_again_is_forgotten() {
        assert!(!asked(29, None).is_forgotten(NOW));
        assert!(asked(30, Some(8)).is_forgotten(NOW));
        assert!(!asked(39, Some(20)).is_forgotten(NOW));
        assert!(asked(40, Some(20)).is_forgotten(NOW));
    }

    #[test]
    fn a_call_is_expected_after_its_own_interval_else_after_the_usual_one() {
        let usual = Some(Duration::from_secs(8));
        assert_eq!(
            asked(2, Some(6)).expected(usual, NOW),
            Some(ago(2).plus(Duration::from_secs(6)))
        );
        assert_eq!(asked(8, None).expected(usual, NOW), Some(NOW));
        assert_eq!(
            asked(10, None).expected(usual, NOW),
            Some(ago(2)),
            "a little late"
        );
        assert_eq!(asked(11, None).expected(usual, NOW), None, "too late");
        assert_eq!(
            asked(2, None).expected(None, NOW),
            None,
            "nothing is known of it"
        );
    }

    #[test]
    fn one_agent_is_held_back_for_each_older_call_and_five_seconds_at_most() {
        let older = [
            NOW.plus(Duration::from_secs(1)),
            NOW.plus(Duration::from_secs(4)),
        ];
        assert!(is_held_back(NOW, &older, 0, NOW));
        assert!(is_held_back(NOW, &older, 1, NOW));
        assert!(!is_held_back(NOW, &older, 2, NOW), "one for each");
        assert!(
            !is_held_back(ago(2), &older, 1, NOW),
            "the second one comes too late for this agent"
        );
        assert!(
            !is_held_back(ago(5), &[NOW, NOW], 0, NOW),
            "idle for long enough"
        );
    }

    #[test]
    fn a_place_is_kept_for_each_older_call_that_asks_within_five_seconds() {
        let full = |most, holding, older: &[u64]| {
            let older: Vec<_> = older
                .iter()
                .map(|seconds| NOW.plus(Duration::from_secs(*seconds)))
                .collect();
            Full::of(NonZeroU16::new(most).unwrap(), holding, &older, NOW)
        };
        let filled = |holding, kept| Some(Full { holding, kept });
        assert_eq!(full(3, 1, &[2, 5]), filled(1, 2));
        assert_eq!(full(3, 1, &[2, 6]), None, "the second one asks too late");
        assert_eq!(full(4, 1, &[2, 5]), None, "one is left");
        assert_eq!(full(1, 1, &[2]), filled(1, 0), "full in any case");
    }
}
