//! Which of Exotel's two Connect applets is asking.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The wording that the asking applet understands (contract, section 1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// CCM Programmable Connect, version 1.1.
    #[default]
    Ccm,
    /// The older, generic Programmable Connect, version 1.0.
    Generic,
}

impl Dialect {
    /// The header that names the version, in lower case.
    pub const HEADER: &'static str = "exotel-version";

    /// The dialect that the header's value names; without one, or with one that is unknown, the account's own.
    pub fn from_header(value: Option<&str>, account_default: Self) -> Self {
        match value.map(str::trim) {
            Some("1.1") => Self::Ccm,
            Some("1.0" | "1") => Self::Generic,
            Some(_) | None => account_default,
        }
    }

    /// The word for this dialect in rules and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ccm => "ccm",
            Self::Generic => "generic",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Some("1.1"), Dialect::Generic, Dialect::Ccm)]
    #[case(Some(" 1.0 "), Dialect::Ccm, Dialect::Generic)]
    #[case(Some("2.0"), Dialect::Generic, Dialect::Generic)]
    #[case(Some(""), Dialect::Ccm, Dialect::Ccm)]
    #[case(None, Dialect::Generic, Dialect::Generic)]
    fn the_header_decides_and_else_the_account(
        #[case] header: Option<&str>,
        #[case] account: Dialect,
        #[case] expected: Dialect,
    ) {
        assert_eq!(Dialect::from_header(header, account), expected);
    }

    #[test]
    fn json_uses_the_word_of_the_rules() {
        for dialect in [Dialect::Ccm, Dialect::Generic] {
            assert_eq!(serde_json::to_value(dialect).unwrap(), dialect.as_str());
        }
    }
}
