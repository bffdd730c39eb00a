//! What the scripts tell besides: why an answer names nobody, what the search met, and what has become of offers.

use std::time::Duration;

use redis::Value;

use super::super::super::store::StoreError;
use super::super::super::told::{
    Heard, HeardOf, Looked, LookedAt, OfferEnd, OfferOutcome, WhyNobody,
};
use super::Reader;
use crate::telephony::AgentId;

/// What `offer.lua` says behind the digit for the last answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct BesideLast {
    pub(in super::super) nobody: Option<WhyNobody>,
    pub(in super::super) went_back: Option<bool>,
    pub(in super::super) looked: Looked,
    pub(in super::super) ends: Vec<OfferEnd>,
}

/// Reads that value; most say nothing besides.
pub(in super::super) fn beside_last(value: &str) -> Result<BesideLast, StoreError> {
    let unknown = || StoreError::Corrupt(format!("the unknown word {value:?}"));
    let (digit, told) = value.split_at_checked(1).ok_or_else(unknown)?;
    if digit != "0" && digit != "1" {
        return Err(unknown());
    }
    if told.is_empty() {
        return Ok(BesideLast::default());
    }
    let (letters, words) = told.split_once(' ').unwrap_or((told, ""));
    let mut beside = BesideLast::default();
    for letter in letters.chars() {
        match letter {
            'x' => beside.nobody = Some(WhyNobody::Attempts),
            'f' => beside.nobody = Some(WhyNobody::Cap),
            'w' => beside.nobody = Some(WhyNobody::Waiting),
            'n' => beside.nobody = Some(WhyNobody::NobodyReady),
            'h' => beside.went_back = Some(true),
            'm' => beside.went_back = Some(false),
            _ => return Err(unknown()),
        }
    }
    for word in words.split_ascii_whitespace() {
        if word == "0" {
            beside.looked.for_last_agent_only = true;
        } else if word.starts_with(|first: char| first.is_ascii_digit()) {
            beside.looked.at.push(looked_at(word)?);
        } else {
            beside.ends.push(end(word)?);
        }
    }
    beside.ends.sort_unstable();
    Ok(beside)
}

/// What the search met in one queue: the target's number, then letters, each but `f` with how many.
fn looked_at(word: &str) -> Result<LookedAt, StoreError> {
    let unknown = || StoreError::Corrupt(format!("the unknown word {word:?}"));
    let (target, mut rest) = count(word).ok_or_else(unknown)?;
    let mut met = LookedAt {
        target,
        ..LookedAt::default()
    };
    while let Some(letter) = rest.chars().next() {
        let behind = rest.get(letter.len_utf8()..).unwrap_or_default();
        let (number, behind) = match letter {
            'f' => (1, behind),
            _ => count(behind).ok_or_else(unknown)?,
        };
        match letter {
            'f' => met.is_full = true,
            'h' => met.held_back = number,
            't' => met.tried = number,
            's' => met.stale = number,
            _ => return Err(unknown()),
        }
        rest = behind;
    }
    Ok(met)
}

/// The number at the beginning, and what is behind it.
fn count(text: &str) -> Option<(usize, &str)> {
    let rest = text.trim_start_matches(|one: char| one.is_ascii_digit());
    let digits = text.strip_suffix(rest)?;
    Some((digits.parse().ok()?, rest))
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
        let told = beside_last("1nm M").unwrap();
        assert_eq!(
            (told.nobody, told.went_back, told.ends),
            (Some(WhyNobody::NobodyReady), Some(false), vec![missed])
        );
        assert_eq!(beside_last("0h").unwrap().went_back, Some(true));
        let told = beside_last("0 M").unwrap();
        assert_eq!((told.nobody, told.ends), (None, vec![missed]));
        assert_eq!(beside_last("1").unwrap(), BesideLast::default());
    }

    #[test]
    fn an_offer_says_what_the_search_met_in_targets() {
        let told = beside_last("0h M 1 2f 3h12t1s7 A4200").unwrap();
        let met = |target| LookedAt {
            target,
            ..LookedAt::default()
        };
        let full = LookedAt {
            is_full: true,
            ..met(2)
        };
        let passed_over = LookedAt {
            held_back: 12,
            tried: 1,
            stale: 7,
            ..met(3)
        };
        assert_eq!(told.looked.at, [met(1), full, passed_over]);
        assert!(!told.looked.for_last_agent_only);
        assert_eq!(told.ends.len(), 2);
        let alone = beside_last("1wm 0").unwrap().looked;
        assert!(alone.for_last_agent_only && alone.at.is_empty());
    }

    #[test]
    fn what_no_script_says_is_corrupt() {
        for text in [
            "",
            "2",
            "1q",
            "1 Z",
            "1 Ax",
            "1n A-5",
            "é",
            "0 1h",
            "0 1q2",
            "0 1h2é",
            "0 1é",
            "0 99999999999999999999",
        ] {
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
