//! What speaks against playing on a server: people who work there, and phones that would really ring.

use std::collections::BTreeSet;
use std::io::{self, Write as _};

use anyhow::anyhow;

use super::AgainstArguments;
use crate::cli::Failure;
use crate::rules::{RuleBook, Scenario};
use crate::simulate::{Greeting, agents_of};
use crate::telephony::AgentId;

/// The most agents that are named of those who are in the way.
const MOST_NAMED: usize = 5;

/// Nothing that a server shows tells where it starts its calls, and a click that is tried is a call.
pub(super) fn clicks_reach_the_stand_in(
    scenario: &Scenario,
    arguments: &AgainstArguments,
) -> Result<(), Failure> {
    if scenario.clicks.is_empty() || arguments.clicks_reach_the_stand_in {
        return Ok(());
    }
    Err(Failure::unusable(anyhow!(
        "the scenario has clicks, and a server that has Exotel's own address would place real calls; see to it that the \
        account's exotel.base_url in the server's settings is http://{}, and say --clicks-reach-the-stand-in",
        arguments.exotel_listen
    )))
}

/// Agents of the account may be people: those of the scenario would take their place, and the others would be rung.
pub(super) fn nobody_is_in_the_way(
    scenario: &Scenario,
    greeting: &Greeting,
    arguments: &AgainstArguments,
) -> Result<(), Failure> {
    let ours: BTreeSet<AgentId> = agents_of(scenario).into_iter().collect();
    let taken: Vec<_> = greeting.agents.intersection(&ours).collect();
    if !taken.is_empty() && !arguments.replace_agents {
        return Err(Failure::unusable(anyhow!(
            "the server has agents of the scenario's names already: {}; rename the crews, or say --replace-agents if \
            nobody needs them: they are gone afterwards",
            named(&taken)
        )));
    }
    let others: Vec<_> = greeting.present.difference(&ours).collect();
    if !others.is_empty() && !arguments.beside_agents {
        return Err(Failure::unusable(anyhow!(
            "the account has other agents who are not offline: {}; they would be held by calls that nobody makes, and miss \
            them: play against an account of its own, or say --beside-agents if nobody needs them",
            named(&others)
        )));
    }
    Ok(())
}

fn named(agents: &[&AgentId]) -> String {
    let names: Vec<_> = agents.iter().map(|agent| agent.as_str()).collect();
    let some: Vec<_> = names.iter().take(MOST_NAMED).copied().collect();
    match names.len().saturating_sub(some.len()) {
        0 => some.join(", "),
        more => format!("{} and {more} more", some.join(", ")),
    }
}

/// With other rules than the server's, the figures of queues are of other queues.
pub(super) fn compare_versions(book: &RuleBook, greeting: &Greeting) {
    let ours = book.version().to_string();
    if greeting.rules_version.as_ref() != Some(&ours) {
        let theirs = greeting.rules_version.as_deref().unwrap_or("none");
        // Nobody to hear it is no reason not to play.
        let _unheard: io::Result<()> = writeln!(
            io::stderr(),
            "ringmaster: the server has other rules in force than --rules names (version {theirs}, not {ours})"
        );
    }
}
