//! What the scripts tell besides: why an answer names nobody, and what has become of offers.

use std::time::Duration;

use redis::Value;

use super::super::super::store::StoreError;
use super::super::super::told::{Heard, HeardOf, OfferEnd, OfferOutcome, WhyNobody};
use super::Reader;
use crate::telephony::AgentId;

/// What `offer.lua` says behind the digit for the last answer.
type BesideLast = (Option<WhyNobody>, Option<bool>, Vec<OfferEnd>);

/// Reads that value; most say nothing besides.
pub(in super::super) fn beside_last(value: &str) -> Result<BesideLast, StoreError> {
    let unknown = || StoreError::Corrupt(format!("the unknown word {value:?}"));
    let (digit, told) = value.split_at_checked(1).ok_or_else(unknown)?;
    if digit != "0" && digit != "1" {
        return Err(unknown());
    }
    if told.is_empty() {
        return Ok((None, None, Vec::new()));
    }
    let (letters, words) = told.split_once(' ').unwrap_or((told, ""));
    let (mut nobody, mut went_back) = (None, None);
    for letter in letters.chars() {
        match letter {
            'x' => nobody = Some(WhyNobody::Attempts),
            'f' => nobody = Some(WhyNobody::Cap),
            'w' => nobody = Some(WhyNobody::Waiting),
            'n' => nobody = Some(WhyNobody::NobodyReady),
            'h' => went_back = Some(true),
            'm' => went_back = Some(false),
            _ => return Err(unknown()),
        }
    }
    Ok((nobody, went_back, ends(words)?))
}

/// The reply of `report.lua`.
pub(in super::super) fn heard(value: Value) -> Result<Heard, StoreError> {
    if value == Value::Int(0) {
        return Ok(Heard::default());
    }
    let mut reader = Reader::new(value)?;
    let (is_news, told) = (reader.number()? > 0, reader.text()?);
    let (ends, about) = (ends(&told)?, heard_of(&mut reader)?);
    let mut talks = Vec::new();
    while !reader.is_empty() {
        talks.push(heard_of(&mut reader)?);
    }
    Ok(Heard {
        is_news,
        ends,
        about,
        talks,
    })
}

/// The number of an attempt, and an agent.
fn heard_of(reader: &mut Reader) -> Result<Option<HeardOf>, StoreError> {
    let (number, agent) = (reader.number()?, reader.text()?);
    let attempt = u8::try_from(number)
        .map_err(|_beyond| StoreError::Corrupt(format!("the attempt {number}")))?;
    let agent = match agent.as_str() {
        "" => None,
        agent => Some(super::parse(agent, AgentId::parse)?),
    };
    Ok((attempt > 0).then_some(HeardOf { attempt, agent }))
}

/// Words of a letter each, and of an answer how many milliseconds after the offer it came.
fn ends(words: &str) -> Result<Vec<OfferEnd>, StoreError> {
    let ends = words.split_ascii_whitespace().map(end);
    let mut ends: Vec<OfferEnd> = ends.collect::<Result<_, _>>()?;
    ends.sort_unstable();
    Ok(ends)
}

fn end(word: &str) -> Result<OfferEnd, StoreError> {
    let unknown = || StoreError::Corrupt(format!("the unknown word {word:?}"));
    let (letter, millis) = word.split_at_checked(1).ok_or_else(unknown)?;
    let outcome = match letter {
        "A" => OfferOutcome::Answered,
        "M" => OfferOutcome::Missed,
        "D" => OfferOutcome::Busy,
        "F" => OfferOutcome::Failed,
        "L" => OfferOutcome::LostRace,
        "C" => OfferOutcome::Cancelled,
        _ => return Err(unknown()),
    };
    let answered_after = match millis {
        "" => None,
        millis => {
            let millis = millis.parse().map_err(|_not_a_number| unknown())?;
            Some(Duration::from_millis(millis))
        }
    };
    Ok(OfferEnd {
        outcome,
        answered_after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_says_why_there_is_nobody_and_what_became_of_those_before() {
        let missed = OfferEnd {
            outcome: OfferOutcome::Missed,
            answered_after: None,
        };
        assert_eq!(
            beside_last("1nm M").unwrap(),
            (Some(WhyNobody::NobodyReady), Some(false), vec![missed])
        );
        assert_eq!(beside_last("0h").unwrap(), (None, Some(true), Vec::new()));
        assert_eq!(beside_last("0 M").unwrap(), (None, None, vec![missed]));
        assert_eq!(beside_last("1").unwrap(), (None, None, Vec::new()));
    }

    #[test]
    fn what_no_script_says_is_corrupt() {
        for text in ["", "2", "1q", "1 Z", "1 Ax", "1n A-5", "é"] {
            assert!(beside_last(text).is_err(), "{text:?}");
        }
        for value in [Value::Nil, Value::Int(1), Value::Array(vec![Value::Int(1)])] {
            assert!(heard(value).is_err());
        }
    }

    #[test]
    fn a_report_tells_when_somebody_answered() {
        let text = |text: &str| Value::BulkString(text.into());
        let rings = [Value::Int(2), text("asha"), Value::Int(0), text("")];
        let reply = [Value::Int(1), text(" A4200 L")].into_iter().chain(rings);
        let told = heard(Value::Array(reply.collect())).unwrap();
        assert!(told.is_news);
        assert_eq!(told.about.unwrap().attempt, 2);
        assert_eq!(told.talks, [None]);
        assert_eq!(told.ends.len(), 2);
        assert_eq!(
            told.ends[0].answered_after,
            Some(Duration::from_millis(4_200))
        );
    }
}
