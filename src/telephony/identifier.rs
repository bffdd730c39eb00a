//! The names of calls, agents and accounts. Each clone is one reference more to the same text.

use std::{fmt, sync::Arc};

use thiserror::Error;

use super::text::serde_as_text;

/// Exotel's name of a call: opaque, about 32 characters, the same in every request about the call.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallSid(Arc<str>);

/// Why a text is not a [`CallSid`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidCallSid {
    /// No character, or over 128 of them.
    #[error("a CallSid has 1 to 128 characters")]
    Length,
    /// A blank, a control character, or something beyond ASCII.
    #[error("a CallSid is printable ASCII without spaces")]
    BadCharacter,
}

impl CallSid {
    /// Takes any 1 to 128 printable ASCII characters without spaces.
    pub fn parse(text: &str) -> Result<Self, InvalidCallSid> {
        if !(1..=128).contains(&text.len()) {
            return Err(InvalidCallSid::Length);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidCallSid::BadCharacter);
        }
        Ok(Self(text.into()))
    }

    /// The text as Exotel sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An agent, by the name that the customer's own systems use.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AgentId(Arc<str>);

/// Why a text is not an [`AgentId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidAgentId {
    /// No character, or over 64 of them.
    #[error("an agent's id has 1 to 64 characters")]
    Length,
    /// A character beyond letters, digits and `. _ @ -`.
    #[error("an agent's id is letters, digits and . _ @ - only")]
    BadCharacter,
}

impl AgentId {
    /// Takes `[A-Za-z0-9._@-]{1,64}`. Ids that differ in case are different agents.
    pub fn parse(text: &str) -> Result<Self, InvalidAgentId> {
        if !(1..=64).contains(&text.len()) {
            return Err(InvalidAgentId::Length);
        }
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte))
        {
            return Err(InvalidAgentId::BadCharacter);
        }
        Ok(Self(text.into()))
    }

    /// The id as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One tenant: the name of its rules file and of its part of the store.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccountName(Arc<str>);

/// Why a text is not an [`AccountName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidAccountName {
    /// No character, or over 32 of them.
    #[error("an account's name has 1 to 32 characters")]
    Length,
    /// A character beyond small letters, digits and dashes, or a dash in front.
    #[error(
        "an account's name is small letters, digits and dashes, and does not begin with a dash"
    )]
    BadCharacter,
}

impl AccountName {
    /// The account of the URL without an account in it.
    pub const DEFAULT: &'static str = "default";

    /// Takes `[a-z0-9-]{1,32}` that does not begin with a dash: safe in a path, a key and a file name.
    pub fn parse(text: &str) -> Result<Self, InvalidAccountName> {
        if !(1..=32).contains(&text.len()) {
            return Err(InvalidAccountName::Length);
        }
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.starts_with('-') || !text.bytes().all(allowed) {
            return Err(InvalidAccountName::BadCharacter);
        }
        Ok(Self(text.into()))
    }

    /// The name as it stands in a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for AccountName {
    fn default() -> Self {
        Self(Self::DEFAULT.into())
    }
}

macro_rules! text_of {
    ($($type:ty),*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        serde_as_text!($type, <$type>::parse);
    )*};
}

text_of!(CallSid, AgentId, AccountName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_sid_is_any_printable_text_without_spaces() {
        let sid = CallSid::parse("07a971107d0f3ee459a21b90c0d616ba").unwrap();
        assert_eq!(sid.as_str(), "07a971107d0f3ee459a21b90c0d616ba");
        assert!(CallSid::parse("{weird}:sid\"").is_ok());
        assert_eq!(CallSid::parse(""), Err(InvalidCallSid::Length));
        assert_eq!(
            CallSid::parse(&"a".repeat(129)),
            Err(InvalidCallSid::Length)
        );
        assert_eq!(CallSid::parse("a b"), Err(InvalidCallSid::BadCharacter));
        assert_eq!(CallSid::parse("a\n"), Err(InvalidCallSid::BadCharacter));
    }

    #[test]
    fn an_agent_id_may_be_an_address() {
        assert_eq!(
            AgentId::parse("asha.k@example.com").unwrap().to_string(),
            "asha.k@example.com"
        );
        assert_eq!(AgentId::parse(""), Err(InvalidAgentId::Length));
        assert_eq!(AgentId::parse(&"a".repeat(65)), Err(InvalidAgentId::Length));
        assert_eq!(AgentId::parse("a/b"), Err(InvalidAgentId::BadCharacter));
    }

    #[test]
    fn an_account_name_is_safe_in_a_path_and_in_a_key() {
        assert_eq!(
            AccountName::default(),
            AccountName::parse("default").unwrap()
        );
        assert_eq!(
            AccountName::parse("-a"),
            Err(InvalidAccountName::BadCharacter)
        );
        assert_eq!(
            AccountName::parse("../a"),
            Err(InvalidAccountName::BadCharacter)
        );
        assert_eq!(
            AccountName::parse("Acme"),
            Err(InvalidAccountName::BadCharacter)
        );
        assert_eq!(
            AccountName::parse(&"a".repeat(33)),
            Err(InvalidAccountName::Length)
        );
    }

    #[test]
    fn json_lets_nothing_in_that_parsing_would_refuse() {
        let id: AgentId = serde_json::from_str(r#""desk-1""#).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""desk-1""#);
        let error = serde_json::from_str::<AgentId>(r#""desk 1""#).unwrap_err();
        assert!(
            error.to_string().starts_with("an agent's id is letters"),
            "{error}"
        );
        assert!(serde_json::from_str::<CallSid>("1").is_err());
    }
}
