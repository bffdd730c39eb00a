//! From what Exotel reports of a call to what the store takes in.

use crate::exotel::{self, CallReport, ConnectRequest, LegNews};
use crate::presence::{DialEnd, DialNews, DialOutcome, LegEvent, News, Report};
use crate::telephony::AccountName;

/// The report for the store; `None` when it names no call, or nothing can be learnt from it.
pub(super) fn report(
    account: &AccountName,
    report: &CallReport,
    utc_offset_seconds: i32,
) -> Option<Report> {
    let news = match &report.news {
        exotel::News::Leg(leg) => leg_news(leg)?,
        exotel::News::End(end) => News::End(with_all_legs(end)),
        exotel::News::Nothing(_) => return None,
    };
    Some(Report {
        account: account.clone(),
        call: report.call.clone()?,
        news,
        utc_offset_seconds,
    })
}

/// A leg that says it was answered tells who took the call; how else a single leg ended, the end of the dial tells of all.
fn leg_news(leg: &LegNews) -> Option<News> {
    let who = leg.who.clone()?;
    let event = match leg.event {
        exotel::LegEvent::Dial => LegEvent::Dial,
        exotel::LegEvent::Ringing => LegEvent::Ringing,
        exotel::LegEvent::Answered => LegEvent::Answered,
        exotel::LegEvent::Terminal {
            outcome: exotel::DialOutcome::Answered,
            talked,
        } => {
            return Some(News::End(DialEnd {
                outcome: DialOutcome::Answered,
                talks: talked
                    .map(|talked| (who.clone(), talked))
                    .into_iter()
                    .collect(),
                who: Some(who),
            }));
        }
        exotel::LegEvent::Terminal { .. } => LegEvent::Terminal,
    };
    Some(News::Leg {
        who,
        event,
        rang: leg.rang,
    })
}

/// What a fetch says of the dial before it.
pub(super) fn told(request: &ConnectRequest) -> DialNews {
    match request.last_dial() {
        Some(end) => DialNews::Ended(dial_end(&end)),
        None if request.dial_goes_on() => DialNews::GoesOn,
        None => DialNews::Nothing,
    }
}

/// The end of a dial with all its legs, so that the store says of each whose ring it is.
fn with_all_legs(end: &exotel::DialEnd) -> DialEnd {
    let legs = end.legs.iter();
    let talk = |leg: &exotel::EndedLeg| Some((leg.who.clone()?, leg.talked.unwrap_or_default()));
    DialEnd {
        talks: legs.filter_map(talk).collect(),
        ..dial_end(end)
    }
}

/// The end of a dial in the words of the store.
fn dial_end(end: &exotel::DialEnd) -> DialEnd {
    let talks = end
        .legs
        .iter()
        .filter_map(|leg| Some((leg.who.clone()?, leg.talked?)));
    DialEnd {
        outcome: match end.outcome {
            exotel::DialOutcome::Answered => DialOutcome::Answered,
            exotel::DialOutcome::NoAnswer => DialOutcome::NoAnswer,
            exotel::DialOutcome::Declined => DialOutcome::Declined,
            exotel::DialOutcome::Failed => DialOutcome::Failed,
            exotel::DialOutcome::Cancelled => DialOutcome::Cancelled,
            exotel::DialOutcome::Unknown => DialOutcome::Unknown,
        },
        who: end.who.clone(),
        talks: talks.collect(),
    }
}
