//! What a spreadsheet would make of a cell, and how it is kept from it.
//!
//! A spreadsheet that opens a CSV file takes `+919812345678` for a number, `00123` for 123, `1-2` for a day in February, and a
//! text that begins with `=` for a formula, which can do harm on the machine of whoever opens the file. With an apostrophe in
//! front each of them is a text; what is exported has one there, and an import leaves it out again.

use std::borrow::Cow;

/// What makes a spreadsheet take a text.
const APOSTROPHE: char = '\'';

/// What a formula begins with, the full-width forms too: some spreadsheets take `＝` for `=`.
const OF_A_FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// So many digits are shown as they are; more are shortened.
const MOST_DIGITS: usize = 11;

/// The cell as it can pass through a spreadsheet.
pub(super) fn protected(cell: &str) -> Cow<'_, str> {
    if is_in_danger(cell) {
        Cow::Owned(format!("{APOSTROPHE}{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// What was meant by a cell: it loses the apostrophe that was put in front, and no other.
pub(in crate::rules) fn as_meant(cell: &str) -> &str {
    match cell.strip_prefix(APOSTROPHE) {
        Some(text) if is_in_danger(text) => text,
        _ => cell,
    }
}

/// Would a spreadsheet change it? So would one of what stands behind apostrophes, lest it be read as protected.
fn is_in_danger(cell: &str) -> bool {
    let bare = cell.trim_start_matches(APOSTROPHE);
    bare.starts_with(OF_A_FORMULA) || is_number_or_date(bare)
}

/// Digits and what stands between them in numbers, times and days; a plain small number stays what it is.
fn is_number_or_date(text: &str) -> bool {
    let is_of_number = |c: char| c.is_ascii_digit() || ".,:/-+eE% ".contains(c);
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit())
        && text.len() <= MOST_DIGITS
        && (text == "0" || !text.starts_with('0'));
    let begins_so = text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    begins_so && text.chars().all(is_of_number) && !is_plain
}

/// `9.19812E+11`: what a spreadsheet makes of a telephone number. The digits that are missing are nowhere.
pub(in crate::rules) fn is_shortened_number(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let digits = digits.trim_start_matches('+');
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .chars()
            .all(|c| c.is_ascii_digit() || ".,".contains(c))
        && exponent.strip_prefix('+').is_some_and(|power| {
            !power.is_empty() && power.bytes().all(|byte| byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("+919812345678", "'+919812345678")]
    #[case("=HYPERLINK(\"http://a\")", "'=HYPERLINK(\"http://a\")")]
    #[case("@asha", "'@asha")]
    #[case("-1", "'-1")]
    #[case("00123", "'00123")]
    #[case("919812345678", "'919812345678")]
    #[case("1e5", "'1e5")]
    #[case("2026-01-26", "'2026-01-26")]
    #[case("'=1", "''=1")]
    #[case("＝1+1", "'＝1+1")]
    #[case("＋91", "'＋91")]
    #[case("－1", "'－1")]
    #[case("＠SUM(A1)", "'＠SUM(A1)")]
    fn what_a_spreadsheet_would_change_is_kept_from_it(#[case] cell: &str, #[case] kept: &str) {
        assert_eq!(protected(cell), kept);
    }

    #[rstest]
    #[case("asha")]
    #[case("12")]
    #[case("0")]
    #[case("hindi:4 tamil:2")]
    #[case("'t Hooft")]
    #[case("sip:desk1")]
    #[case("")]
    fn anything_else_stays_as_it_is(#[case] cell: &str) {
        assert_eq!(protected(cell), cell);
        assert_eq!(as_meant(cell), cell);
    }

    #[rstest]
    #[case("9.198E+11", true)]
    #[case("+9,19812e+11", true)]
    #[case("9E+11", true)]
    #[case("919812345678", false)]
    #[case("sip:e+1", false)]
    #[case("9.198E", false)]
    #[case("9.198E11", false)]
    fn a_number_that_lost_its_digits_is_known(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(is_shortened_number(text), expected);
    }

    proptest! {
        #[test]
        fn what_is_protected_is_read_as_it_was(cell in "['=+@＝＋－＠0-9a-e. -]{0,12}|\\PC{0,20}") {
            let kept = protected(&cell);
            prop_assert_eq!(as_meant(&kept), cell.as_str());
        }
    }
}
