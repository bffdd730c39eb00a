//! What holds for every body.

use proptest::prelude::*;

use super::*;

/// JSON that looks like Exotel's, with anything in any place.
fn body() -> impl Strategy<Value = serde_json::Value> {
    let name = prop::sample::select(vec![
        "response",
        "call_details",
        "leg_details",
        "Calls",
        "Call",
        "Metadata",
        "NextPageUri",
        "http_code",
        "code",
        "status",
        "error_data",
        "message",
        "sid",
        "call_sid",
        "from",
        "to",
        "start_time",
        "total_duration",
        "recordings",
        "url",
        "event_details",
        "event_type",
        "state",
        "RestException",
        "Status",
        "digits",
        "x",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        prop::sample::select(vec![
            "success",
            "failure",
            "",
            "null",
            "200",
            "terminal",
            "0000-00-00 00:00:00"
        ])
        .prop_map(Into::into),
        "\\PC{0,20}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            4 => prop::collection::btree_map(name.clone().prop_map(ToOwned::to_owned), inner, 0..8)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn read_all(status: u16, body: &[u8]) {
    let outcomes = [
        read_call(status, body).map(|details| format!("{details:?}{}", details.is_over())),
        read_legs(status, body).map(|legs| format!("{legs:?}")),
        read_calls(status, body).map(|page| format!("{page:?}")),
    ];
    for rejected in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(!format!("{rejected}{rejected:?}").is_empty());
    }
    assert!(!format!("{:?}", StatusCallback::read(body)).is_empty());
}

proptest! {
    #[test]
    fn no_json_makes_anything_panic(status in 100_u16..600, body in body()) {
        read_all(status, body.to_string().as_bytes());
    }

    #[test]
    fn no_bytes_make_anything_panic(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..200)) {
        read_all(status, &body);
    }

    #[test]
    fn half_a_body_is_no_success(cut in 0..SUCCESS.len().saturating_sub(2)) {
        prop_assert!(read_call(200, &SUCCESS[..cut]).is_err());
    }
}
