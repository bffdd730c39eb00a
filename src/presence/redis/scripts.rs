//! The scripts: each an atomic operation, with its contract at the top of its file.

/// Every script of this store, ready to be sent by its digest.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) offer: Script,
    pub(super) later_offer: Script,
    pub(super) report: Script,
    pub(super) put_agents: Script,
    pub(super) remove_agent: Script,
    pub(super) register: Script,
    pub(super) reindex: Script,
    pub(super) built: Script,
    pub(super) set_presence: Script,
    pub(super) heartbeat: Script,
    pub(super) release: Script,
    pub(super) read_agents: Script,
    pub(super) binding: Script,
    pub(super) erase: Script,
    pub(super) take: Script,
    pub(super) read_calls: Script,
    pub(super) probe: Script,
}

/// A script: its digest, and its text for the server that has lost it.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) digest: String,
    pub(super) text: &'static str,
}

impl Script {
    pub(super) fn new(text: &'static str) -> Self {
        Self {
            digest: redis::Script::new(text).get_hash().to_owned(),
            text,
        }
    }
}

/// A script of administration: layout and prelude, then its own files.
macro_rules! script {
    ($($file:literal),+) => {
        Script::new(concat!(include_str!("layout.lua"), "\n", include_str!("prelude.lua"), $("\n", include_str!($file)),+))
    };
}

/// The decision of a call's first fetch. It does without the prelude and the
/// machine, whose functions would be made anew at every run.
const OFFER: &str = concat!(
    include_str!("layout.lua"),
    "\nlocal conclude, text_of, recount, customer, begun, ends_of\n",
    include_str!("offer.lua")
);

/// The decision of a later fetch, which ends the attempt before.
const LATER_OFFER: &str = concat!(
    include_str!("layout.lua"),
    "\n",
    include_str!("prelude.lua"),
    "\n",
    include_str!("machine.lua"),
    "\n",
    include_str!("offer.lua")
);

/// What is heard of a call.
const REPORT: &str = concat!(
    include_str!("layout.lua"),
    "\n",
    include_str!("prelude.lua"),
    "\n",
    include_str!("machine.lua"),
    "\n",
    include_str!("report.lua")
);

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            offer: Script::new(OFFER),
            later_offer: Script::new(LATER_OFFER),
            report: Script::new(REPORT),
            put_agents: script!("indexing.lua", "departed.lua", "put_agents.lua"),
            remove_agent: script!("departed.lua", "remove_agent.lua"),
            register: script!("departed.lua", "register.lua"),
            reindex: script!("indexing.lua", "reindex.lua"),
            built: script!("built.lua"),
            set_presence: script!("newcomers.lua", "set_presence.lua"),
            heartbeat: script!("newcomers.lua", "heartbeat.lua"),
            release: script!("machine.lua", "release.lua"),
            read_calls: script!("read_calls.lua"),
            read_agents: script!("read_agents.lua"),
            binding: script!("binding.lua"),
            erase: script!("machine.lua", "erase.lua"),
            take: script!("take.lua"),
            probe: Script::new(include_str!("probe.lua")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A script holds up everybody for as long as it runs, so none of them reads as much as there happens to be.
    #[test]
    fn every_range_has_a_limit_and_only_an_erasure_looks_for_keys_in_pages() {
        let scripts = Scripts::new();
        let texts = [
            scripts.offer.text,
            scripts.later_offer.text,
            scripts.report.text,
            scripts.put_agents.text,
            scripts.remove_agent.text,
            scripts.register.text,
            scripts.reindex.text,
            scripts.built.text,
            scripts.set_presence.text,
            scripts.heartbeat.text,
            scripts.release.text,
            scripts.read_agents.text,
            scripts.binding.text,
            scripts.take.text,
            scripts.read_calls.text,
            scripts.probe.text,
        ];
        let pages = "call('SCAN', ARGV[4], 'MATCH', prefix .. '*', 'COUNT', PAGE)";
        assert_eq!(scripts.erase.text.matches(pages).count(), 1);
        let erase = scripts.erase.text.replace(pages, "");
        let mut ranges = 0;
        for text in texts.into_iter().chain([erase.as_str()]) {
            for command in ["'KEYS'", "'SCAN'", "'HKEYS'", "'HVALS'", "'LRANGE'"] {
                assert!(!text.contains(command), "{command}");
            }
            for (place, command) in text.match_indices("'ZRANGEBYSCORE'") {
                let rest: String = text[place..].chars().take(200).collect();
                assert!(rest.contains("'LIMIT'"), "{command} in {rest}");
                ranges += 1;
            }
        }
        assert!(ranges > 10, "{ranges}");
    }

    /// Else a probe could be content with rights that decisions lack, or miss some that they do without.
    #[test]
    fn a_probe_asks_for_the_commands_of_decisions_and_reports_and_for_no_others() {
        let scripts = Scripts::new();
        let of = |scripts: &[&Script]| -> BTreeSet<&'static str> {
            let texts = scripts
                .iter()
                .flat_map(|script| script.text.split("call('").skip(1));
            texts.filter_map(|rest| rest.split('\'').next()).collect()
        };
        let called = of(&[&scripts.offer, &scripts.later_offer, &scripts.report]);
        assert!(called.len() > 10, "{called:?}");
        assert_eq!(of(&[&scripts.probe]), called);
    }
}
