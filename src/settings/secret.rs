//! Secrets: where they are read from, and which ones are none.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::SettingsError;

/// Beginnings of secrets that stand in examples and are known to everybody.
const PLACEHOLDERS: [&str; 6] = [
    "change-me",
    "changeme",
    "secret",
    "password",
    "example",
    "xxx",
];

/// The lines of a file that hold something; what begins with `#` is a remark.
pub(super) fn lines(setting: &str, path: &Path) -> Result<Vec<SecretString>, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|source| SettingsError::SecretFile {
        setting: setting.to_owned(),
        path: path.to_owned(),
        source,
    })?;
    let secrets = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(secrets
        .map(|line| SecretString::from(line.to_owned()))
        .collect())
}

/// A secret stands in one place: with two, an example's could stay valid beside the real one unnoticed.
pub(super) fn only_one(setting: &str, is_set: bool) -> Result<(), SettingsError> {
    if is_set {
        return Err(SettingsError::Invalid(vec![format!(
            "{setting} and {setting}_file are both set: keep one"
        )]));
    }
    Ok(())
}

/// Can it be sent in a URL and in a header as it stands?
pub(super) fn is_usable(secret: &SecretString) -> bool {
    let text = secret.expose_secret();
    !text.is_empty() && text.len() <= 512 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Is it one from an example?
pub(super) fn is_placeholder(secret: &SecretString) -> bool {
    let text = secret.expose_secret().to_ascii_lowercase();
    PLACEHOLDERS
        .iter()
        .any(|placeholder| text.starts_with(placeholder))
}
