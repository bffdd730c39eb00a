// What the fuzzer, and a test of its seeds, do with a report. Not a doc comment: the file is included.

use std::time::Duration;

use ringmaster::exotel::voice::StatusCallback;
use ringmaster::exotel::{CallReport, DialOutcome, News};
use ringmaster::telephony::Country;

use super::parameters::parameters;

/// Any report can be read, of a call that was answered by somebody or by nobody. Was there any news in it?
pub(super) fn read(bytes: &[u8]) -> bool {
    // The same bytes may be what Exotel reports of a call that we started.
    let started = StatusCallback::read(bytes).is_ok_and(|callback| {
        let _shown = format!("{callback:?}");
        callback.happened().is_some()
    });
    let Some(parameters) = parameters(bytes) else {
        return started;
    };
    let report = CallReport::read(&parameters, Country::INDIA);
    assert_eq!(report, CallReport::read(&parameters, Country::INDIA));
    let news = &report.news;
    let _shown = format!("{report:?} {} {:?}", news.kind(), news.who());
    match news {
        News::End(end) => {
            for leg in &end.legs {
                let is_answered = leg.outcome == DialOutcome::Answered;
                assert!(!is_answered || end.outcome == DialOutcome::Answered);
                assert!(is_answered || leg.talked.is_none(), "{end:?}");
                assert!(leg.talked != Some(Duration::ZERO), "{end:?}");
            }
            true
        }
        News::Leg(leg) => {
            let is_answered = leg.event.outcome() == Some(DialOutcome::Answered);
            assert!(is_answered || leg.event.talked().is_none(), "{leg:?}");
            true
        }
        News::Nothing(why) => {
            assert!(why.event().is_none_or(|word| word.chars().count() <= 32));
            started
        }
    }
}
