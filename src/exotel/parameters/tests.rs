use proptest::prelude::*;

use super::*;

fn query(text: &str) -> Parameters {
    Parameters::from_query(text).unwrap()
}

#[test]
fn names_are_found_in_any_spelling_of_case() {
    let parameters = query("callsid=a1&FROM=%2B919812345678");
    assert_eq!(parameters.get("CallSid"), Some("a1"));
    assert_eq!(parameters.get("from"), Some("+919812345678"));
    assert_eq!(parameters.get("To"), None);
}

#[test]
fn blank_and_the_literal_null_are_absent() {
    let parameters = query("a=&b=null&c=%20&d=NULL&e&f=0");
    for name in ["a", "b", "c", "d", "e"] {
        assert_eq!(parameters.get(name), None, "{name}");
    }
    assert_eq!(parameters.get("f"), Some("0"));
    assert_eq!(parameters.len(), 6);
}

#[test]
fn of_two_spellings_the_first_that_says_something_wins() {
    let parameters = query("CallSid=&callsid=null&CALLSID=first&CallSid=second");
    assert_eq!(parameters.get("CallSid"), Some("first"));
}

#[test]
fn the_query_goes_before_the_body() {
    let mut parameters = query("From=08516043026&digits=");
    parameters
        .add_form(b"From=09999999999&digits=%225%22")
        .unwrap();
    assert_eq!(parameters.get("From"), Some("08516043026"));
    assert_eq!(parameters.get("digits"), Some("\"5\""));
}

#[test]
fn a_plus_in_a_query_is_a_blank() {
    assert_eq!(
        query("From=+919812345678").get("From"),
        Some(" 919812345678")
    );
}

#[test]
fn bytes_that_are_not_utf8_do_no_harm() {
    assert_eq!(query("From=%FF%FE1&To=2").get("To"), Some("2"));
    let mut parameters = Parameters::default();
    parameters.add_form(b"a=\xff&To=2").unwrap();
    assert_eq!(parameters.get("To"), Some("2"));
}

#[test]
fn json_members_are_flattened_to_bracketed_names() {
    let mut parameters = Parameters::default();
    let body = br#"{"CallSid":"a1","DialCallDuration":7,"x":true,"n":null,
        "Legs":[{"Number":"09812345678","Cause":"NO_ANSWER","Insights":{"Code":19}}]}"#;
    parameters.add_json(body).unwrap();
    let pairs: Vec<_> = parameters.present().collect();
    assert!(pairs.contains(&("DialCallDuration", "7")));
    assert!(pairs.contains(&("x", "true")));
    assert!(pairs.contains(&("Legs[0][Number]", "09812345678")));
    assert!(pairs.contains(&("Legs[0][Insights][Code]", "19")));
    assert_eq!(parameters.get("n"), None);
}

#[test]
fn ten_thousand_parameters_are_refused_and_nothing_is_added() {
    let flood = "a=1&".repeat(10_000);
    assert!(matches!(
        Parameters::from_query(&flood[..20_000]),
        Err(UnreadableParameters::TooMany)
    ));
    let mut parameters = query("CallSid=a1");
    assert!(matches!(
        parameters.add_form(flood.as_bytes()),
        Err(UnreadableParameters::TooMany)
    ));
    let list = format!("{{\"n\":[{}1]}}", "1,".repeat(10_000));
    assert!(matches!(
        parameters.add_json(list.as_bytes()),
        Err(UnreadableParameters::TooMany)
    ));
    assert_eq!(parameters.len(), 1);
}

#[test]
fn the_limit_itself_is_still_accepted() {
    let full = vec!["a=1"; MAX_PARAMETERS].join("&");
    assert_eq!(query(&full).len(), MAX_PARAMETERS);
    assert!(Parameters::from_query(&format!("{full}&b=2")).is_err());
}

#[test]
fn what_is_too_long_or_no_object_says_so() {
    let long = "a".repeat(MAX_QUERY_BYTES + 1);
    assert!(matches!(
        Parameters::from_query(&long),
        Err(UnreadableParameters::QueryTooLong)
    ));
    let mut parameters = Parameters::default();
    let body = vec![b'a'; MAX_BODY_BYTES + 1];
    assert!(matches!(
        parameters.add_form(&body),
        Err(UnreadableParameters::BodyTooLong)
    ));
    assert!(matches!(
        parameters.add_json(&body),
        Err(UnreadableParameters::BodyTooLong)
    ));
    assert!(matches!(
        parameters.add_json(b"[1]"),
        Err(UnreadableParameters::NotAnObject)
    ));
    assert!(matches!(
        parameters.add_json(b"{"),
        Err(UnreadableParameters::Json(_))
    ));
    let deep = [vec![b'['; 50_000], vec![b']'; 50_000]].concat();
    assert!(matches!(
        parameters.add_json(&deep),
        Err(UnreadableParameters::Json(_))
    ));
}

#[test]
fn endless_names_are_skipped() {
    let name = "n".repeat(MAX_NAME_BYTES + 1);
    let parameters = query(&format!("{name}=1&CallSid=a1"));
    assert_eq!(
        parameters.present().collect::<Vec<_>>(),
        [("CallSid", "a1")]
    );
}

#[test]
fn debug_output_shows_no_value() {
    assert_eq!(
        format!("{:?}", query("key=secret&From=1")),
        "Parameters(2 pairs)"
    );
}

proptest! {
    #[test]
    fn reading_never_panics(text in "\\PC*", body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut parameters = Parameters::from_query(&text).unwrap_or_default();
        let _form = parameters.add_form(&body);
        let _json = parameters.add_json(&body);
        prop_assert!(parameters.len() <= MAX_PARAMETERS);
    }
}
