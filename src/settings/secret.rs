//! Secrets: where they are read from, which ones are none, and how they stand in a file that others may see.

use std::fmt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

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

/// What stands before the digest of a secret where the secret itself should not stand.
const DIGEST_PREFIX: &str = "sha256:";

/// A key or a token as it is kept and compared: by its SHA-256 digest. A fast digest will do, for these secrets are long and
/// random, and nobody tries through the likely ones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// The digest of what somebody sends.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// What a setting says: the digest that is written there, or that of the secret that is.
    pub(crate) fn of_setting(secret: &SecretString) -> Self {
        let text = secret.expose_secret();
        Self::written(text).unwrap_or_else(|| Self::of(text))
    }

    /// The digest that is written as `sha256:` and 64 hexadecimal digits.
    fn written(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(DIGEST_PREFIX)?.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            let is_hexadecimal = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            *byte = u8::from_str_radix(pair, 16)
                .ok()
                .filter(|_| is_hexadecimal)?;
        }
        Some(Self(bytes))
    }

    /// Are they the same? It takes as long either way.
    pub(crate) fn matches(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }

    /// Enough of it to tell one secret from another in a log, and too little to look one up by.
    pub(crate) fn fingerprint(&self) -> String {
        let digest = self.to_string();
        let digits = digest.strip_prefix(DIGEST_PREFIX).unwrap_or_default();
        digits.chars().take(8).collect()
    }
}

/// As it is written in settings.
impl fmt::Display for SecretDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(DIGEST_PREFIX)?;
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretDigest({}…)", self.fingerprint())
    }
}

/// Does the setting hold the secret itself, so that it can be sent to somebody?
pub(crate) fn is_plain(secret: &SecretString) -> bool {
    SecretDigest::written(secret.expose_secret()).is_none()
}

/// Why a text can be no key and no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// It cannot be sent in a URL and in a header as it stands.
    #[error("must be 1 to 512 visible ASCII characters")]
    Unusable,
    /// It is meant as a digest.
    #[error(
        "begins with sha256:, which 64 hexadecimal digits must follow; `ringmaster hash` prints such a line"
    )]
    NoDigest,
}

/// Can this be a key or a token of ours, itself or by its digest?
pub(super) fn check(secret: &SecretString) -> Result<(), InvalidSecret> {
    let text = secret.expose_secret();
    if !is_usable(secret) {
        Err(InvalidSecret::Unusable)
    } else if text.starts_with(DIGEST_PREFIX) && is_plain(secret) {
        Err(InvalidSecret::NoDigest)
    } else {
        Ok(())
    }
}

/// The line for a settings file that stands for a secret. A blank or a line break at its end is not part of it.
pub fn hashed(secret: &str) -> Result<SecretDigest, InvalidSecret> {
    let secret = SecretString::from(secret.trim().to_owned());
    match check(&secret) {
        Ok(()) if is_plain(&secret) => Ok(SecretDigest::of(secret.expose_secret())),
        Ok(()) | Err(InvalidSecret::NoDigest) => Err(InvalidSecret::NoDigest),
        Err(InvalidSecret::Unusable) => Err(InvalidSecret::Unusable),
    }
}

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

/// The fewest characters of a secret that nobody finds by trying.
const FEWEST: usize = 16;

/// What is wrong with a secret that works.
pub fn weakness(secret: &str) -> Option<&'static str> {
    let secret = secret.trim();
    if is_placeholder(&SecretString::from(secret.to_owned())) {
        Some("this secret stands in examples and is known to everybody")
    } else if secret.chars().count() < FEWEST {
        Some(
            "this secret has fewer than 16 characters: whoever sees its digest finds it by trying; `openssl rand -hex 16` makes a good one",
        )
    } else {
        None
    }
}

/// Is it one from an example, itself or by its digest?
pub(super) fn is_placeholder(secret: &SecretString) -> bool {
    let text = secret.expose_secret().to_ascii_lowercase();
    if let Some(digest) = SecretDigest::written(&text) {
        let mut whole = PLACEHOLDERS.iter().chain(&["change-me-too"]);
        return whole.any(|placeholder| SecretDigest::of(placeholder) == digest);
    }
    PLACEHOLDERS
        .iter()
        .any(|placeholder| text.starts_with(placeholder))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `sesame`, by `printf sesame | sha256sum`.
    const SESAME: &str = "sha256:d0c04f4b1951e4aeaaec8223ed2039e542f3aae805a6fa7f6d794e5afff5d272";

    fn matches(setting: &str, sent: &str) -> bool {
        let setting = SecretDigest::of_setting(&SecretString::from(setting.to_owned()));
        setting.matches(&SecretDigest::of(sent)).into()
    }

    #[test]
    fn a_secret_stands_in_a_file_as_itself_or_as_its_digest() {
        assert_eq!(hashed("sesame\n").unwrap().to_string(), SESAME);
        assert!(matches("sesame", "sesame") && matches(SESAME, "sesame"));
        assert!(matches(
            &SESAME.to_uppercase().replace("SHA", "sha"),
            "sesame"
        ));
        assert!(
            !matches(SESAME, "Sesame") && !matches(SESAME, SESAME),
            "the digest is no secret"
        );
    }

    #[test]
    fn what_only_looks_like_a_digest_is_refused() {
        for wrong in [
            "sha256:",
            "sha256:abc",
            &SESAME.replace('d', "+"),
            &SESAME.replace('d', "é"),
        ] {
            assert!(
                check(&SecretString::from(wrong.to_owned())).is_err(),
                "{wrong}"
            );
        }
        assert_eq!(hashed(" "), Err(InvalidSecret::Unusable));
        assert_eq!(hashed(SESAME), Err(InvalidSecret::NoDigest));
    }

    #[test]
    fn debug_shows_too_little_to_compare_with() {
        assert_eq!(
            format!("{:?}", SecretDigest::of("sesame")),
            "SecretDigest(d0c04f4b…)"
        );
    }
}
