//! `ringmaster serve --demo`: everything built in, so that the first answer is one command and one paste away.
//!
//! Its keys are known to everybody, which is why it listens on this machine only.

use std::fmt;
use std::net::SocketAddr;

use crate::presence::store::View;
use crate::presence::{AgentProfile, Presence, Store, StoreError};
use crate::rules::{Findings, RuleBook};
use crate::settings::{Settings, SettingsError};
use crate::telephony::AccountName;

const SETTINGS: &str = include_str!("demo/settings.toml");
const RULES: &str = include_str!("demo/rules.yaml");
const AGENTS: &str = include_str!("demo/agents.json");

/// The query of Exotel's published sample request.
const SAMPLE: &str = "CallSid=07a971107d0f3ee459a21b90c0d616ba&Created=Thu%2C%2010%20Nov%202022%2012%3A18%3A36\
    &CurrentTime=2022-11-10%2012%3A18%3A44&DialCallDuration=0&DialWhomNumber=&Direction=incoming&From=08516043026\
    &StartTime=2022-11-10%2012%3A18%3A36&To=01135124157";

/// The demo's settings; neither a file nor the environment is read.
pub(super) fn settings() -> Result<Settings, SettingsError> {
    Settings::from_toml(SETTINGS)
}

/// The demo's rules.
pub(super) fn rules() -> Result<RuleBook, Findings> {
    RuleBook::parse("the demo's rules", RULES)
}

/// Puts the demo's agents into the store, all available.
pub(super) async fn seed(store: &dyn Store, account: &AccountName) -> Result<(), StoreError> {
    let agents = agents().map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let view = View {
        heartbeat: None,
        utc_offset_seconds: 0,
    };
    store.put_agents(account, &agents).await?;
    for agent in &agents {
        store
            .set_presence(account, &agent.id, &Presence::Available, None, view)
            .await?;
    }
    Ok(())
}

fn agents() -> Result<Vec<AgentProfile>, serde_json::Error> {
    serde_json::from_str(AGENTS)
}

/// This program as whoever started it called it, for the shell.
fn program() -> String {
    let called = std::env::args().next();
    let called = called.unwrap_or_else(|| "ringmaster".to_owned());
    format!("'{}'", called.replace('\'', "'\\''"))
}

/// What to try, ready to be pasted.
pub(super) struct Welcome(pub(super) SocketAddr);

impl fmt::Display for Welcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, program) = (self.0, program());
        write!(
            formatter,
            "ringmaster is trying things out on http://{address}, with three agents who are available.\n\
            \n\
            Ask as Exotel does whom a call should ring:\n\
            \n\
            curl 'http://{address}/ccm-programmable-connect?key=demo&{SAMPLE}'\n\
            \n\
            The same call gets the same answer; change its CallSid and it is another call, for another agent.\n\
            See who is free now:\n\
            \n\
            curl -H 'Authorization: Bearer demo' http://{address}/v1/accounts/default/agents\n\
            \n\
            See whom a call would ring, and why:\n\
            \n\
            RINGMASTER_TOKEN=demo {program} explain --server http://{address} --from 08516043026 --to 01135124157\n\
            \n\
            Ctrl-C ends it; nothing is kept.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_built_in_can_be_used() {
        assert_eq!(settings().unwrap().accounts.len(), 1);
        assert_eq!(rules().unwrap().rules().len(), 1);
        assert_eq!(agents().unwrap().len(), 3);
    }
}
