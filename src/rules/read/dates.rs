//! Dates as the file writes them.

use jiff::civil::Date;

/// Reads `2026-01-26`, and no other way of writing a date.
pub(super) fn date(text: &str) -> Option<Date> {
    let is_plain = text.len() == 10 && text.bytes().all(|c| c.is_ascii_digit() || c == b'-');
    is_plain.then(|| text.parse().ok()).flatten()
}
