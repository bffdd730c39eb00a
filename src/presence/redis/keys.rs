//! The table of keys. Nothing else makes one.
//!
//! | key | type | what |
//! |---|---|---|
//! | `rm:{account}:3:records` | hash | agent → record: what changes with every call (packed, see `layout.lua`) |
//! | `rm:{account}:presence` | hash | agent → what the person chose (packed) |
//! | `rm:{account}:3:cards` | hash | agent → card: what the profile means for decisions (packed) |
//! | `rm:{account}:profiles` | hash | agent → profile (JSON) |
//! | `rm:{account}:owners` | hash | destination → the agent who has it |
//! | `rm:{account}:3:registry` | hash | queue id → membership (JSON) |
//! | `rm:{account}:3:built` | hash | queue id → 1 once its index is complete |
//! | `rm:{account}:3:asked` | sorted set | queue id → when it was made known last (ms); for two days from then it is registered |
//! | `rm:{account}:3:dropped` | set | queue ids that are no longer registered, until no card has them |
//! | `rm:{account}:3:departed` | sorted set | agent removed during a call → until when it held them (ms), then the record goes |
//! | `rm:{account}:3:past:<agent>` | stream | when the agent was changed (ms), and what it was until then (see `past.lua`); expires |
//! | `rm:{account}:3:removed` | sorted set | agent removed lately → until when it is kept what it was (ms); expires |
//! | `rm:{account}:3:days` | hash | queue id → the day its line was made for |
//! | `rm:{account}:3:levels` | hash | queue id → where newcomers begin on that day, in queues that count the day |
//! | `rm:{account}:3:ahead:<queue id>` | hash | agent → what is added on that day to what is counted |
//! | `rm:{account}:3:learned` | hash | `answers` → when Exotel last reported who answered; `interval` → after how long a waiting call asked again last |
//! | `rm:{account}:3:cap:<queue>` | sorted set | call → until when it holds somebody of the queue, in queues with `max_calls`; expires |
//! | `rm:{account}:3:waiting:<queue>` | sorted set | waiting call → when it asked first; expires |
//! | `rm:{account}:3:asks:<queue>` | hash | waiting call → when it asked last and how long after the fetch before; expires |
//! | `rm:{account}:3:gone:<queue>` | sorted set | waiting call → from when on it is forgotten; expires |
//! | `rm:{account}:3:q:<queue id>` | sorted set | agent → score: from when on it is ready |
//! | `rm:{account}:3:line:<queue id>` | sorted set | agent → place, in queues with an order of their own |
//! | `rm:{account}:sticky:<number>` | string | who answered this customer last: when that call began (text, see `machine.lua`); expires |
//! | `rm:{account}:3:call:<sid>` | string | a call's record (text, see `offer.lua`); expires |
//! | `rm:{account}:note:<name>` | string | what all instances share for a while (text); expires |
//! | `rm:{account}:log` | stream | what was decided: `e` the entry (JSON), `n` the customer's number where it stands in it; expires |
//! | `rm:{account}:log:delay` | string | how long after it happened something was written at most, ms, where that was long; expires |
//! | `rm:{account}:log:call:<sid>` | list | of a call: `d` and a place in the log, or `e` and an entry of its own; expires |
//! | `rm:{account}:taken:<name>` | list | when something counted was done (ms), oldest first; expires |
//! | `rm:probe`, in a cluster also `rm:{<n>}:probe` | string | written to see whether anything can be; expires |
//!
//! The braces are the hash tag of Redis Cluster: everything of an account lives in one slot, so that a script touches
//! one node, and accounts spread over nodes.
//!
//! Behind it stands the layout of what the scripts pack ([`LAYOUT`]): a version with another one does not see what this one
//! left. It finds the agents and what they chose, which have no such number, and makes the rest anew from them.

use crate::telephony::{AccountName, CallSid, PhoneNumber};

/// What a probe writes; no account's, for it asks about the server.
pub(super) const PROBE: &str = "rm:probe";

/// More of them in a cluster: one to each of its servers, if it has few; their slots lie far apart.
pub(super) const PROBES: [&str; 8] = [
    "rm:{0}:probe",
    "rm:{1}:probe",
    "rm:{2}:probe",
    "rm:{3}:probe",
    "rm:{4}:probe",
    "rm:{5}:probe",
    "rm:{6}:probe",
    "rm:{7}:probe",
];

