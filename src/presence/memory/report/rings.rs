//! Of whose rings a report tells.

use std::collections::HashMap;

use super::super::super::report::DialEnd;
use super::super::super::told::HeardOf;
use super::super::call::Attempt;
use super::find;
use crate::telephony::ContactUri;

/// Whose rings the end of a dial tells of: that of whom it names, and of each of its talks. Those may have rung in earlier
/// attempts as well: whoever is named once more than that rang once more before.
pub(super) fn of_end(
    attempts: &[Attempt],
    end: &DialEnd,
) -> (Option<HeardOf>, Vec<Option<HeardOf>>) {
    let latest = attempts.iter().rposition(|made| !made.legs.is_empty());
    let named = end.who.as_ref().map(|who| find(attempts, who));
    let about = match (named, latest) {
        (Some(named), _) => named.and_then(|ring| heard_of(attempts, ring)),
        (None, Some(latest)) => {
            let of_latest = heard_of(attempts, (latest, 0));
            let is_alone = attempts
                .get(latest)
                .is_some_and(|made| made.legs.len() == 1);
            of_latest.map(|heard| HeardOf {
                agent: heard.agent.filter(|_| is_alone),
                ..heard
            })
        }
        (None, None) => None,
    };
    let last = named.flatten().map(|(made, _)| made).or(latest);
    let until = last.map_or(0, |last| last.saturating_add(1));
    let mut before: HashMap<&ContactUri, usize> = HashMap::new();
    let mut talks = Vec::new();
    for (who, _) in end.talks.iter().rev() {
        let rest = *before.get(who).unwrap_or(&until);
        let ring = find(attempts.get(..rest).unwrap_or_default(), who);
        if let Some((made, _)) = ring {
            before.insert(who, made);
        }
        talks.push(ring.and_then(|ring| heard_of(attempts, ring)));
    }
    talks.reverse();
    (about, talks)
}

/// The ring at that place of that attempt.
pub(super) fn heard_of(attempts: &[Attempt], (made, place): (usize, usize)) -> Option<HeardOf> {
    let offered = attempts.get(made)?.offer.destinations.get(place)?;
    Some(HeardOf {
        attempt: u8::try_from(made.saturating_add(1)).ok()?,
        agent: offered.agent.clone(),
    })
}
