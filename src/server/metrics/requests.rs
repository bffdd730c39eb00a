//! HTTP requests: by what they are for, and which are refused at the door.

use std::fmt;

use actix_web::http::StatusCode;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::NoLabels;
use super::count::Count;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Route {
    /// Whom shall this call ring?
    Connect,
    /// What is reported of it.
    Events,
    /// What is reported of calls that we start.
    Calls,
    /// Everything under `/v1`.
    Api,
    /// `/`, and everything under `/console`.
    Console,
    /// `/livez` and `/readyz`.
    Health,
    /// `/metrics`.
    Metrics,
    /// `/openapi.json` and `/docs`.
    Docs,
    /// Whatever nothing is served under.
    Other,
}

/// Why a request is refused at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Refused {
    /// The key or the token is none of the account's.
    Key,
    /// It comes from a network that the account does not allow.
    Source,
    /// Its source asks too often.
    RateSource,
    /// Its account, or its token, is asked for too often.
    RateAccount,
    /// Its token's role does not reach so far.
    Role,
    /// It is longer than is read, or has too many parameters.
    TooLong,
}

const ROUTES: [(Route, &str); 9] = [
    (Route::Connect, "connect"),
    (Route::Events, "events"),
    (Route::Calls, "calls"),
    (Route::Api, "api"),
    (Route::Console, "console"),
    (Route::Health, "health"),
    (Route::Metrics, "metrics"),
    (Route::Docs, "docs"),
    (Route::Other, "other"),
];

const REFUSED: [(Refused, &str); 6] = [
    (Refused::Key, "key"),
    (Refused::Source, "source"),
    (Refused::RateSource, "rate_source"),
    (Refused::RateAccount, "rate_account"),
    (Refused::Role, "role"),
    (Refused::TooLong, "too_long"),
];

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// All requests.
#[derive(Debug, Default)]
pub(in crate::server) struct RequestCounts {
    by_route: [[Count; CLASSES.len()]; ROUTES.len()],
    refused: [Count; REFUSED.len()],
}

impl RequestCounts {
    /// A request was answered with this status.
    pub(in crate::server) fn answered(&self, route: Route, status: StatusCode) {
        let place = ROUTES.iter().position(|(one, _)| *one == route);
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        let of_route = place.and_then(|place| self.by_route.get(place));
        if let Some(counted) = of_route.and_then(|classes| classes.get(class)) {
            counted.add_one();
        }
    }

    /// A request was refused at the door.
    pub(in crate::server) fn refused(&self, why: Refused) {
        let place = REFUSED.iter().position(|(one, _)| *one == why);
        if let Some(counted) = place.and_then(|place| self.refused.get(place)) {
            counted.add_one();
        }
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut requests = encoder.encode_descriptor(
            "http_requests",
            "Requests, by what they are for and the class of the status",
            None,
            MetricType::Counter,
        )?;
        for ((_, route), classes) in ROUTES.iter().zip(&self.by_route) {
            let seen = CLASSES.iter().zip(classes).skip(1);
            for (status, count) in seen {
                requests
                    .encode_family(&[("route", *route), ("status", *status)])?
                    .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
            }
        }
        let mut refused = encoder.encode_descriptor(
            "http_refused",
            "Requests refused at the door; key: the key or the token is none of the account's",
            None,
            MetricType::Counter,
        )?;
        for ((_, reason), count) in REFUSED.iter().zip(&self.refused) {
            refused
                .encode_family(&[("reason", *reason)])?
                .encode_counter::<NoLabels, _, u64>(&count.get(), None)?;
        }
        Ok(())
    }
}
