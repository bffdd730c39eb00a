//! The ends of a dial, by table: outcome, who, legs.

use super::*;
use DialOutcome::{Answered, Cancelled, Declined, Failed, NoAnswer, Unknown};

/// The record of a Passthru applet, with everything that comes along; `{}` is what differs.
const RECORD: &str = "CallSid=a1&CallFrom=08516043026&CallTo=01135124157&Direction=incoming&ForwardedFrom=null\
    &Created=Mon%2C%2023%20Nov%202026%2011%3A00%3A02&StartTime=2026-11-23%2011%3A00%3A01\
    &EndTime=1970-01-01%2005%3A30%3A00&ProcessStatus=null&flow_id=1234&tenant_id=567&From=08516043026\
    &To=01135124157&CurrentTime=2026-11-23%2011%3A00%3A40&OutgoingPhoneNumber=01135124157\
    &DialWhomNumber=09812345678&Legs%5B0%5D%5BNumber%5D=09812345678&Legs%5B0%5D%5BType%5D=single";

#[rstest]
#[case::answered(
    "DialCallDuration=17&DialCallStatus=completed&CallType=completed&RecordingUrl=https%3A%2F%2Fx%2Fy.mp3\
     &RecordingAvailableBy=Mon%2C%2023%20Nov%202026%2011%3A05%3A40&Legs[0][OnCallDuration]=10\
     &Legs[0][Cause]=16&Legs[0][CauseCode]=NORMAL_CLEARING",
    Answered,
    leg(ASHA, Answered, 10)
)]
#[case::nobody_answered(
    "DialCallDuration=0&DialCallStatus=no-answer&CallType=incomplete&Legs[0][OnCallDuration]=0\
     &Legs[0][Cause]=1003&Legs[0][CauseCode]=RING_TIMEOUT",
    NoAnswer,
    leg(ASHA, NoAnswer, 0)
)]
#[case::declined(
    "DialCallDuration=4&DialCallStatus=busy&CallType=incomplete&Legs[0][OnCallDuration]=0\
     &Legs[0][Cause]=17&Legs[0][CauseCode]=USER_BUSY",
    Declined,
    leg(ASHA, Declined, 0)
)]
#[case::the_caller_left_and_the_leg_says_it_rang_out(
    "DialCallDuration=0&DialCallStatus=canceled&CallType=client-hangup&Legs[0][OnCallDuration]=0\
     &Legs[0][Cause]=1003&Legs[0][CauseCode]=RING_TIMEOUT",
    Cancelled,
    leg(ASHA, Cancelled, 0)
)]
#[case::out_of_reach(
    "DialCallStatus=failed&CallType=incomplete&Legs[0][Cause]=20&Legs[0][CauseCode]=SUBSCRIBER_ABSENT",
    Failed,
    leg(ASHA, Failed, 0)
)]
#[case::no_cause_is_said(
    "DialCallStatus=no-answer&CallType=incomplete",
    NoAnswer,
    leg(ASHA, NoAnswer, 0)
)]
#[case::the_ringing_is_no_talk_time(
    "DialCallStatus=no-answer&DialCallDuration=25&Legs[0][OnCallDuration]=25",
    NoAnswer,
    leg(ASHA, NoAnswer, 0)
)]
fn a_passthru_record_says_how_the_dial_ended(
    #[case] more: &str,
    #[case] outcome: DialOutcome,
    #[case] only: EndedLeg,
) {
    let expected = DialEnd {
        outcome,
        who: contact(ASHA),
        legs: vec![only],
    };
    let query = format!("{RECORD}&{more}");
    assert_eq!(end(&query), expected);
    let request = ConnectRequest::read(&Parameters::from_query(&query).unwrap(), Country::INDIA);
    assert_eq!(
        request.last_dial(),
        Some(expected),
        "the next fetch says the same"
    );
}

