//! Every problem of the API by its code, for the document: which status it has, and what it means.

/// A problem.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// Its code.
    pub(crate) code: &'static str,
    /// A status that it comes with. A code with several of them stands here once for each.
    pub(crate) status: u16,
    /// What it means, as a sentence without its end.
    pub(crate) meaning: &'static str,
}

const fn known(code: &'static str, status: u16, meaning: &'static str) -> Known {
    Known {
        code,
        status,
        meaning,
    }
}

/// All of them.
pub(crate) const ALL: [Known; 44] = [
    known("no-token", 401, "no bearer token was sent"),
    known("unknown-token", 401, "nobody has this token"),
    known(
        "wrong-account",
        403,
        "the token is another account's, or there is no such account",
    ),
    known("session-over", 401, "the console's session has ended"),
    known(
        "cross-site",
        403,
        "a session of the console was used from elsewhere than its page",
    ),
    known("no-randomness", 500, "the system gives no random numbers"),
    known(
        "role-too-low",
        403,
        "the token's role does not reach this far",
    ),
    known(
        "source-not-allowed",
        403,
        "the account may not be used from this network",
    ),
    known(
        "too-many-attempts",
        429,
        "this address had no right token too often",
    ),
    known(
        "too-many-requests",
        429,
        "the token, or the account, asks more often than it may",
    ),
    known(
        "not-yours",
        403,
        "only the role `admin` may end this state of the agent",
    ),
    known(
        "override-needs-admin",
        403,
        "only the role `admin` sets a status in somebody's name",
    ),
    known("no-such-path", 404, "nothing is served under this path"),
    known(
        "method-not-allowed",
        405,
        "the path does not take this method; `Allow` says which",
    ),
    known("unknown-agent", 404, "there is no agent with this id"),
    known("unknown-queue", 404, "the rules name no such queue"),
    known(
        "unknown-call",
        404,
        "there is no such call, or it was too long ago",
    ),
    known(
        "call-not-kept",
        404,
        "nothing is written down of this call, or not any more",
    ),
    known("body-too-large", 413, "the body is longer than is read"),
    known("body-too-slow", 408, "the body did not come in time"),
    known("body-unreadable", 400, "the body broke off"),
    known("not-json", 400, "the body is no JSON"),
    known(
        "invalid",
        400,
        "something cannot be meant; `errors` names each place",
    ),
    known(
        "rules-refused",
        422,
        "the rules file cannot be used; `findings` says why",
    ),
    known("rules-built-in", 409, "the rules come from no file"),
    known("rules-not-read", 503, "the rules were not read in time"),
    known("history-off", 409, "nothing is kept of what was decided"),
    known("too-many-viewers", 429, "as many watch already as may"),
    known(
        "not-ready",
        409,
        "the agent, or everybody of the queue, is not ready",
    ),
    known(
        "do-not-call",
        403,
        "the rules say that this number is not to be called",
    ),
    known("out-of-hours", 403, "the rules allow no calls at this time"),
    known(
        "calls-not-configured",
        409,
        "the account has no credentials at Exotel",
    ),
    known(
        "in-progress",
        409,
        "a request with this `Idempotency-Key` is being worked on",
    ),
    known(
        "outcome-unknown",
        409,
        "nobody knows what came of the request with this `Idempotency-Key`",
    ),
    known(
        "key-reused",
        422,
        "the `Idempotency-Key` belongs to another request",
    ),
    known(
        "call-refused",
        422,
        "Exotel made no call because of what was asked; `exotel` says why",
    ),
    known(
        "call-refused",
        429,
        "Exotel made no call because there were too many",
    ),
    known(
        "call-refused",
        502,
        "Exotel made no call for another reason; `exotel` says which",
    ),
    known(
        "call-uncertain",
        504,
        "nobody knows whether Exotel made the call",
    ),
    known(
        "unindexed",
        503,
        "the store does not know the queue yet: ask again in a moment",
    ),
    known("stopping", 503, "this instance is stopping"),
    known(
        "store-unavailable",
        503,
        "the store does not answer: try again",
    ),
    known("store-refused", 500, "the store refused the command"),
    known("store-corrupt", 500, "the store holds something unreadable"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::outbound::NotStarted;
    use crate::outbound::failure::NotReady;
    use crate::presence::StoreError;
    use crate::reload::NotReloaded;
    use crate::rules::MayNotCall;
    use crate::server::problem::ApiError;

    /// The words that a function `code` gives, as its source has them.
    fn codes_of(source: &str) -> BTreeSet<&str> {
        let (_, behind) = source.split_once("fn code(&self)").unwrap();
        let body = behind.split("\n    }\n").next().unwrap();
        body.split("=> \"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect()
    }

    #[test]
    fn every_code_is_in_the_catalogue_and_no_other() {
        let mut given = codes_of(include_str!("../problem.rs"));
        given.extend(codes_of(include_str!("../../outbound/failure.rs")));
        // These two are said as fields that are not valid, the store's failures by their own codes.
        for never in ["no-virtual-number", "too-long", "store"] {
            assert!(given.remove(never), "{never}");
        }
        let listed: BTreeSet<_> = ALL.iter().map(|known| known.code).collect();
        assert_eq!(listed, given);
    }

    #[test]
    fn each_has_the_status_that_the_catalogue_says() {
        let wait = Duration::ZERO;
        let examples = [
            ApiError::NoToken,
            ApiError::UnknownToken,
            ApiError::WrongAccount,
            ApiError::SessionOver,
            ApiError::CrossSite,
            ApiError::NoRandomness(getrandom::Error::UNSUPPORTED),
            ApiError::RoleTooLow { needed: "admin" },
            ApiError::SourceNotAllowed,
            ApiError::TooManyAttempts { wait },
            ApiError::TooManyRequests { wait },
            ApiError::NotYours(crate::presence::AgentState::Reserved),
            ApiError::OverrideNeedsAdmin,
            ApiError::NoSuchPath,
            ApiError::MethodNotAllowed { allowed: "GET" },
            ApiError::UnknownAgent,
            ApiError::UnknownQueue,
            ApiError::UnknownCall,
            ApiError::BodyTooLarge { limit_bytes: 1 },
            ApiError::BodyTooSlow { limit_seconds: 1 },
            ApiError::BodyUnreadable,
            ApiError::NotJson(serde_json::from_str::<u8>("x").unwrap_err()),
            ApiError::Invalid(Vec::new()),
            ApiError::RulesBuiltIn(NotReloaded::BuiltIn),
            ApiError::RulesNotRead(NotReloaded::TooSlow),
            ApiError::CallNotKept { kept: wait },
            ApiError::HistoryOff,
            ApiError::TooManyViewers { most: 1 },
            ApiError::NotStarted(NotStarted::NotReady(NotReady::Queue("sales".to_owned()))),
            ApiError::NotStarted(NotStarted::Forbidden(MayNotCall::DoNotCall)),
            ApiError::NotStarted(NotStarted::Forbidden(MayNotCall::OutOfHours)),
            ApiError::NotStarted(NotStarted::NotConfigured),
            ApiError::NotStarted(NotStarted::InProgress),
            ApiError::NotStarted(NotStarted::OutcomeUnknown),
            ApiError::NotStarted(NotStarted::KeyReused),
            ApiError::NotStarted(NotStarted::Unindexed),
            ApiError::Stopping,
            ApiError::Store(StoreError::Timeout(wait)),
            ApiError::StoreRefused(StoreError::Refused(std::io::Error::other("x").into())),
            ApiError::StoreCorrupt(StoreError::Corrupt(String::new())),
        ];
        let shown: BTreeSet<_> = examples
            .iter()
            .map(|error| (error.code(), error.status().as_u16()))
            .collect();
        // What Exotel says decides on these; see the tests of calls.
        let of_exotel = ["call-refused", "call-uncertain", "rules-refused"];
        let listed = ALL.iter().filter(|known| !of_exotel.contains(&known.code));
        let listed: BTreeSet<_> = listed.map(|known| (known.code, known.status)).collect();
        assert_eq!(listed, shown);
    }
}
