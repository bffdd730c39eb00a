//! Exotel's open words and messages, fit to be shown: in a log, in an error, in an answer of ours.

use crate::telephony::without_numbers;

/// The most characters of a text of Exotel's that are shown.
const SHOWN_CHARACTERS: usize = 200;

/// Behind these stands what lets somebody in: a parameter of an address, and the header with our credentials.
const LEADS_TO_SECRET: [&str; 2] = ["key=", "basic "];

/// The text without the middle of numbers, without keys, without control characters, and of a bounded length. It is cut
/// last: half a number is no number any more, and would be shown.
pub fn fit_to_show(text: &str) -> String {
    let visible: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    let masked = without_keys(&without_numbers(&visible));
    masked.chars().take(SHOWN_CHARACTERS).collect()
}

/// A name that Exotel gives a request: 32 hexadecimal digits are shown whole, for its support needs them; anything else as
/// any other text.
pub(super) fn request_id(text: &str) -> String {
    let mut digits = text.bytes().filter(|byte| *byte != b'-');
    let is_random = text.len() <= 36
        && digits.clone().count() == 32
        && digits.clone().all(|byte| byte.is_ascii_hexdigit())
        && digits.any(|byte| byte.is_ascii_alphabetic());
    if is_random {
        text.to_owned()
    } else {
        fit_to_show(text)
    }
}

/// The text without what follows each `key=` of an address, up to the end of that parameter, and each `Basic`.
pub(super) fn without_keys(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let (mut shown, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(secret) = next_secret(&lower, at) {
        shown.push_str(text.get(at..secret).unwrap_or_default());
        let is_end = |sign: char| sign.is_whitespace() || "&#\"'\\<>()[]{},;".contains(sign);
        let rest = lower.get(secret..).unwrap_or_default();
        let length = rest.find(is_end).unwrap_or(rest.len());
        if length > 0 {
            shown.push('…');
        }
        at = secret.saturating_add(length);
    }
    shown.push_str(text.get(at..).unwrap_or_default());
    shown
}

/// Where the next secret begins.
fn next_secret(lower: &str, from: usize) -> Option<usize> {
    let rest = lower.get(from..)?;
    let behind = |lead: &&str| Some(rest.find(*lead)?.saturating_add(lead.len()));
    let nearest = LEADS_TO_SECRET.iter().filter_map(behind).min()?;
    Some(from.saturating_add(nearest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_key_in_an_address_is_left_out_to_the_end_of_the_parameter() {
        let quoted =
            "bad url https://a.example.com/x?key=abc&call=c1, \"https://b/?KEY=def\" and ?key=gh";
        assert_eq!(
            without_keys(quoted),
            "bad url https://a.example.com/x?key=…&call=c1, \"https://b/?KEY=…\" and ?key=…"
        );
    }

    #[test]
    fn what_follows_basic_is_left_out() {
        assert_eq!(
            without_keys("{\"Authorization\": \"Basic a2V5OnRva2Vu\"} नहीं basic a2V5"),
            "{\"Authorization\": \"Basic …\"} नहीं basic …"
        );
    }

    #[test]
    fn a_number_is_masked_before_the_text_is_cut() {
        let text = format!("{} +919812316844", "a".repeat(SHOWN_CHARACTERS - 10));
        let shown = fit_to_show(&text);
        assert!(shown.ends_with(" +9198xxxx"), "{shown}");
        assert_eq!(shown.chars().count(), SHOWN_CHARACTERS);
    }

    #[test]
    fn a_request_has_a_random_name_or_one_that_is_masked() {
        let random = "d1ee94394086491b88ac3439508975cf";
        assert_eq!(request_id(random), random);
        assert_eq!(request_id("call-9812316844"), "call-98xxxxx844");
        let digits = "98123168449812316844981231684400";
        assert!(request_id(digits).contains('x'), "{digits}");
    }
}
