//! When to ask again: a plain decision about an error.

use std::time::Duration;

use super::{Placed, VoiceError};
use crate::exotel::voice::Reason;

/// How often a request is sent at most.
const MOST_TRIES: u32 = 3;
/// The wait before the second try, where nobody says how long; doubled after each.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Somebody waits for the answer: what takes longer is for them to decide.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What a request does at Exotel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It places a call: sent twice, it may place two.
    Places,
    /// It only looks: it may be sent again whatever became of it.
    Looks,
    /// It looks, and nobody waits for the answer: others go first.
    Checks,
}

/// How long to wait before the request is sent again, after so many tries and with so much time left; `None` gives up.
pub(super) fn wait_before_next(
    error: &VoiceError,
    effect: Effect,
    tries: u32,
    left: Duration,
) -> Option<Duration> {
    let is_harmless = match effect {
        Effect::Places => error.placed() == Placed::No,
        Effect::Looks | Effect::Checks => true,
    };
    if tries >= MOST_TRIES || !is_harmless || !error.is_transient() {
        return None;
    }
    let wait = match error.retry_after() {
        Some(wait) => wait,
        // Who asks too often and does not know for how long would only make it worse.
        None if is_for_asking_too_often(error) => return None,
        None => FIRST_WAIT.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1))),
    };
    (wait <= LONGEST_WAIT && wait < left).then_some(wait)
}

fn is_for_asking_too_often(error: &VoiceError) -> bool {
    matches!(error, VoiceError::Refused { refusal, .. } if refusal.reason == Reason::TooManyRequests)
}

/// The time in a `Retry-After` header: seconds, or a date of HTTP.
pub(super) fn retry_after(header: &str, now: crate::clock::Timestamp) -> Option<Duration> {
    let text = header.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(crate::clock::Timestamp::from(date.timestamp()).since(now))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::clock::Timestamp;
    use crate::exotel::voice::{Refusal, Unreadable};
    use crate::voice::NotTaken;

    const MUCH: Duration = Duration::from_secs(30);

    fn refused(code: i64, status: u16, retry_after: Option<u64>) -> VoiceError {
        VoiceError::Refused {
            refusal: Refusal {
                reason: Reason::of(Some(code), status),
                status,
                code: Some(code),
                message: None,
                request_id: None,
                call: None,
            },
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    fn unreadable(status: u16) -> VoiceError {
        let fault = Unreadable::NotAnObject;
        VoiceError::Unreadable { status, fault }
    }

    fn full(seconds: u64) -> VoiceError {
        NotTaken::Full(Duration::from_secs(seconds)).into()
    }

    #[rstest]
    #[case::room_soon(full(1), Some(1_000), Some(1_000))]
    #[case::room_late(full(3), None, None)]
    #[case::too_many_for_a_moment(refused(10724, 429, Some(2)), Some(2_000), Some(2_000))]
    #[case::too_many_for_a_minute(refused(10724, 429, Some(60)), None, None)]
    #[case::too_many_for_nobody_knows_how_long(refused(10724, 429, None), None, None)]
    #[case::failed_in_the_middle(refused(1100, 500, None), None, Some(200))]
    #[case::refused_for_good(refused(10725, 400, None), None, None)]
    #[case::busy(refused(10706, 409, None), None, None)]
    #[case::silence(VoiceError::Silent(MUCH), None, Some(200))]
    #[case::html_of_a_gateway(unreadable(502), None, Some(200))]
    #[case::html_of_a_wrong_address(unreadable(404), None, None)]
    #[case::a_redirect(unreadable(302), None, None)]
    fn a_call_is_tried_again_only_where_none_was_placed_and_a_look_where_it_may_help(
        #[case] error: VoiceError,
        #[case] call: Option<u64>,
        #[case] look: Option<u64>,
    ) {
        let millis =
            |wait: Option<Duration>| wait.map(|wait| u64::try_from(wait.as_millis()).unwrap());
        assert_eq!(
            millis(wait_before_next(&error, Effect::Places, 1, MUCH)),
            call
        );
        assert_eq!(
            millis(wait_before_next(&error, Effect::Looks, 1, MUCH)),
            look
        );
        assert_eq!(
            millis(wait_before_next(&error, Effect::Checks, 1, MUCH)),
            look
        );
        assert_eq!(
            wait_before_next(&error, Effect::Looks, MOST_TRIES, MUCH),
            None
        );
        assert_eq!(
            wait_before_next(&error, Effect::Looks, 1, Duration::ZERO),
            None
        );
    }

    #[test]
    fn waits_grow() {
        let error = VoiceError::Silent(MUCH);
        let second = wait_before_next(&error, Effect::Looks, 2, MUCH);
        assert_eq!(second, Some(Duration::from_millis(400)));
    }

    #[rstest]
    #[case("7", Some(7))]
    #[case(" 0 ", Some(0))]
    #[case("Thu, 10 Nov 2022 06:48:46 GMT", Some(10))]
    #[case("Thu, 10 Nov 2022 06:00:00 GMT", Some(0))]
    #[case("soon", None)]
    #[case("-5", None)]
    fn retry_after_is_seconds_or_a_date(#[case] header: &str, #[case] seconds: Option<u64>) {
        let now = Timestamp::from_millis(1_668_062_916_000);
        assert_eq!(retry_after(header, now), seconds.map(Duration::from_secs));
    }
}
