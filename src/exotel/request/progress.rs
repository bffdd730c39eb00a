//! What tells a new attempt from a duplicate of the same fetch.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{DialReport, Leg, Party};

/// The fingerprint of a call of which nothing was dialled yet.
const NOTHING_DIALLED: &str = "0";

/// Sixteen hexadecimal digits, or `0`. It is compared across instances and versions: what goes in, and how, is
/// part of the stored data.
pub(super) fn fingerprint(dial: &DialReport, legs: &[Leg]) -> String {
    let seconds = dial.duration.unwrap_or(0);
    if dial.whom.is_none() && dial.status.is_none() && seconds == 0 && legs.is_empty() {
        return NOTHING_DIALLED.to_owned();
    }
    let mut hash = Sha256::new();
    part(&mut hash, &identity(dial.whom.as_ref()));
    part(
        &mut hash,
        dial.status.as_ref().map_or("", |status| status.as_str()),
    );
    part(&mut hash, &seconds.to_string());
    for leg in legs {
        part(&mut hash, &identity(leg.number.as_ref()));
        part(&mut hash, leg.cause.as_deref().unwrap_or(""));
    }
    let mut text = String::with_capacity(16);
    for byte in hash.finalize().iter().take(8) {
        // Writing to a String cannot fail.
        let _infallible: std::fmt::Result = write!(text, "{byte:02x}");
    }
    text
}

/// Each part ends in a byte that no text in a URL has after decoding, so that two parts never run together.
fn part(hash: &mut Sha256, text: &str) {
    hash.update(text.as_bytes());
    hash.update([0xff]);
}

fn identity(party: Option<&Party>) -> String {
    party.map(Party::identity).unwrap_or_default()
}