#[rstest]
#[case("DialCallStatus=completed", Answered)]
#[case("DialCallStatus=Completed&CallType=client-hangup", Answered)]
#[case("DialCallStatus=no-answer", NoAnswer)]
#[case("DialCallStatus=no_answer", NoAnswer)]
#[case("DialCallStatus=No%20Answer", NoAnswer)]
#[case("DialCallStatus=NoAnswer", NoAnswer)]
#[case("DialCallStatus=no-answer&CallType=call-attempt", NoAnswer)]
#[case("DialCallStatus=busy", Declined)]
#[case("DialCallStatus=failed&CallType=incomplete", Failed)]
#[case("DialCallStatus=canceled", Cancelled)]
#[case("DialCallStatus=cancelled", Cancelled)]
#[case::caller_gone_while_it_rang("DialCallStatus=no-answer&CallType=client-hangup", Cancelled)]
#[case::caller_gone_after_a_refusal("DialCallStatus=busy&CallType=client-hangup", Declined)]
#[case("DialCallStatus=evaporated", Unknown)]
#[case("DialCallStatus=evaporated&CallType=incomplete", NoAnswer)]
#[case("DialCallStatus=in-progress&CallType=completed", Answered)]
#[case("CallType=completed", Answered)]
#[case("CallType=incomplete", NoAnswer)]
#[case("CallType=Client_Hangup", Cancelled)]
#[case("CallType=client-hangup&Legs[0][OnCallDuration]=9", Answered)]
#[case("CallType=voicemail&RecordingUrl=https://x/y.mp3", Unknown)]
#[case("RecordingUrl=https://x/y.mp3", Unknown)]
#[case("DialCallDuration=31", Unknown)]
#[case("DialCallDuration=31&Legs[0][OnCallDuration]=9", Answered)]
#[case("Legs[0][Number]=09812345678", Unknown)]
fn a_payload_without_an_event_type_that_leaves_something_is_final(
    #[case] query: &str,
    #[case] outcome: DialOutcome,
) {
    assert_eq!(
        end(&format!("CallSid=a1&Status=free&{query}")).outcome,
        outcome
    );
}

