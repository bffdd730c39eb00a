//! The ways in which Exotel writes the same.

use super::super::call::Call;
use super::super::chance::Draw;
use super::{Pairs, push};

/// In which of its ways Exotel writes what it says of one call (contract, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulate) struct Form {
    names: Names,
    nothing: Nothing,
    /// Is `Created` written as it is documented, or as it really comes?
    is_documented: bool,
    /// Is the `+` of a number written as it is, which is read as a space?
    has_bare_plus: bool,
    not_yet: NotYet,
    others: Others,
    /// How far the order of the parameters is turned.
    turn: usize,
}

/// Who calls whom: `From` and `To`, `CallFrom` and `CallTo`, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    Both,
    Short,
    Long,
}

/// How a parameter without a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nothing {
    Empty,
    Null,
    LeftOut,
}

/// How the end of a call is written that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotYet {
    Epoch,
    Zeros,
}

/// What comes with some calls, and says nothing of where to ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    None,
    /// The flow, and whose it is.
    Flow,
    /// The number that agents see, and who forwarded the call.
    Numbers,
    /// A name that no documentation has.
    Unknown,
}

impl Form {
    /// One of them all.
    pub(in crate::simulate) fn drawn(draw: &mut Draw) -> Self {
        Self {
            names: match draw.one_of(4) {
                0 => Names::Short,
                1 => Names::Long,
                _ => Names::Both,
            },
            nothing: match draw.one_of(3) {
                0 => Nothing::Empty,
                1 => Nothing::Null,
                _ => Nothing::LeftOut,
            },
            is_documented: draw.percent(30),
            has_bare_plus: draw.percent(30),
            turn: draw.one_of(100),
            not_yet: if draw.percent(30) {
                NotYet::Zeros
            } else {
                NotYet::Epoch
            },
            others: match draw.one_of(6) {
                0 => Others::Flow,
                1 => Others::Numbers,
                2 => Others::Unknown,
                _ => Others::None,
            },
        }
    }

    pub(super) fn has_short_names(self) -> bool {
        self.names != Names::Long
    }

    pub(super) fn has_long_names(self) -> bool {
        self.names != Names::Short
    }

    pub(super) fn is_documented(self) -> bool {
        self.is_documented
    }

    /// The end of a call that goes on.
    pub(super) fn not_yet(self) -> &'static str {
        match self.not_yet {
            NotYet::Epoch => "1970-01-01 05:30:00",
            NotYet::Zeros => "0000-00-00 00:00:00",
        }
    }

    /// What comes with some calls only.
    pub(super) fn others(self, pairs: &mut Pairs, call: &Call) {
        match self.others {
            Others::None => {}
            Others::Flow => {
                push(pairs, "flow_id", "1234");
                push(pairs, "tenant_id", "567");
                self.nothing(pairs, "ProcessStatus");
            }
            Others::Numbers => {
                push(pairs, "OutgoingPhoneNumber", call.to.clone());
                self.nothing(pairs, "ForwardedFrom");
            }
            Others::Unknown => push(pairs, "SomethingNew", "x&y=1"),
        }
    }

    /// What was said, as one query.
    pub(super) fn query(self, mut pairs: Pairs) -> String {
        let turn = self.turn.checked_rem(pairs.len()).unwrap_or_default();
        pairs.rotate_left(turn);
        // Pairs of texts can always be written.
        let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
        if self.has_bare_plus && query.contains("%2B") {
            query.replace("%2B", "+")
        } else {
            query
        }
    }

    pub(super) fn nothing(self, pairs: &mut Pairs, name: &str) {
        match self.nothing {
            Nothing::Empty => push(pairs, name, ""),
            Nothing::Null => push(pairs, name, "null"),
            Nothing::LeftOut => {}
        }
    }
}
