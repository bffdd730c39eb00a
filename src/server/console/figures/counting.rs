//! The one task of a process that counts what has happened, after it has happened.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::sheet::{Sheet, date_of};
use super::{Figures, Happened, IN_TIME, What};
use crate::clock::Timestamp;
use crate::outbound::is_ours;
use crate::presence::{CallHistory, Leg, Store};
use crate::routing::RouterShared;
use crate::telephony::{AccountName, CallSid};

/// How often is counted.
const EVERY: Duration = Duration::from_secs(1);

/// Counts what happens in all accounts; never returns, so its task is aborted by its owner.
pub(in crate::server) async fn keep_figures(
    figures: Arc<Figures>,
    shared: Arc<RouterShared>,
    store: Arc<dyn Store>,
) {
    let mut sheets = BTreeMap::new();
    loop {
        sleep(EVERY).await;
        if shared.breaker.is_open() {
            continue;
        }
        for account in figures.by_account.keys() {
            let happened = figures.take(account);
            let zone = shared.books.of(account).time_zone().clone();
            let sheet = sheets.entry(account.clone()).or_default();
            for happened in happened {
                let (date, hour) = date_of(happened.at, &zone);
                if date != sheet_date(sheet) {
                    write(&*store, account, sheet).await;
                    *sheet = Sheet::of(date);
                }
                count(&*store, account, sheet, hour, &happened).await;
            }
            write(&*store, account, sheet).await;
        }
    }
}

fn sheet_date(sheet: &Sheet) -> &str {
    &sheet.date
}

/// Writes it if it has changed; what does not get through is written with what comes next.
async fn write(store: &dyn Store, account: &AccountName, sheet: &mut Sheet) {
    if sheet.is_new
        && let Err(error) = sheet.write(store, account).await
    {
        tracing::debug!(%account, code = error.code(), "the figures of the day are not written");
    }
}

async fn count(
    store: &dyn Store,
    account: &AccountName,
    sheet: &mut Sheet,
    hour: u8,
    happened: &Happened,
) {
    let waited = match &happened.what {
        What::Asked | What::Missed => None,
        What::Answered(call, after) => {
            let history = history(store, account, call).await;
            history.and_then(|history| waited(&history, *after))
        }
        What::Gone(call) => {
            let history = history(store, account, call).await;
            history.map(|history| happened.at.since(history.first_at))
        }
    };
    let counted = sheet.day.0.entry(hour).or_default();
    sheet.is_new = true;
    let one_more = |count: &mut u64| *count = count.saturating_add(1);
    match happened.what {
        What::Asked => one_more(&mut counted.asked),
        What::Missed => one_more(&mut counted.missed),
        What::Answered(..) => {
            one_more(&mut counted.answered);
            if let Some(waited) = waited {
                one_more(&mut counted.timed);
                let millis = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
                counted.waited_ms = counted.waited_ms.saturating_add(millis);
                if waited <= IN_TIME {
                    one_more(&mut counted.in_time);
                }
            }
        }
        What::Gone(_) => {
            if waited.is_some_and(|waited| waited > IN_TIME) {
                one_more(&mut counted.gone);
            }
        }
    }
}

/// What is remembered of a call of somebody who waited; nobody waits in one that we started.
async fn history(store: &dyn Store, account: &AccountName, call: &CallSid) -> Option<CallHistory> {
    if is_ours(call) {
        return None;
    }
    store.call(account, call).await.ok().flatten()
}

/// From the call's first fetch to the answer, as far as it was reported when that was.
fn waited(history: &CallHistory, after: Option<Duration>) -> Option<Duration> {
    let answers = history.answers.iter();
    let mut legs = answers.flat_map(|answer| &answer.destinations);
    let reported = legs.find_map(|to| match to.leg {
        Leg::Answered(at) => Some(at),
        Leg::Offered | Leg::Ringing(_) | Leg::Over(_) => None,
    });
    let reckoned = || -> Option<Timestamp> { Some(history.answers.last()?.at.plus(after?)) };
    let answered_at = reported.or_else(reckoned)?;
    Some(answered_at.since(history.first_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::{LegOutcome, PastAnswer, PastDestination};
    use crate::telephony::{ContactUri, Country};

    fn history(leg: Leg) -> CallHistory {
        CallHistory {
            first_at: Timestamp::from_millis(1_000),
            digits: String::new(),
            custom_field: String::new(),
            answers: vec![PastAnswer {
                at: Timestamp::from_millis(9_000),
                last: false,
                template: "".into(),
                destinations: vec![PastDestination {
                    uri: ContactUri::parse("sip:asha", Country::INDIA).unwrap(),
                    agent: None,
                    leg,
                }],
            }],
        }
    }

    #[test]
    fn a_caller_has_waited_from_the_first_fetch_to_the_answer() {
        let answered = history(Leg::Answered(Timestamp::from_millis(12_000)));
        assert_eq!(waited(&answered, None), Some(Duration::from_secs(11)));
        let over = history(Leg::Over(LegOutcome::Answered));
        let after = Some(Duration::from_secs(4));
        assert_eq!(waited(&over, after), Some(Duration::from_secs(12)));
        assert_eq!(waited(&over, None), None, "nobody said when");
    }
}
