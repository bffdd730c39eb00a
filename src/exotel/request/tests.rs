use proptest::prelude::*;
use rstest::rstest;

use super::*;

const SAMPLE: &str = "CallSid=07a971107d0f3ee459a21b90c0d616ba&Created=Thu%2C%2010%20Nov%202022%2012%3A18%3A36&CurrentTime=2022-11-10%2012%3A18%3A44&DialCallDuration=0&DialWhomNumber=&Direction=incoming&From=08516043026&StartTime=2022-11-10%2012%3A18%3A36&To=01135124157";

fn read(query: &str) -> ConnectRequest {
    ConnectRequest::read(&Parameters::from_query(query).unwrap(), Country::INDIA)
}

fn number(text: &str) -> Option<PhoneNumber> {
    PhoneNumber::from_e164(text).ok()
}

#[test]
fn the_published_sample_is_read_whole() {
    let request = read(SAMPLE);
    assert_eq!(
        request.call.as_ref().unwrap().as_str(),
        "07a971107d0f3ee459a21b90c0d616ba"
    );
    assert_eq!(request.caller.phone(), number("+918516043026"));
    assert_eq!(request.caller.raw, "08516043026");
    assert_eq!(request.dialed.phone(), number("+911135124157"));
    assert_eq!(request.direction.as_deref(), Some("incoming"));
    let start = Some(Timestamp::from_millis(1_668_062_916_000));
    assert_eq!((request.created, request.start_time), (start, start));
    assert_eq!(
        request.current_time,
        Some(Timestamp::from_millis(1_668_062_924_000))
    );
    assert_eq!(
        request.dial,
        DialReport {
            whom: None,
            status: None,
            duration: Some(0)
        }
    );
    assert!(request.legs.is_empty());
    assert_eq!(request.progress(), "0");
}

#[test]
fn an_empty_request_is_a_request_without_a_call() {
    assert_eq!(read(""), ConnectRequest::default());
    assert_eq!(
        read("CallSid=&From=null&To=&digits=null"),
        ConnectRequest::default()
    );
    assert_eq!(read("CallSid=a%20b").call, None);
}

#[rstest]
#[case("From=09812345678")]
#[case("From=%2B919812345678")]
#[case("From=+919812345678")]
#[case("From=919812345678")]
#[case("From=9812345678")]
#[case("CallFrom=09812345678")]
#[case("callfrom=09812345678&from=null")]
#[case("CallFrom=01135124157&FROM=09812345678")]
fn one_person_is_one_number_however_written(#[case] query: &str) {
    assert_eq!(read(query).caller.phone(), number("+919812345678"));
}

#[test]
fn a_caller_who_is_no_number_keeps_the_text() {
    let request = read("From=anonymous&To=112");
    assert_eq!(
        request.caller,
        Party {
            raw: "anonymous".to_owned(),
            number: None
        }
    );
    assert_eq!(
        request.dialed,
        Party {
            raw: "112".to_owned(),
            number: None
        }
    );
}

#[rstest]
#[case("From=anonymous", true)]
#[case("From=", true)]
#[case("", true)]
#[case("From=sip:desk-1", false)]
#[case("From=09812345678", false)]
#[case("From=0981", false)]
fn a_caller_without_any_number_is_hidden(#[case] query: &str, #[case] is_hidden: bool) {
    assert_eq!(read(query).caller.is_hidden(), is_hidden);
}

#[rstest]
#[case("digits=%225%22", Some("5"))]
#[case("digits=5", Some("5"))]
#[case("Digits=%22%221%2A2%23%22%22", Some("1*2#"))]
#[case("digits=%22%22", None)]
#[case("digits=%22null%22", None)]
#[case("digits=", None)]
fn keyed_digits_come_out_of_their_quotes(#[case] query: &str, #[case] digits: Option<&str>) {
    assert_eq!(read(query).digits.as_deref(), digits);
}

