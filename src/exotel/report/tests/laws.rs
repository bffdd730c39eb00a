//! What holds for any report.

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 16] = [
    "CallSid",
    "EventType",
    "DialWhomNumber",
    "DialCallStatus",
    "DialCallDuration",
    "CallType",
    "RecordingUrl",
    "RingDuration",
    "Status",
    "Legs[0][Number]",
    "Legs[0][OnCallDuration]",
    "Legs[0][Cause]",
    "Legs[1][Number]",
    "Legs[1][OnCallDuration]",
    "Legs[1][CauseCode]",
    "Legs[2][Cause]",
];

const VALUES: [&str; 30] = [
    "",
    "null",
    "0",
    "41",
    "-7",
    "16",
    "19",
    "1003",
    "Dial",
    "Ringing",
    "Answered",
    "Terminal",
    "completed",
    "no_answer",
    "busy",
    "failed",
    "cancelled",
    "in-progress",
    "call-attempt",
    "incomplete",
    "client-hangup",
    "voicemail",
    "free",
    "09812345678",
    " 919812345679",
    "sip:desk1@x",
    "USER_BUSY",
    "RING_TIMEOUT",
    "LOSE_RACE",
    "NORMAL_CLEARING",
];

/// Any of Exotel's names with any of its words, each name at most once.
fn anything_in_its_words() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let pair = (
        prop::sample::select(&NAMES[..]),
        prop::sample::select(&VALUES[..]),
    );
    proptest::collection::hash_map(pair.0, pair.1, 0..14)
        .prop_map(|pairs| pairs.into_iter().collect())
}

fn parameters<'a>(pairs: impl IntoIterator<Item = &'a (&'static str, &'static str)>) -> Parameters {
    let mut parameters = Parameters::default();
    for (name, value) in pairs {
        parameters
            .push((*name).to_owned(), (*value).to_owned())
            .unwrap();
    }
    parameters
}

proptest! {
    #[test]
    fn any_pairs_are_a_report(pairs in proptest::collection::vec(("\\PC{0,30}", "\\PC{0,60}"), 0..20), value in "\\PC{0,60}") {
        let mut odd = Parameters::default();
        let known = NAMES.map(|name| (name.to_owned(), value.clone()));
        for (name, value) in pairs.into_iter().chain(known) {
            odd.push(name, value).unwrap();
        }
        let report = CallReport::read(&odd, Country::INDIA);
        let _text = format!("{report:?} {} {:?}", report.news.kind(), report.news.outcome());
    }

    #[test]
    fn the_order_of_the_parameters_and_the_status_mean_nothing(pairs in anything_in_its_words()) {
        let report = CallReport::read(&parameters(&pairs), Country::INDIA);
        prop_assert_eq!(&CallReport::read(&parameters(pairs.iter().rev()), Country::INDIA), &report);
        let without = pairs.iter().filter(|(name, _)| *name != "Status");
        prop_assert_eq!(&CallReport::read(&parameters(without), Country::INDIA), &report);
    }

    #[test]
    fn a_dial_is_answered_by_somebody_or_by_nobody(pairs in anything_in_its_words()) {
        let News::End(end) = CallReport::read(&parameters(&pairs), Country::INDIA).news else { return Ok(()) };
        for leg in &end.legs {
            let is_answered = leg.outcome == DialOutcome::Answered;
            prop_assert!(!is_answered || end.outcome == DialOutcome::Answered, "{end:?}");
            prop_assert!(is_answered || leg.talked.is_none(), "{end:?}");
            prop_assert!(leg.talked != Some(Duration::ZERO), "{end:?}");
        }
    }

    #[test]
    fn the_next_fetch_tells_the_same_end(
        pairs in anything_in_its_words(),
        status in prop::sample::select(&["completed", "no_answer", "busy", "failed", "cancelled"][..]),
    ) {
        let others = pairs.into_iter().filter(|(name, _)| !["EventType", "DialCallStatus"].contains(name));
        let pairs: Vec<_> = others.chain([("DialCallStatus", status)]).collect();
        let parameters = parameters(&pairs);
        let News::End(end) = CallReport::read(&parameters, Country::INDIA).news else {
            return Err(TestCaseError::fail("a status without an event is an end"));
        };
        prop_assert_eq!(ConnectRequest::read(&parameters, Country::INDIA).last_dial(), Some(end));
    }
}
