//! The only module that knows the phone number library, so that it can be exchanged in one place.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use super::Country;

/// Loads the numbering plans, which takes some 20 ms once: call it before the first request is accepted.
pub fn warm_up() {
    // The plan's patterns are compiled at first use, those for mobile and for fixed lines apart.
    for number in ["+919812345678", "+911135124157"] {
        let _digits: Option<u64> = e164_digits(number, Country::INDIA);
    }
}

/// Whether the library has a numbering plan for this country.
pub(super) fn knows(country: Country) -> bool {
    calling_code(country).is_some()
}

/// The E.164 digits of a number as it is dialled in `country`; `None` unless it is a valid number.
///
/// A number that merely parses is not enough: `112` does, and would become `+91112`.
pub(super) fn e164_digits(text: &str, country: Country) -> Option<u64> {
    let number = PHONE_NUMBER_UTIL.parse(text, region(country)).ok()?;
    if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
        return None;
    }
    let formatted = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
    formatted.strip_prefix('+')?.parse().ok()
}

/// The country's calling code, 91 for India.
pub(super) fn calling_code(country: Country) -> Option<u32> {
    let code = PHONE_NUMBER_UTIL.get_country_code_for_region(region(country)?)?;
    u32::try_from(code).ok()
}

/// What is dialled before a national number within the country, `0` in India; empty where there is none.
///
/// The library does not hand it out, so it is read off an example: what its national form has in front.
pub(super) fn trunk_prefix(country: Country) -> String {
    let Some(example) =
        region(country).and_then(|region| PHONE_NUMBER_UTIL.get_example_number(region).ok())
    else {
        return String::new();
    };
    let national = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::National);
    let digits: String = national.chars().filter(char::is_ascii_digit).collect();
    let significant = example.get_national_significant_number();
    digits
        .strip_suffix(significant.as_str())
        .unwrap_or_default()
        .to_owned()
}

fn region(country: Country) -> Option<Region> {
    Region::from_code(country.as_str()).ok()
}