#[test]
fn the_constants_for_not_yet_are_no_times() {
    assert_eq!(read("EndTime=1970-01-01%2005:30:00").end_time, None);
    assert_eq!(read("EndTime=0000-00-00%2000:00:00").end_time, None);
}

#[test]
fn the_outcome_of_an_attempt_is_read() {
    let request = read(
        "DialWhomNumber=sip%3ADesk1%40exotel.in&DialCallStatus=No-Answer&DialCallDuration=31\
         &Legs%5B1%5D%5BNumber%5D=09812345678&Legs%5B1%5D%5BCause%5D=BUSY&legs[0][number]=sip:desk1\
         &Legs[0][Cause]=NO_ANSWER&Legs[0][CauseCode]=19&Legs[0][OnCallDuration]=0&Legs[0][Type]=single\
         &Legs[0][DisconnectedBy]=Callee&Legs[0][Insights][Cause]=x&Legs[x][Number]=1&Legs=1&Legs[0]=2",
    );
    let whom = request.dial.whom.unwrap();
    assert_eq!(whom.number.unwrap().to_string(), "sip:desk1");
    assert_eq!(request.dial.status, Some(DialStatus::NoAnswer));
    assert_eq!(request.dial.duration, Some(31));
    let [first, second] = request.legs.as_slice() else {
        panic!("two legs expected")
    };
    assert_eq!(
        first
            .number
            .as_ref()
            .unwrap()
            .number
            .as_ref()
            .unwrap()
            .to_string(),
        "sip:desk1"
    );
    assert_eq!(first.cause.as_deref(), Some("NO_ANSWER"));
    assert_eq!(first.cause_code.as_deref(), Some("19"));
    assert_eq!(first.on_call_duration, Some(0));
    assert_eq!(first.kind.as_deref(), Some("single"));
    assert_eq!(first.disconnected_by.as_deref(), Some("Callee"));
    assert_eq!(
        second.number.as_ref().unwrap().phone(),
        number("+919812345678")
    );
    assert_eq!(second.cause.as_deref(), Some("BUSY"));
}

#[test]
fn unknown_words_and_names_are_kept_or_passed_over() {
    let request =
        read("DialCallStatus=Vanished&Direction=sideways&key=secret&Weird=1&CallType=odd");
    assert_eq!(
        request.dial.status,
        Some(DialStatus::Other("Vanished".to_owned()))
    );
    assert_eq!(request.direction.as_deref(), Some("sideways"));
    assert_eq!(request.call_type.as_deref(), Some("odd"));
    assert!(!format!("{request:?}").contains("secret"));
}

#[test]
fn more_legs_than_anyone_could_dial_are_left_out() {
    let query: Vec<String> = (0..900)
        .map(|index| format!("Legs[{index}][Cause]=BUSY"))
        .collect();
    assert_eq!(read(&query.join("&")).legs.len(), MAX_LEGS);
}

#[test]
fn a_json_body_reads_as_the_query_does() {
    let mut parameters = Parameters::default();
    let body = br#"{"CallSid":"a1","From":"+919812345678","DialCallDuration":31,"digits":"\"5\"",
        "Legs":[{"Number":"sip:desk1","Cause":"BUSY"}]}"#;
    parameters.add_json(body).unwrap();
    let query = read(
        "CallSid=a1&From=%2B919812345678&DialCallDuration=31&digits=%225%22\
         &Legs[0][Number]=sip:desk1&Legs[0][Cause]=BUSY",
    );
    assert_eq!(ConnectRequest::read(&parameters, Country::INDIA), query);
}

#[test]
fn a_party_in_a_log_is_masked() {
    let request = read("From=09812345210&To=98-secret-12%0A34567890123456789012345678901234567890");
    assert_eq!(request.caller.to_string(), "+9198xxxxx210");
    assert_eq!(request.dialed.to_string(), "xx-secret-xxxxxxxxxxxxxx");
    assert!(!format!("{request:?}").contains("9812345210"));
}

