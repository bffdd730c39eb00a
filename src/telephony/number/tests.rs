use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn indian(text: &str) -> Result<PhoneNumber, InvalidPhoneNumber> {
    PhoneNumber::parse(text, Country::INDIA)
}

#[rstest]
#[case::trunk_prefix("09812345678")]
#[case::e164("+919812345678")]
#[case::calling_code_without_plus("919812345678")]
#[case::ten_digits("9812345678")]
#[case::plus_decoded_as_a_blank(" 919812345678")]
#[case::international_prefix("00919812345678")]
#[case::spaces("98123 45678")]
#[case::dashes("098-1234-5678")]
#[case::brackets("(+91) 98123/45678")]
#[case::devanagari("९८१२३४५६७८")]
#[case::devanagari_with_plus("+९१९८१२३४५६७८")]
#[case::tel_uri("tel:+91-9812345678")]
#[case::blank_around("  9812345678\t")]
fn every_way_of_writing_a_mobile_is_one_number(#[case] text: &str) {
    assert_eq!(
        indian(text).map(|number| number.to_string()),
        Ok("+919812345678".to_owned())
    );
}

#[rstest]
#[case("01135124157")]
#[case("011-3512-4157")]
#[case("+911135124157")]
#[case("911135124157")]
#[case(" 911135124157")]
#[case("1135124157")]
fn a_landline_with_its_std_code_is_one_number(#[case] text: &str) {
    assert_eq!(
        indian(text).map(|number| number.to_string()),
        Ok("+911135124157".to_owned())
    );
}

#[test]
fn a_ten_digit_mobile_that_begins_with_the_calling_code_keeps_it() {
    assert_eq!(indian("9123456789").unwrap().to_string(), "+919123456789");
    assert_eq!(indian("919123456789").unwrap().to_string(), "+919123456789");
}

#[test]
fn a_foreign_caller_is_recognised_even_without_the_plus_that_the_url_lost() {
    assert_eq!(indian("+14155552671").unwrap().to_string(), "+14155552671");
    assert_eq!(indian(" 14155552671").unwrap().to_string(), "+14155552671");
    assert_eq!(indian("0014155552671").unwrap().to_string(), "+14155552671");
}

#[test]
fn an_italian_landline_keeps_its_zero() {
    assert_eq!(
        indian("+390612345678").unwrap().to_string(),
        "+390612345678"
    );
    let italy = Country::parse("IT").unwrap();
    assert_eq!(
        PhoneNumber::parse("0612345678", italy).unwrap().to_string(),
        "+390612345678"
    );
}

#[rstest]
#[case("", InvalidPhoneNumber::Empty)]
#[case("   ", InvalidPhoneNumber::Empty)]
#[case("anonymous", InvalidPhoneNumber::NotANumber)]
#[case("desk9812345678", InvalidPhoneNumber::NotANumber)]
#[case("98123*", InvalidPhoneNumber::NotANumber)]
#[case("112", InvalidPhoneNumber::NotInThePlan(Country::INDIA))]
#[case("0", InvalidPhoneNumber::NotInThePlan(Country::INDIA))]
#[case("+", InvalidPhoneNumber::NotInThePlan(Country::INDIA))]
#[case(
    "98123456789012345678",
    InvalidPhoneNumber::NotInThePlan(Country::INDIA)
)]
fn what_is_no_number_says_why(#[case] text: &str, #[case] why: InvalidPhoneNumber) {
    assert_eq!(indian(text), Err(why));
}

#[test]
fn a_text_longer_than_any_number_is_refused_unread() {
    assert_eq!(
        indian(&"9".repeat(1_000_000)),
        Err(InvalidPhoneNumber::TooLong)
    );
}

#[rstest]
#[case("919812345678")]
#[case("+91 9812345678")]
#[case("+0919812345678")]
#[case("+1234")]
#[case("+1234567890123456")]
#[case("++919812345678")]
fn the_stored_form_is_exact(#[case] text: &str) {
    assert_eq!(
        PhoneNumber::from_e164(text),
        Err(InvalidPhoneNumber::NotE164)
    );
}

#[test]
fn a_masked_number_hides_the_middle() {
    assert_eq!(
        indian("9812345210").unwrap().masked().to_string(),
        "+9198xxxxx210"
    );
    assert_eq!(
        PhoneNumber::from_e164("+6834123")
            .unwrap()
            .masked()
            .to_string(),
        "+68xxx23"
    );
    assert_eq!(
        format!("{:?}", indian("9812345210").unwrap()),
        "PhoneNumber(+9198xxxxx210)"
    );
}

#[test]
fn json_carries_the_e164_text() {
    let number = indian("9812345678").unwrap();
    assert_eq!(
        serde_json::to_string(&number).unwrap(),
        r#""+919812345678""#
    );
    assert_eq!(
        serde_json::from_str::<PhoneNumber>(r#""+919812345678""#).unwrap(),
        number
    );
    assert!(serde_json::from_str::<PhoneNumber>(r#""9812345678""#).is_err());
}

proptest! {
    #[test]
    fn e164_round_trips(digits in 10_000_u64..=999_999_999_999_999) {
        let text = format!("+{digits}");
        let number = PhoneNumber::from_e164(&text).unwrap();
        prop_assert_eq!(number.digits(), digits);
        prop_assert_eq!(number.to_string(), text);
    }

    #[test]
    fn every_form_of_a_mobile_is_the_same_number(national in 9_000_000_000_u64..=9_999_999_999) {
        let canonical = indian(&format!("+91{national}"));
        for form in [format!("0{national}"), format!("91{national}"), format!(" 91{national}"), national.to_string()] {
            prop_assert_eq!(indian(&form), canonical, "{}", form);
        }
        if let Ok(number) = canonical {
            prop_assert_eq!(PhoneNumber::from_e164(&number.to_string()), Ok(number));
        }
    }

    #[test]
    fn parsing_never_panics_and_what_it_yields_round_trips(text in "\\PC*") {
        if let Ok(number) = indian(&text) {
            prop_assert_eq!(PhoneNumber::from_e164(&number.to_string()), Ok(number));
        }
    }
}
