//! The table of keys. Nothing else makes one.
//!
//! | key | type | what |
//! |---|---|---|
//! | `rm:{account}:records` | hash | agent → record (`MessagePack`, see `prelude.lua`) |
//! | `rm:{account}:cards` | hash | agent → card: what the profile means for decisions (`MessagePack`, see `prelude.lua`) |
//! | `rm:{account}:profiles` | hash | agent → profile (JSON) |
//! | `rm:{account}:registry` | hash | queue id → membership (JSON) |
//! | `rm:{account}:built` | hash | queue id → 1 once its index is complete |
//! | `rm:{account}:days` | hash | queue id → the day its line was made for |
//! | `rm:{account}:q:<queue id>` | sorted set | agent → score: from when on it is ready |
//! | `rm:{account}:line:<queue id>` | sorted set | agent → place, in queues with an order of their own |
//! | `rm:{account}:call:<sid>` | string | a call's record (`MessagePack`, see `offer.lua`); expires |
//!
//! The braces are the hash tag of Redis Cluster: everything of an account lives in one slot, so that a script touches
//! one node, and accounts spread over nodes.

use crate::telephony::{AccountName, CallSid};

/// The keys of one account.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) records: String,
    pub(super) cards: String,
    pub(super) profiles: String,
    pub(super) registry: String,
    pub(super) built: String,
    pub(super) days: String,
    pub(super) queue_prefix: String,
    pub(super) line_prefix: String,
    call_prefix: String,
}

impl Keys {
    pub(super) fn of(account: &AccountName) -> Self {
        // Once for each decision, so joined and not formatted.
        let key = |rest: &str| ["rm:{", account.as_str(), "}:", rest].concat();
        Self {
            records: key("records"),
            cards: key("cards"),
            profiles: key("profiles"),
            registry: key("registry"),
            built: key("built"),
            days: key("days"),
            queue_prefix: key("q:"),
            line_prefix: key("line:"),
            call_prefix: key("call:"),
        }
    }

    pub(super) fn call(&self, call: &CallSid) -> String {
        [self.call_prefix.as_str(), call.as_str()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_an_account_has_the_same_hash_tag() {
        let keys = Keys::of(&AccountName::parse("acme-2").unwrap());
        let call = keys.call(&CallSid::parse("a}b{c").unwrap());
        let all = [
            &keys.records,
            &keys.cards,
            &keys.profiles,
            &keys.registry,
            &keys.built,
            &keys.days,
            &keys.queue_prefix,
            &keys.line_prefix,
            &call,
        ];
        for key in all {
            let tag = key
                .split_once('{')
                .and_then(|(_, rest)| rest.split_once('}'))
                .map(|(tag, _)| tag);
            assert_eq!(tag, Some("acme-2"), "{key}");
        }
    }
}
