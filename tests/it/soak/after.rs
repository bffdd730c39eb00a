//! What is looked at when all calls are over.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::balancer::Balancer;
use super::dial::Ending;
use super::exotel::Exotel;
use super::ledger::{Trust, double_bookings, holds};
use super::script::ACCOUNTS;
use super::tally::Tally;
use super::{NUMBERS, staff};
use crate::support::redis::RedisServer;

/// Nobody is held longer by what was last reported: a ring and the longest conversation, a margin each.
const LONGEST_LEASE: Duration = Duration::from_secs(1 + 2 + 8 + 2);

/// Three times what makes an answer slow: a report that is held up for so long is not the only one.
const SETTLES: Duration = Duration::from_millis(1_500);

/// Keys of an account that are there for good: a few hashes, and two sets for each queue.
const LASTING_KEYS: usize = 30;

/// Keys of an account about the calls of its four queues, each for a while: one for a cap, three for who waits.
const KEYS_OF_QUEUES: usize = 4 * 4;

/// How long a call is remembered, in milliseconds.
const REMEMBERED: i64 = 24 * 3_600_000;

/// How long it is kept what was decided, and what agents were, in milliseconds: the default of `history.kept`.
const KEPT: i64 = 72 * 3_600_000;

/// Sheets of an account on which an instance counts a day's figures: one for each time that one was started, up to the
/// most that a day has; and the soak may see a midnight.
const SHEETS: usize = 2 * 500;

/// Keys of an account's history that are not about one call or one agent: the log, its longest delay, who was removed.
const KEYS_OF_HISTORY: usize = 3;

/// Without any further report everybody is idle and ready, at the latest when the longest lease has ended.
pub(super) async fn all_come_back(balancer: &Balancer) -> Duration {
    let began = Instant::now();
    sleep(Duration::from_secs(1)).await;
    staff::all_available(balancer).await;
    loop {
        let stuck = staff::not_ready(balancer).await;
        if stuck.is_empty() {
            return began.elapsed();
        }
        let waited = began.elapsed();
        let is_early = waited < LONGEST_LEASE + Duration::from_secs(1);
        assert!(is_early, "after {waited:?} not ready: {stuck:#?}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// What a key is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Call,
    HistoryOfCall,
    HistoryOfAgent,
    History,
    Figures,
    Queue,
    /// A number that called, or an account.
    Other,
}

impl About {
    fn of(key: &str) -> Self {
        let is_any = |kinds: &[&str]| kinds.iter().any(|kind| key.contains(kind));
        if is_any(&[":log:call:"]) {
            Self::HistoryOfCall
        } else if is_any(&[":past:"]) {
            Self::HistoryOfAgent
        } else if is_any(&["}:log", ":removed"]) {
            Self::History
        } else if is_any(&[":note:figures:"]) {
            Self::Figures
        } else if is_any(&[":cap:", ":waiting:", ":asks:", ":gone:"]) {
            Self::Queue
        } else if is_any(&[":call:"]) {
            Self::Call
        } else {
            Self::Other
        }
    }

    /// How long such a key may be left, in milliseconds.
    fn lasts(self) -> i64 {
        match self {
            Self::HistoryOfCall | Self::HistoryOfAgent | Self::History | Self::Figures => KEPT,
            Self::Call | Self::Queue | Self::Other => REMEMBERED,
        }
    }

    /// How many such keys there may be.
    fn most(self, calls: usize) -> usize {
        match self {
            Self::Call | Self::HistoryOfCall => calls,
            Self::HistoryOfAgent => ACCOUNTS.len() * staff::EACH,
            Self::History => ACCOUNTS.len() * KEYS_OF_HISTORY,
            Self::Figures => ACCOUNTS.len() * SHEETS,
            Self::Queue => ACCOUNTS.len() * KEYS_OF_QUEUES,
            Self::Other => ACCOUNTS.len() * NUMBERS + 1,
        }
    }
}

/// Two keys for a call at most, its record and its history; one for each number that called an account, one for the
/// history of each agent, and a few for each queue, all of which are forgotten in time; and but a few for each account.
/// Says how many there are.
pub(super) fn nothing_piles_up(redis: &RedisServer, calls: usize) -> usize {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    let (mut counts, mut lasting) = (BTreeMap::<About, usize>::new(), Vec::new());
    for key in &keys {
        let left: i64 = redis::cmd("PTTL").arg(key).query(&mut connection).unwrap();
        match left {
            // Forgotten just now.
            -2 => {}
            -1 => lasting.push(key),
            left => {
                let about = About::of(key);
                assert!(left <= about.lasts(), "{key} is left for {left} ms");
                *counts.entry(about).or_default() += 1;
            }
        }
    }
    for (about, count) in &counts {
        assert!(*count <= about.most(calls), "{about:?}: {count} keys");
    }
    for about in [About::Call, About::HistoryOfCall] {
        let count = counts.get(&about).copied().unwrap_or(0);
        assert!(
            count > calls / 2,
            "{about:?}: {count} keys of {calls} calls"
        );
    }
    for about in [
        About::Other,
        About::History,
        About::HistoryOfAgent,
        About::Figures,
    ] {
        assert!(counts.contains_key(&about), "{about:?}: no keys");
    }
    assert!(
        lasting.len() <= ACCOUNTS.len() * LASTING_KEYS,
        "{lasting:?}"
    );
    assert!(
        lasting.iter().all(|key| About::of(key) == About::Other),
        "{lasting:?}"
    );
    keys.len()
}

/// The verdict. Says how long an agent was certainly held at most.
pub(super) fn judge(exotel: &Exotel) -> Duration {
    let balancer = &exotel.balancer;
    let (unexplained, complaints) = (balancer.unexplained(), balancer.complaints());
    assert!(
        unexplained.is_empty(),
        "failed without a kill: {unexplained:?}\n{}",
        balancer.fates()
    );
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let trust = Trust {
        settles: SETTLES,
        kills: balancer.kills(),
        slow: balancer.slow(),
    };
    let book = holds(&exotel.ledger.borrow(), &trust);
    let double = double_bookings(&book);
    assert!(double.is_empty(), "{}", double.join("\n"));
    assert_eq!(
        book.len(),
        ACCOUNTS.len() * staff::EACH,
        "everybody had a turn"
    );
    let all = book.values().flatten();
    all.map(|hold| hold.until.saturating_sub(hold.asked))
        .max()
        .unwrap()
}

/// A soak in which little happens shows nothing.
pub(super) fn plenty_happened(tally: &Tally, calls: usize) {
    assert_eq!(tally.calls.len(), calls, "every call has ended");
    let at_least = |what: &str, count: usize, percent: usize| {
        let least = calls * percent / 100;
        assert!(count >= least, "{what}: {count} of {calls} calls\n{tally}");
    };
    let is = |wanted: Ending| tally.ended(|ending| ending == Some(wanted));
    at_least("answered", tally.answered(), 40);
    at_least("missed", is(Ending::NoAnswer), 1);
    at_least("declined", is(Ending::Declined), 1);
    assert!(is(Ending::Failed) > 0, "{tally}");
    at_least("abandoned", is(Ending::Cancelled), 1);
    assert!(tally.ended(|ending| ending.is_none()) > 0, "{tally}");
    at_least("fetched again", tally.repeated, 5);
    assert!(tally.kills > 0 && tally.retries > 0, "{tally}");
}