/// Raised whenever the layout of records, cards or calls changes (`layout.lua`).
const LAYOUT: &str = "3";

/// The keys of one account.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    base: String,
    /// What a new layout keeps.
    lasting: String,
}

impl Keys {
    pub(super) fn of(account: &AccountName) -> Self {
        Self {
            base: ["rm:{", account.as_str(), "}:", LAYOUT, ":"].concat(),
            lasting: ["rm:{", account.as_str(), "}:"].concat(),
        }
    }

    /// What all keys of this layout begin with; the scripts make `q:`, `line:`, `ahead:`, `built`, `asked`, `dropped`, `departed`, `removed`, `past:`, `days`,
    /// `levels`, `learned` and what is kept of calls together from it, and `sticky:` from the part before the layout.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn binding(&self, customer: PhoneNumber) -> String {
        self.lasting(&format!("sticky:{customer}"))
    }

    pub(super) fn records(&self) -> String {
        self.key("records")
    }

    pub(super) fn presence(&self) -> String {
        self.lasting("presence")
    }

    pub(super) fn cards(&self) -> String {
        self.key("cards")
    }

    pub(super) fn profiles(&self) -> String {
        self.lasting("profiles")
    }

    pub(super) fn owners(&self) -> String {
        self.lasting("owners")
    }

    pub(super) fn registry(&self) -> String {
        self.key("registry")
    }

    pub(super) fn built(&self) -> String {
        self.key("built")
    }

    pub(super) fn call(&self, call: &CallSid) -> String {
        [self.base.as_str(), "call:", call.as_str()].concat()
    }

    /// No part of the layout: versions that run side by side have one count.
    pub(super) fn note(&self, name: &str) -> String {
        [self.lasting.as_str(), "note:", name].concat()
    }

    pub(super) fn taken(&self, name: &str) -> String {
        [self.lasting.as_str(), "taken:", name].concat()
    }

    /// No part of the layout: an entry says itself in which form it is.
    pub(super) fn log(&self) -> String {
        self.lasting("log")
    }

    pub(super) fn log_delay(&self) -> String {
        self.lasting("log:delay")
    }

    /// What the key of each call's entries begins with.
    pub(super) fn log_calls(&self) -> String {
        self.lasting("log:call:")
    }

    pub(super) fn log_call(&self, call: &CallSid) -> String {
        [self.lasting.as_str(), "log:call:", call.as_str()].concat()
    }

    fn key(&self, rest: &str) -> String {
        // Some are made at each decision, so joined and not formatted.
        [self.base.as_str(), rest].concat()
    }

    fn lasting(&self, rest: &str) -> String {
        [self.lasting.as_str(), rest].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever changes one of these raises [`LAYOUT`] and both here; presence keeps its form, or gets another key.
    #[test]
    fn a_layout_has_a_number_of_its_own() {
        let text = include_str!("layout.lua");
        assert_eq!(LAYOUT, "3");
        for packed in [
            "RECORD_SIZE = '>c1I6I6I3I3I6I7I6I6I3I3B', 51",
            "PRESENCE_SIZE = '>c1I6I6I6', 19",
            "CARD = '>I4I2I4c0I4c0I4c0'",
            "DIALLING = 1, 2, 3, 4, 5, 6",
            "FIRST, EACH = 7, 4",
        ] {
            assert!(text.contains(packed), "{packed}");
        }
    }

    #[test]
    fn every_key_of_an_account_has_the_same_hash_tag() {
        let keys = Keys::of(&AccountName::parse("acme-2").unwrap());
        let call = keys.call(&CallSid::parse("a}b{c").unwrap());
        let all = [
            keys.base().to_owned(),
            keys.records(),
            keys.presence(),
            keys.cards(),
            keys.profiles(),
            keys.owners(),
            keys.registry(),
            keys.built(),
            keys.binding(PhoneNumber::from_e164("+919812345678").unwrap()),
            keys.taken("calls"),
            keys.note("click:one"),
            keys.log(),
            keys.log_delay(),
            keys.log_call(&CallSid::parse("a}b{c").unwrap()),
            call,
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
