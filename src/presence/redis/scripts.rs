//! The scripts: each an atomic operation, with its contract at the top of its file.

use redis::Script;

/// Every script of this store, ready to be sent by its digest.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) offer: Script,
    pub(super) put_agents: Script,
    pub(super) remove_agent: Script,
    pub(super) register: Script,
    pub(super) reindex: Script,
    pub(super) built: Script,
    pub(super) set_presence: Script,
    pub(super) heartbeat: Script,
    pub(super) release: Script,
    pub(super) read_agents: Script,
}

macro_rules! text {
    ($($file:literal),+) => { concat!(include_str!("prelude.lua"), $("\n", include_str!($file)),+) };
}

macro_rules! script {
    ($($file:literal),+) => { Script::new(text!($($file),+)) };
}

/// The decision's text, for the server that has lost it.
pub(super) const OFFER: &str = text!("offer.lua");

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            offer: Script::new(OFFER),
            put_agents: script!("indexing.lua", "put_agents.lua"),
            remove_agent: script!("remove_agent.lua"),
            register: script!("register.lua"),
            reindex: script!("indexing.lua", "reindex.lua"),
            built: script!("built.lua"),
            set_presence: script!("set_presence.lua"),
            heartbeat: script!("heartbeat.lua"),
            release: script!("release.lua"),
            read_agents: script!("read_agents.lua"),
        }
    }
}
