//! Texts for a log, without the telephone numbers that they quote.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

/// The fewest digits that somebody could dial from outside.
pub(super) const DIGITS_OF_A_NUMBER: usize = 7;

/// So many digits are a number wherever they stand; fewer may be that of an employee or an order.
const DIGITS_ANYWHERE: usize = 10;

/// An id of an agent, or the name of somebody, for a log: as it is, unless a telephone can be rung by it. Then the number in it is
/// masked, and a few digits of a digest keep two apart that look alike: `09xxxxxx678#1a2`. There are few of them on purpose:
/// the mask hides some hundred thousand numbers, and by a whole digest each of them could be tried.
pub fn told(name: &str) -> Cow<'_, str> {
    if !could_be_rung(name) {
        return Cow::Borrowed(name);
    }
    let masked = without_numbers(name);
    if masked == name {
        return Cow::Borrowed(name);
    }
    let [first, second, ..] = <[u8; 32]>::from(Sha256::digest(name));
    Cow::Owned(format!("{masked}#{first:02x}{:x}", second >> 4))
}

fn could_be_rung(name: &str) -> bool {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    if digits(name) < DIGITS_OF_A_NUMBER {
        return false;
    }
    let is_number = name.chars().all(|c| c == '+' || is_of_number(c));
    let mut stretches = name.split(|c| !is_of_number(c));
    is_number || stretches.any(|stretch| digits(stretch) >= DIGITS_ANYWHERE)
}

/// The text with the middle digits of everything hidden that could be a telephone number, however it is written: what is no valid
/// number may still be most of one. Dates stay.
pub fn without_numbers(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        masked.push_str(before);
        let stretch = from.find(|c| !is_of_number(c)).unwrap_or(from.len());
        let (stretch, _) = from.split_at(stretch);
        let number = stretch.trim_end_matches(|c: char| !c.is_ascii_digit());
        mask(number, before.ends_with('+'), &mut masked);
        rest = from.strip_prefix(number).unwrap_or_default();
    }
    masked.push_str(rest);
    masked
}

/// A digit, or what people write between digits.
fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || " -.()/".contains(c)
}

/// Leaves the first digits, with the calling code where there is one, and the last.
fn mask(number: &str, is_international: bool, masked: &mut String) {
    let count = number.bytes().filter(u8::is_ascii_digit).count();
    if count < DIGITS_OF_A_NUMBER || is_meant_as_date(number) {
        masked.push_str(number);
        return;
    }
    let (head, tail) = match count {
        0..10 => (2, 2),
        _ if is_international => (4, 3),
        _ => (2, 3),
    };
    let mut position = 0_usize;
    for character in number.chars() {
        let is_hidden = (head..count.saturating_sub(tail)).contains(&position);
        let is_digit = character.is_ascii_digit();
        masked.push(if is_digit && is_hidden {
            'x'
        } else {
            character
        });
        position = position.saturating_add(usize::from(is_digit));
    }
}

/// Written as a date of our times, even if there is no such day.
fn is_meant_as_date(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([4, 2, 2]) && (text.starts_with("20") || text.starts_with("19"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("+919812345210 is in \"vip\"", "+9198xxxxx210 is in \"vip\"")]
    #[case("\"98123 45210x\" is not", "\"98xxx xx210x\" is not")]
    #[case("011-3512-4157 and (0)98123.45210", "01x-xxxx-x157 and (0)9xxxx.xx210")]
    #[case("8123 4567,+6581234567", "81xx xx67,+6581xxx567")]
    #[case("9812-34-56", "98xx-xx-56")]
    #[case("sip:9812345210", "sip:98xxxxx210")]
    #[case("नंबर 9812345210।", "नंबर 98xxxxx210।")]
    fn what_could_be_a_number_has_no_middle(#[case] text: &str, #[case] masked: &str) {
        assert_eq!(without_numbers(text), masked);
    }

    #[rstest]
    #[case("")]
    #[case("2026-01-26 has passed")]
    #[case("\"2026-02-30\" is no date")]
    #[case("\"09:30-18:30\" overlaps 10:00-11:00 on 2026-01-26")]
    #[case("98123*, or 112; the shares add up to 90, not to 100")]
    #[case("Exotel takes whole seconds from 1s to 4500s")]
    fn what_is_none_stays(#[case] text: &str) {
        assert_eq!(without_numbers(text), text);
    }

    #[rstest]
    #[case("asha", "asha")]
    #[case("emp-1000234", "emp-1000234")]
    #[case("emp-1099934", "emp-1099934")]
    #[case("123456", "123456")]
    #[case("2026-01-26", "2026-01-26")]
    #[case("09812345678", "09xxxxxx678#73f")]
    #[case("09899999678", "09xxxxxx678#3d2")]
    #[case("asha-9812345678", "asha-98xxxxx678#59c")]
    #[case("98123 45678 of Asha", "98xxx xx678 of Asha#3e0")]
    #[case("65123456", "65xxxx56#0be")]
    fn an_id_is_told_unless_it_could_be_rung(#[case] id: &str, #[case] expected: &str) {
        assert_eq!(told(id), expected);
    }
}
