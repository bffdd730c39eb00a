//! What is made of the parts of an answer.

use super::*;

#[test]
fn unknown_words_and_fields_are_kept_and_odd_dates_are_absent() {
    let body = json!({ "response": { "status": "success", "call_details": {
        "sid": "s", "state": "Terminal", "status": "to_leg_busy", "new_field": [1], "total_duration": "17",
        "total_talk_time": 8, "start_time": "1970-01-01T05:30:00+05:30", "end_time": "0001-01-01T00:00:00Z",
        "custom_field": "null", "digits": "\"5\"", "recordings": [{"url": "https://r.example.com/1"}, {"url": 7}, null],
    }}});
    let details = read_call(200, body.to_string().as_bytes()).unwrap();
    assert_eq!(details.state, Some(CallState::Terminal));
    assert_eq!(
        details.status,
        Some(CallStatus::Other("to_leg_busy".to_owned()))
    );
    assert_eq!((details.started, details.ended), (None, None));
    assert_eq!(details.total_duration, Some(Duration::from_secs(17)));
    assert_eq!(details.talk_time, Some(Duration::from_secs(8)));
    assert_eq!(
        (details.custom_field, details.digits.as_deref()),
        (None, Some("5"))
    );
    assert_eq!(details.recordings.len(), 1);
    let names: Vec<_> = details.other.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["end_time", "new_field", "start_time"]);
}

#[test]
fn every_status_of_the_contract_is_known() {
    for word in [
        "completed",
        "from_leg_unanswered",
        "to_leg_unanswered",
        "from_leg_cancelled",
        "to_leg_no_dial",
        "from_leg_no_dial",
    ] {
        let status = CallStatus::read(word);
        assert!(!matches!(status, CallStatus::Other(_)), "{word}");
        assert_eq!(status.as_str(), word);
    }
}

#[test]
fn legs_are_read_with_and_without_the_envelope() {
    let legs = json!({ "call_sid": "s", "account_sid": "acme", "to": null, "from": [{
        "sid": "leg-1", "name": "Asha", "contact_uri": "+919812345678", "status": "completed",
        "created_time": "2022-11-23T11:44:39+05:30", "cause": 16,
    }]});
    let enveloped =
        json!({ "http_code": 200, "response": { "status": "success", "leg_details": legs } });
    let bare = json!({ "leg_details": legs });
    let read = |body: serde_json::Value| read_legs(200, body.to_string().as_bytes()).unwrap();
    let legs = read(enveloped);
    assert_eq!(legs, read(bare));
    assert_eq!(legs.call.as_ref().unwrap().as_str(), "s");
    assert_eq!((legs.from.len(), legs.to.len()), (1, 0));
    let leg = &legs.from[0];
    assert_eq!(leg.contact_uri.as_ref().unwrap().as_str(), "+919812345678");
    assert_eq!(leg.created.unwrap().to_string(), "2022-11-23T06:14:39Z");
    assert_eq!(leg.other.get("cause"), Some(&json!(16)));
}

#[test]
fn a_page_of_the_list_says_how_to_ask_for_the_next() {
    let body = json!({
        "Metadata": { "Total": 3, "PageSize": 2, "NextPageUri": "//evil.example.com/x?PageSize=2&After=abc#f" },
        "Calls": [
            { "Sid": "1", "From": "09812345678", "DateCreated": "2017-03-03 10:48:33", "Duration": "17", "EndTime": "0000-00-00 00:00:00" },
            { "Call": { "Sid": "2", "Status": "busy" } },
            "no call",
        ],
    });
    let page = read_calls(200, body.to_string().as_bytes()).unwrap();
    assert_eq!(page.total, Some(3));
    assert_eq!(page.next.unwrap().query(), "PageSize=2&After=abc");
    let sids: Vec<_> = page
        .calls
        .iter()
        .flat_map(|call| &call.call)
        .map(CallSid::as_str)
        .collect();
    assert_eq!(sids, ["1", "2"]);
    assert_eq!(
        page.calls[0].created.unwrap().to_string(),
        "2017-03-03T05:18:33Z"
    );
    assert_eq!(page.calls[0].ended, None);
    assert!(read_calls(200, b"{}").is_err());
}

#[test]
fn a_filter_is_written_in_exotels_names_and_in_indian_time() {
    let filter = CallFilter {
        calls: vec![CallSid::parse("a").unwrap(), CallSid::parse("b").unwrap()],
        created_from: Some(Timestamp::from_millis(1_668_062_916_000)),
        created_until: Some(Timestamp::from_millis(1_668_062_917_000)),
        to: Some(number("+919812345678")),
        ..CallFilter::default()
    };
    let query: Vec<_> = filter.to_query();
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        query,
        [
            ("Sid", "a,b"),
            (
                "DateCreated",
                "gte:2022-11-10 12:18:36;lte:2022-11-10 12:18:37"
            ),
            ("To", "+919812345678"),
            ("PageSize", "100"),
        ]
    );
}

#[rstest]
#[case(json!({"event_details": {"event_type": "terminal"}, "call_details": {"sid": "s", "status": "completed"}}), Some(Happened::Over))]
#[case(json!({"event_details": {"event_type": "Answered"}, "call_details": {"call_sid": "s", "state": "active"}}), Some(Happened::Answered))]
#[case(json!({"event_details": {"event_type": "held"}, "call_details": {"call_sid": "s"}}), None)]
#[case(json!({"event_details": {"event_type": "held"}, "call_details": {"call_sid": "s", "status": "ringing"}}), None)]
#[case(json!({"event_details": {"event_type": "held"}, "call_details": {"call_sid": "s", "state": "active", "status": "completed"}}), None)]
#[case(json!({"event_details": {"event_type": "completed"}, "call_details": {"sid": "s", "state": "terminal"}}), Some(Happened::Over))]
#[case(json!({"event_details": {"event_type": "ended"}, "call_details": {"sid": "s", "status": "completed"}}), Some(Happened::Over))]
#[case(json!({"event_details": {"event_type": "ended"}, "call_details": {"sid": "s", "end_time": "2026-11-23T11:00:01+05:30"}}), Some(Happened::Over))]
#[case(json!({"sid": "s", "state": "terminal"}), Some(Happened::Over))]
#[case(json!({"call_sid": "s"}), None)]
fn a_status_callback_is_read_in_both_versions(
    #[case] body: serde_json::Value,
    #[case] happened: Option<Happened>,
) {
    let callback = StatusCallback::read(body.to_string().as_bytes()).unwrap();
    assert_eq!(callback.happened(), happened);
    assert_eq!(callback.details.call.unwrap().as_str(), "s");
}