#[test]
fn a_party_in_a_log_is_one_word_that_is_seen_as_it_stands() {
    let shown = |raw: &str| Party::read(raw, Country::INDIA).to_string();
    assert_eq!(shown("x outcome=\"offered\""), "x_outcome??offered?");
    assert_eq!(shown("\u{202e}desk\u{200b}.one\u{2028}x"), "?desk?.one_x");
    assert_eq!(shown("आशा"), "आशा");
}

#[test]
fn a_duplicate_has_the_same_progress_whatever_else_changed() {
    let first = read("CallSid=a&DialWhomNumber=09812345678&DialCallStatus=busy&DialCallDuration=0");
    let again = read(
        "CallSid=a&CurrentTime=2022-11-10%2012:18:44&Extra=1&DialWhomNumber=%2B919812345678&DialCallStatus=Busy",
    );
    assert_eq!(first.progress(), again.progress());
    assert_eq!(first.progress().len(), 16);
}

#[test]
fn the_progress_of_a_fetch_does_not_change_between_versions() {
    // It is stored with the call and compared by other instances, which may run another version.
    let request = read("DialWhomNumber=09812345678&DialCallStatus=no-answer&DialCallDuration=31");
    assert_eq!(request.progress(), "2bd4bf719e9ca201");
}

#[rstest]
#[case("DialWhomNumber=09812345679&DialCallStatus=busy&DialCallDuration=9&Legs[0][Cause]=A")]
#[case("DialWhomNumber=09812345678&DialCallStatus=failed&DialCallDuration=9&Legs[0][Cause]=A")]
#[case("DialWhomNumber=09812345678&DialCallStatus=busy&DialCallDuration=8&Legs[0][Cause]=A")]
#[case("DialWhomNumber=09812345678&DialCallStatus=busy&DialCallDuration=9&Legs[0][Cause]=B")]
#[case("DialWhomNumber=09812345678&DialCallStatus=busy&DialCallDuration=9&Legs[0][Number]=A")]
#[case(
    "DialWhomNumber=09812345678&DialCallStatus=busy&DialCallDuration=9&Legs[0][Cause]=A&Legs[1][Cause]=A"
)]
#[case("DialWhomNumber=09812345678&DialCallStatus=busy&DialCallDuration=9")]
#[case("")]
fn whatever_an_attempt_leaves_behind_makes_it_a_new_one(#[case] other: &str) {
    let attempt =
        read("DialWhomNumber=09812345678&DialCallStatus=busy&DialCallDuration=9&Legs[0][Cause]=A");
    assert_ne!(attempt.progress(), read(other).progress());
}

proptest! {
    #[test]
    fn any_bytes_are_a_request(query in "\\PC{0,200}", body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut parameters = Parameters::from_query(&query).unwrap_or_default();
        let _form = parameters.add_form(&body);
        let request = ConnectRequest::read(&parameters, Country::INDIA);
        let _text = format!("{request:?} {}", request.progress());
    }

    #[test]
    fn any_value_under_a_known_name_is_a_request(value in "\\PC{0,40}") {
        let mut parameters = Parameters::default();
        for name in ["CallSid", "From", "To", "digits", "Created", "EndTime", "DialWhomNumber", "DialCallStatus",
            "DialCallDuration", "Legs[0][Number]", "Legs[1][OnCallDuration]"] {
            parameters.push(name.to_owned(), value.clone()).unwrap();
        }
        let request = ConnectRequest::read(&parameters, Country::INDIA);
        let _text = format!("{request:?} {}", request.progress());
    }
}

#[test]
fn what_is_kept_with_a_call_is_short_and_without_control_characters() {
    let request = read(&format!(
        "digits=%22{}%22&CustomField=a%00b%0A{}",
        "1%00".repeat(500),
        "é".repeat(500)
    ));
    assert_eq!(request.digits, Some("1".repeat(64)));
    let custom_field = format!("ab{}", "é".repeat(126));
    assert_eq!(request.custom_field, Some(custom_field));
    assert_eq!(
        read("CustomField=%00&digits=%22%01%22"),
        ConnectRequest::default()
    );
}