#[rstest]
#[case::one_after_the_other_the_last_answered(
    "DialCallStatus=completed&DialWhomNumber=sip:desk1&Legs[0][Number]=09812345678&Legs[0][CauseCode]=RING_TIMEOUT\
     &Legs[1][Number]=+919812345679&Legs[1][CauseCode]=USER_BUSY&Legs[2][Number]=sip:desk1&Legs[2][OnCallDuration]=41",
    Some(DESK),
    vec![leg(ASHA, NoAnswer, 0), leg(BINU, Declined, 0), leg(DESK, Answered, 41)]
)]
#[case::together_and_the_first_was_quickest(
    "DialCallStatus=completed&DialWhomNumber=09812345678&Legs[0][Number]=09812345678&Legs[0][OnCallDuration]=41\
     &Legs[1][Number]=09812345679&Legs[1][CauseCode]=LOSE_RACE&Legs[2][Number]=sip:desk1&Legs[2][Cause]=16",
    Some(ASHA),
    vec![leg(ASHA, Answered, 41), leg(BINU, Cancelled, 0), leg(DESK, Unknown, 0)]
)]
#[case::in_any_order_of_the_keys(
    "Legs[1][OnCallDuration]=41&Legs[1][Number]=sip:desk1&DialCallStatus=completed&Legs[0][CauseCode]=NO_ANSWER\
     &Legs[0][Number]=09812345678",
    Some(DESK),
    vec![leg(ASHA, NoAnswer, 0), leg(DESK, Answered, 41)]
)]
#[case::answered_for_less_than_a_second(
    "DialCallStatus=completed&DialWhomNumber=sip:desk1&Legs[0][Number]=09812345678&Legs[0][OnCallDuration]=0\
     &Legs[1][Number]=sip:desk1&Legs[1][OnCallDuration]=0&Legs[1][CauseCode]=NORMAL_CLEARING",
    Some(DESK),
    vec![leg(ASHA, Unknown, 0), leg(DESK, Answered, 0)]
)]
#[case::rung_twice_and_taken_the_second_time(
    "DialCallStatus=completed&DialWhomNumber=sip:desk1&Legs[0][Number]=sip:desk1&Legs[0][CauseCode]=RING_TIMEOUT\
     &Legs[1][Number]=SIP:DESK1@exotel.in",
    Some(DESK),
    vec![leg(DESK, NoAnswer, 0), leg(DESK, Answered, 0)]
)]
#[case::the_caller_left_and_one_leg_says_so(
    "DialCallStatus=canceled&DialWhomNumber=sip:desk1&Legs[0][Number]=09812345678&Legs[0][CauseCode]=RING_TIMEOUT\
     &Legs[1][Number]=sip:desk1&Legs[1][CauseCode]=ORIGINATOR_CANCEL",
    Some(DESK),
    vec![leg(ASHA, NoAnswer, 0), leg(DESK, Cancelled, 0)]
)]
#[case::the_caller_left_and_no_leg_says_so(
    "DialCallStatus=canceled&DialWhomNumber=sip:desk1&Legs[0][Number]=09812345678&Legs[0][CauseCode]=RING_TIMEOUT\
     &Legs[1][Number]=sip:desk1&Legs[1][CauseCode]=RING_TIMEOUT&Legs[2][Number]=09812345679&Legs[2][Cause]=17",
    Some(DESK),
    vec![leg(ASHA, Cancelled, 0), leg(DESK, Cancelled, 0), leg(BINU, Declined, 0)]
)]
#[case::legs_without_causes_but_for_the_one_that_is_named(
    "DialCallStatus=no-answer&DialWhomNumber=sip:desk1&Legs[0][Number]=09812345678&Legs[1][Number]=sip:desk1",
    Some(DESK),
    vec![leg(ASHA, Unknown, 0), leg(DESK, NoAnswer, 0)]
)]
#[case::nobody_is_named_and_there_is_one_leg(
    "DialCallStatus=busy&DialWhomNumber=null&Legs[0][Number]=09812345678",
    Some(ASHA),
    vec![leg(ASHA, Declined, 0)]
)]
#[case::nobody_is_named_and_two_might_be_meant(
    "DialCallStatus=completed&Legs[0][Number]=09812345678&Legs[1][Number]=sip:desk1",
    None,
    vec![leg(ASHA, Unknown, 0), leg(DESK, Unknown, 0)]
)]
#[case::who_took_it_is_not_among_the_legs(
    "DialCallStatus=completed&DialWhomNumber=sip:desk1&Legs[0][Number]=09812345678&Legs[0][CauseCode]=RING_TIMEOUT",
    Some(DESK),
    vec![leg(ASHA, NoAnswer, 0)]
)]
#[case::a_leg_that_cannot_be_read(
    "DialCallStatus=no-answer&DialWhomNumber=&Legs[0][Number]=null&Legs[0][Cause]=19&Legs[7][Number]=whoever",
    None,
    vec![leg("", NoAnswer, 0), leg("", Unknown, 0)]
)]
fn the_legs_are_told_in_the_order_in_which_they_were_tried(
    #[case] query: &str,
    #[case] who: Option<&str>,
    #[case] legs: Vec<EndedLeg>,
) {
    let end = end(query);
    assert_eq!(end.who, who.and_then(contact));
    assert_eq!(end.legs, legs);
}

#[rstest]
#[case::the_first_fetch(
    "CallSid=a1&DialCallDuration=0&DialWhomNumber=&CallType=call-attempt",
    None
)]
#[case::the_attempt_goes_on("CallSid=a1&DialCallStatus=in-progress&DialWhomNumber=sip:desk1", None)]
#[case::only_whom("CallSid=a1&DialWhomNumber=sip:desk1", Some(Unknown))]
#[case::only_how_long("CallSid=a1&DialCallDuration=31&CallType=call-attempt", Some(Unknown))]
#[case::only_legs("CallSid=a1&Legs[0][Cause]=BUSY", Some(Unknown))]
#[case::as_ever(
    "CallSid=a1&DialWhomNumber=sip:desk1&DialCallStatus=no-answer",
    Some(NoAnswer)
)]
#[case::beside_a_call_attempt("DialCallStatus=busy&CallType=call-attempt", Some(Declined))]
fn a_later_fetch_tells_how_the_last_attempt_ended(
    #[case] query: &str,
    #[case] outcome: Option<DialOutcome>,
) {
    let request = ConnectRequest::read(&Parameters::from_query(query).unwrap(), Country::INDIA);
    assert_eq!(request.last_dial().map(|end| end.outcome), outcome);
}
