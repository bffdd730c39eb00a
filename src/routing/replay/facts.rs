//! What is known of a call, with as much of its numbers as was written down.
//!
//! A masked number is not the number: whether a rule that asks for callers takes the call can then only be told when none of
//! those whom it names looks the same masked. An `ExoPhone`, of which the rules name a handful, is taken for the one that does.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::routing::book::RoutingBook;
use crate::routing::log::entry::DecisionEntry;
use crate::rules::{CallFacts, CallerCondition, Condition, Rule, RuleBook};
use crate::telephony::{NumberPattern, PhoneNumber, without_numbers};

/// What stands for a digit that is hidden.
const HIDDEN: char = 'x';

/// A number as it was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written<'a> {
    /// In full; `None` for a hidden caller, or something that is no number.
    Known(Option<PhoneNumber>),
    /// By its mask, with some number that looks like it.
    Masked(&'a str, PhoneNumber),
}

impl<'a> Written<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        if let Ok(number) = PhoneNumber::from_e164(text) {
            return Self::Known(Some(number));
        }
        let filled = text.replace(HIDDEN, "0");
        match PhoneNumber::from_e164(&filled) {
            Ok(number) if filled != text => Self::Masked(text, number),
            Ok(_) | Err(_) => Self::Known(None),
        }
    }

    /// A number that stands for it.
    pub(super) fn number(self) -> Option<PhoneNumber> {
        match self {
            Self::Known(number) => number,
            Self::Masked(_, number) => Some(number),
        }
    }
}

/// Whom rules name as callers, by their masks.
#[derive(Debug)]
pub(super) struct Listed<'a> {
    rules: Option<&'a RuleBook>,
    lists: BTreeMap<&'a str, Masks>,
}

/// Numbers by their masks, and beginnings of numbers.
#[derive(Debug, Default)]
struct Masks {
    exact: BTreeSet<String>,
    prefixes: Vec<String>,
}

impl Masks {
    fn add(&mut self, pattern: &NumberPattern) {
        match pattern {
            NumberPattern::Exact(number) => {
                self.exact.insert(number.masked().to_string());
            }
            NumberPattern::Prefix(prefix) => self.prefixes.push(format!("+{}", prefix.as_str())),
        }
    }

    /// Could one of them be the number with this mask?
    fn could_be(&self, mask: &str) -> bool {
        let begins = |prefix: &String| {
            let mut pairs = prefix.chars().zip(mask.chars());
            pairs.all(|(digit, shown)| shown == HIDDEN || shown == digit)
        };
        self.exact.contains(mask) || self.prefixes.iter().any(begins)
    }
}

impl<'a> Listed<'a> {
    pub(super) fn new(book: &'a RoutingBook) -> Self {
        let rules = book.rules();
        let lists = rules.into_iter().flat_map(RuleBook::callers);
        let masks = lists.map(|(name, list)| {
            let mut masks = Masks::default();
            for listed in list.iter() {
                masks.add(&listed.pattern);
            }
            (&**name, masks)
        });
        Self {
            lists: masks.collect(),
            rules,
        }
    }

    /// The first rule of which it can't be told whether it takes the call of a masked caller, up to the one that would take the
    /// call of the number that stands for the caller.
    pub(super) fn unsure(
        &self,
        mask: &str,
        call: &CallFacts<'_>,
        taker: Option<&str>,
        at: Timestamp,
    ) -> Option<&'a Rule> {
        let rules = self.rules?;
        let all = rules.rules().iter();
        let end = all.clone().position(|rule| Some(&*rule.name) == taker);
        let most = end.map_or(usize::MAX, |end| end.saturating_add(1));
        all.take(most).find(|rule| {
            let named = rule.when.caller.named();
            named.iter().any(|one| self.could_mean(one, mask)) && is_open(rules, rule, call, at)
        })
    }

    fn could_mean(&self, condition: &CallerCondition, mask: &str) -> bool {
        match condition {
            CallerCondition::List(name) => {
                let list = self.lists.get(&**name);
                list.is_some_and(|list| list.could_be(mask))
            }
            CallerCondition::Pattern(pattern) => {
                let mut one = Masks::default();
                one.add(pattern);
                one.could_be(mask)
            }
        }
    }
}

/// Does everything hold that the rule asks besides the caller?
fn is_open(rules: &RuleBook, rule: &Rule, call: &CallFacts<'_>, at: Timestamp) -> bool {
    let mut of_anybody = rule.clone();
    of_anybody.when.caller = Condition::Anything;
    rules.unmet(&of_anybody, call, at).is_none()
}

/// The number that was called: `Err` where the rules name several that look the same masked.
pub(super) fn dialed(
    rules: Option<&RuleBook>,
    decision: &DecisionEntry,
) -> Result<(Option<PhoneNumber>, bool), String> {
    let Written::Masked(mask, some) = Written::read(&decision.dialed) else {
        return Ok((Written::read(&decision.dialed).number(), false));
    };
    let all = rules.into_iter().flat_map(RuleBook::rules);
    let named = all.flat_map(|rule| rule.when.dialed.named());
    let alike: BTreeSet<_> = named
        .filter(|number| number.masked().to_string() == mask)
        .collect();
    let mut alike = alike.into_iter();
    match (alike.next(), alike.next()) {
        (None, _) => Ok((Some(some), false)),
        (Some(one), None) => Ok((Some(*one), true)),
        (Some(_), Some(_)) => Err(format!(
            "the number that was called is masked, and the rules name several that look like {mask}"
        )),
    }
}

/// A text as the rules have it, where numbers in it are masked.
pub(super) fn text<'a>(written: &'a str, named: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if written.is_empty() {
        return None;
    }
    let mut alike = named.filter(|one| without_numbers(one) == written);
    Some(alike.next().unwrap_or(written))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephony::Country;

    fn masks(patterns: &[&str]) -> Masks {
        let mut masks = Masks::default();
        for pattern in patterns {
            masks.add(&NumberPattern::parse(pattern, Country::INDIA).unwrap());
        }
        masks
    }

    #[test]
    fn who_could_be_meant_is_told_by_the_mask() {
        let mask = "+9198xxxxx678";
        for could in ["9812345678", "9899999678", "981*", "98123*", "9*"] {
            assert!(masks(&[could]).could_be(mask), "{could}");
        }
        for cannot in ["9812345679", "9712345678", "97*", "+1*"] {
            assert!(!masks(&[cannot]).could_be(mask), "{cannot}");
        }
        assert!(masks(&["97*", "9812345678"]).could_be(mask));
    }

    #[test]
    fn a_number_is_known_masked_or_none() {
        let number = PhoneNumber::from_e164("+919812345678").unwrap();
        assert_eq!(Written::read("+919812345678"), Written::Known(Some(number)));
        assert_eq!(Written::read(""), Written::Known(None));
        assert_eq!(Written::read("sip:desk"), Written::Known(None));
        let some = Written::read("+9198xxxxx678");
        assert_eq!(some.number().unwrap().masked().to_string(), "+9198xxxxx678");
    }

    #[test]
    fn a_text_with_a_number_is_the_one_that_looks_like_it() {
        let named = ["order 9812345678", "5"];
        let read = |written| text(written, named.into_iter());
        assert_eq!(read("order 98xxxxx678"), Some("order 9812345678"));
        assert_eq!(read("5"), Some("5"));
        assert_eq!(read("7"), Some("7"));
        assert_eq!(read(""), None);
    }
}
