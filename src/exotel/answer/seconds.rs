//! Durations within Exotel's limits by construction.

use thiserror::Error;

/// A number of seconds that Exotel would refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{what} is {seconds} s; Exotel takes {least} to {most} s")]
pub struct OutOfRange {
    pub(in crate::exotel) what: &'static str,
    pub(in crate::exotel) seconds: u32,
    pub(in crate::exotel) least: u32,
    pub(in crate::exotel) most: u32,
}

/// A number of seconds that cannot be one that Exotel refuses. The type [`OutOfRange`] has to be in scope.
macro_rules! bounded_seconds {
    ($(#[$documentation:meta])* $type:ident, $what:literal, $most:literal) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "u32", into = "u32")]
        pub struct $type(u32);

        impl $type {
            /// The fewest seconds that Exotel takes.
            pub const MIN: u32 = 1;
            /// The most seconds that Exotel takes.
            pub const MAX: u32 = $most;

            /// Takes a number within the limits only.
            pub const fn new(seconds: u32) -> Result<Self, OutOfRange> {
                if seconds < Self::MIN || seconds > Self::MAX {
                    return Err(OutOfRange { what: $what, seconds, least: Self::MIN, most: Self::MAX });
                }
                Ok(Self(seconds))
            }

            /// The nearest number within the limits.
            pub fn clamped(seconds: u32) -> Self {
                Self(seconds.clamp(Self::MIN, Self::MAX))
            }

            /// The seconds.
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl TryFrom<u32> for $type {
            type Error = OutOfRange;

            fn try_from(seconds: u32) -> Result<Self, OutOfRange> {
                Self::new(seconds)
            }
        }

        impl std::convert::From<$type> for u32 {
            fn from(seconds: $type) -> Self {
                seconds.0
            }
        }
    };
}

pub(in crate::exotel) use bounded_seconds;

bounded_seconds!(
    /// How long a phone rings: 1 to 60 s.
    RingSeconds, "the ringing time", 60
);

bounded_seconds!(
    /// How long a conversation may last: 1 to 4500 s.
    ConversationSeconds, "the conversation time", 4_500
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exotel_would_refuse_is_clamped_or_refused() {
        assert_eq!(RingSeconds::clamped(0).get(), 1);
        assert_eq!(RingSeconds::clamped(61).get(), 60);
        assert_eq!(RingSeconds::new(60).map(RingSeconds::get), Ok(60));
        assert_eq!(ConversationSeconds::clamped(u32::MAX).get(), 4_500);
        let error = ConversationSeconds::new(4_501).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the conversation time is 4501 s; Exotel takes 1 to 4500 s"
        );
    }

    #[test]
    fn json_lets_no_wrong_number_in() {
        assert_eq!(
            serde_json::from_str::<RingSeconds>("30").unwrap(),
            RingSeconds::clamped(30)
        );
        assert!(serde_json::from_str::<RingSeconds>("0").is_err());
    }
}
