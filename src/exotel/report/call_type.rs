//! Exotel's word for how far a call got.

use crate::exotel::request::plain_spelling;

/// `CallType`. It is about the call, where `DialCallStatus` is about the dial: less exact, and there more often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallType {
    /// `call-attempt`: no Connect applet so far, or the caller left before anyone was dialled (O).
    BeforeTheDial,
    /// `completed`: a conversation (O).
    Completed,
    /// `incomplete`: no agent picked up (O); also when all were busy or could not be reached (F).
    Incomplete,
    /// `client-hangup`: the caller left during the Connect applet (O).
    CallerLeft,
    /// `voicemail`: the call went on to a voicemail applet (O).
    Voicemail,
    /// No word, or one that is not known.
    Unknown,
}

impl CallType {
    pub(super) fn read(word: Option<&str>) -> Self {
        match word.map(plain_spelling).as_deref() {
            Some("call-attempt") => Self::BeforeTheDial,
            Some("completed") => Self::Completed,
            Some("incomplete") => Self::Incomplete,
            Some("client-hangup") => Self::CallerLeft,
            Some("voicemail") => Self::Voicemail,
            Some(_) | None => Self::Unknown,
        }
    }

    /// Whether the word alone says that a dial was and is over.
    pub(super) const fn follows_a_dial(self) -> bool {
        match self {
            Self::Completed | Self::Incomplete | Self::CallerLeft | Self::Voicemail => true,
            Self::BeforeTheDial | Self::Unknown => false,
        }
    }
}
