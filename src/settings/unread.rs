//! A value that cannot be read, told without the value: it may be a key or a token that stands in the wrong place.

use std::fmt;

/// What the reader of the settings says of it. Where secrets can stand, it names the kind of what is there, and not what it says.
#[derive(Debug)]
pub struct Unread(String);

/// Parts of the settings in which secrets stand.
const WITH_SECRETS: [&str; 3] = ["accounts", "store", "telemetry"];

/// How serde quotes what it has found, and what it had hoped for.
const QUOTING: [&str; 2] = ["invalid type: ", "invalid value: "];
const EXPECTED: &str = ", expected ";

impl From<config::ConfigError> for Unread {
    fn from(error: config::ConfigError) -> Self {
        Self::of(&error.to_string())
    }
}

impl Unread {
    fn of(said: &str) -> Self {
        let (what, place) = match said.rfind(" for key `") {
            Some(start) => said.split_at(start),
            None => (said, ""),
        };
        let key = place.trim_start_matches(" for key `");
        let has_secrets = place.is_empty() || WITH_SECRETS.iter().any(|part| key.starts_with(part));
        let is_token = has_secrets && key.contains(".tokens");
        let what = if has_secrets {
            unquoted(what, is_token)
        } else {
            what.to_owned()
        };
        Self(what + place)
    }
}

/// The same with the kind of a value in its place. Among tokens the name of a field may be one as well.
fn unquoted(what: &str, is_token: bool) -> String {
    let quoting = QUOTING.into_iter().find(|words| what.starts_with(words));
    let field = Some("unknown field ").filter(|words| is_token && what.starts_with(words));
    let (Some(words), Some(end)) = (quoting.or(field), what.rfind(EXPECTED)) else {
        return what.to_owned();
    };
    let (found, expected) = what.split_at(end);
    let found = found.strip_prefix(words).unwrap_or_default();
    let kind = found.split(['"', '`']).next().unwrap_or_default();
    format!("{}{expected}", format!("{words}{kind}").trim_end())
}

impl fmt::Display for Unread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unread {}
