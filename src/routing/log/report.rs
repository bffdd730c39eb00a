//! The entry of what Exotel has reported of a call.

use super::entry::{LegEntry, LogEntry, ReportEntry, VERSION};
use super::text;
use super::told::{ReportTold, Reported};
use crate::exotel::{CallReport, EndedLeg, News};
use crate::presence::{LogPlace, NewEntry};
use crate::telephony::{ContactUri, without_numbers};

pub(super) fn entry(told: &ReportTold) -> NewEntry {
    let plain = ReportEntry {
        v: VERSION,
        at: told.book.local_time(told.now),
        news: told.is_news,
        ..ReportEntry::default()
    };
    let (call, entry) = match &told.report {
        Reported::Event(report) => (report.call.clone(), of_event(report, plain)),
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
        place: place(told.is_news),
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

fn of_event(report: &CallReport, plain: ReportEntry) -> ReportEntry {
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
            legs: end.legs.iter().map(leg).collect(),
            ..entry
        },
        News::Nothing(nothing) => ReportEntry {
            outcome: nothing.event().map(without_numbers),
            ..entry
        },
    }
}

fn leg(leg: &EndedLeg) -> LegEntry {
    LegEntry {
        who: leg.who.as_ref().map(masked),
        outcome: leg.outcome.as_str().to_owned(),
        talked_s: leg.talked.map(|talked| talked.as_secs()),
    }
}

fn masked(who: &ContactUri) -> String {
    who.masked().to_string()
}
