//! The entry of what Exotel has reported of a call.

use super::entry::{LegEntry, LogEntry, ReportEntry, VERSION};
use super::text;
use super::told::{ReportTold, Reported};
use crate::exotel::{CallReport, DialEnd, EndedLeg, News};
use crate::presence::{Heard, HeardOf, LogPlace, NewEntry, Worth};
use crate::telephony::{ContactUri, without_numbers};

pub(super) fn entry(told: &ReportTold) -> NewEntry {
    let heard = told.heard.as_ref();
    let is_news = heard.map(|heard| heard.is_news);
    let about = heard.and_then(|heard| heard.about.as_ref());
    let plain = ReportEntry {
        v: VERSION,
        at: told.book.local_time(told.now),
        agent: agent(about),
        attempt: about.map(|about| about.attempt),
        news: is_news,
        ..ReportEntry::default()
    };
    let (call, entry) = match &told.report {
        Reported::Event(report) => (report.call.clone(), of_event(report, heard, plain)),
        Reported::Callback {
            call,
            event,
            status,
            talked,
        } => {
            let entry = ReportEntry {
                event: "callback".to_owned(),
                outcome: status.or(*event).map(str::to_owned),
                talked_s: talked.map(|talked| talked.as_secs()),
                ..plain
            };
            (call.clone(), entry)
        }
    };
    NewEntry {
        place: place(is_news),
        worth: match is_news {
            Some(false) => Worth::Repeat,
            Some(true) | None => Worth::News,
        },
        at: told.now,
        customer: None,
        text: text(&LogEntry::Report(entry)),
        call,
    }
}

/// What is new is about a call that the store knows. Of anything else only the log can say whether there is such a call.
fn place(is_news: Option<bool>) -> LogPlace {
    match is_news {
        Some(true) => LogPlace::Call,
        Some(false) | None => LogPlace::KnownCall,
    }
}

fn of_event(report: &CallReport, heard: Option<&Heard>, plain: ReportEntry) -> ReportEntry {
    let news = &report.news;
    let entry = ReportEntry {
        event: news.kind().to_owned(),
        who: news.who().map(masked),
        outcome: news.outcome().map(|outcome| outcome.as_str().to_owned()),
        ..plain
    };
    match news {
        News::Leg(leg) => ReportEntry {
            rang_s: leg.rang.map(|rang| rang.as_secs()),
            talked_s: leg.event.talked().map(|talked| talked.as_secs()),
            ..entry
        },
        News::End(end) => ReportEntry {
            legs: legs(end, heard.map_or(&[], |heard| &heard.talks)),
            ..entry
        },
        News::Nothing(nothing) => ReportEntry {
            outcome: nothing.event().map(without_numbers),
            ..entry
        },
    }
}

/// The legs of a dial. `rings` are the store's word on those of them that can be read, in their order.
pub(super) fn legs(end: &DialEnd, rings: &[Option<HeardOf>]) -> Vec<LegEntry> {
    let mut rings = rings.iter();
    let leg = |leg: &EndedLeg| {
        let ring = leg.who.as_ref().and_then(|_readable| rings.next());
        let ring = ring.and_then(Option::as_ref);
        LegEntry {
            who: leg.who.as_ref().map(masked),
            agent: agent(ring),
            attempt: ring.map(|ring| ring.attempt),
            outcome: leg.outcome.as_str().to_owned(),
            talked_s: leg.talked.map(|talked| talked.as_secs()),
        }
    };
    end.legs.iter().map(leg).collect()
}

fn agent(ring: Option<&HeardOf>) -> Option<String> {
    Some(ring?.agent.as_ref()?.to_string())
}

fn masked(who: &ContactUri) -> String {
    who.masked().to_string()
}
