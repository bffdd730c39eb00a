//! The scripts: each an atomic operation, with its contract at the top of its file.

use std::sync::Arc;

use super::super::past::Retention;
use super::command::millis;

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
    pub(super) read_past: Script,
    pub(super) read_removed: Script,
    pub(super) binding: Script,
    pub(super) erase: Script,
    pub(super) take: Script,
    pub(super) read_calls: Script,
    pub(super) log_append: Script,
    pub(super) log_ends: Script,
    pub(super) log_of_call: Script,
    pub(super) log_trim: Script,
    pub(super) probe: Script,
}

/// A script: its digest, and its text for the server that has lost it.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) digest: String,
    pub(super) text: Arc<str>,
}

impl Script {
    pub(super) fn new(text: &str) -> Self {
        Self {
            digest: redis::Script::new(text).get_hash().to_owned(),
            text: Arc::from(text),
        }
    }
}

/// How much is kept of what was, as all scripts have it before their own text: an argument would be sent with every decision.
fn constants(history: Retention) -> String {
    let (kept, changes) = (millis(history.kept), history.changes);
    format!("local PAST_KEPT, PAST_CHANGES = {kept}, {changes}\n")
}

/// What every script begins with.
macro_rules! begun {
    ($($file:expr),+) => {
        concat!(include_str!("layout.lua"), "\n", include_str!("past.lua"), $("\n", $file),+)
    };
}

/// A script of administration: behind the beginning the prelude, then its own files.
macro_rules! script {
    ($($file:literal),+) => {
        begun!(include_str!("prelude.lua"), $(include_str!($file)),+)
    };
}

/// A script of the log, which knows nothing of agents.
macro_rules! log_script {
    ($file:literal) => {
        concat!(include_str!("layout.lua"), "\n", include_str!($file))
    };
}

/// The decision of a call's first fetch. It does without the prelude and the
/// machine, whose functions would be made anew at every run.
const OFFER: &str = begun!(
    "local conclude, text_of, recount, customer, begun, ends_of",
    include_str!("offer.lua")
);

/// The decision of a later fetch, which ends the attempt before.
const LATER_OFFER: &str = script!("machine.lua", "offer.lua");

impl Scripts {
    pub(super) fn new(history: Retention) -> Self {
        let constants = constants(history);
        let script = |text: &str| Script::new(&[constants.as_str(), text].concat());
        Self {
            offer: script(OFFER),
            later_offer: script(LATER_OFFER),
            report: script(script!("machine.lua", "report.lua")),
            put_agents: script(script!(
                "ahead.lua",
                "indexing.lua",
                "departed.lua",
                "put_agents.lua"
            )),
            remove_agent: script(script!("departed.lua", "remove_agent.lua")),
            register: script(script!("departed.lua", "register.lua")),
            reindex: script(script!("ahead.lua", "indexing.lua", "reindex.lua")),
            built: script(script!("built.lua")),
            set_presence: script(script!("ahead.lua", "newcomers.lua", "set_presence.lua")),
            heartbeat: script(script!("ahead.lua", "newcomers.lua", "heartbeat.lua")),
            release: script(script!("machine.lua", "release.lua")),
            read_calls: script(script!("read_calls.lua")),
            read_agents: script(script!("ahead.lua", "read_agents.lua")),
            read_past: script(script!("read_past.lua")),
            read_removed: script(script!("read_removed.lua")),
            binding: script(script!("binding.lua")),
            erase: script(script!("machine.lua", "erase.lua")),
            take: script(script!("take.lua")),
            log_append: script(log_script!("log_append.lua")),
            log_ends: script(log_script!("log_ends.lua")),
            log_of_call: script(log_script!("log_of_call.lua")),
            log_trim: script(log_script!("log_trim.lua")),
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
        let scripts = Scripts::new(Retention::USUAL);
        let texts = [
            &scripts.offer.text,
            &scripts.later_offer.text,
            &scripts.report.text,
            &scripts.put_agents.text,
            &scripts.remove_agent.text,
            &scripts.register.text,
            &scripts.reindex.text,
            &scripts.built.text,
            &scripts.set_presence.text,
            &scripts.heartbeat.text,
            &scripts.release.text,
            &scripts.read_agents.text,
            &scripts.read_past.text,
            &scripts.read_removed.text,
            &scripts.binding.text,
            &scripts.take.text,
            &scripts.read_calls.text,
            &scripts.log_ends.text,
            &scripts.log_trim.text,
            &scripts.probe.text,
        ];
        let pages = "call('SCAN', ARGV[4], 'MATCH', prefix .. '*', 'COUNT', PAGE)";
        assert_eq!(scripts.erase.text.matches(pages).count(), 1);
        let erase = scripts.erase.text.replace(pages, "");
        // A call's entries, and how many have gone: more are never kept.
        let bounded = ["key", "KEYS[5]"]
            .map(|key| format!("call('LRANGE', {key}, 0, MOST_OF_CALL + ROOM_OF_CALL)"));
        let [written, read] = &bounded;
        let append = scripts.log_append.text.replace(written.as_str(), "");
        let of_call = scripts.log_of_call.text.replace(read.as_str(), "");
        let mut ranges = 0;
        let texts = texts.into_iter().map(|text| &**text);
        for text in texts.chain([&erase, &append, &of_call].map(String::as_str)) {
            for command in ["'KEYS'", "'SCAN'", "'HKEYS'", "'HVALS'", "'LRANGE'"] {
                assert!(!text.contains(command), "{command}");
            }
            for (command, limit) in [
                ("'ZRANGEBYSCORE'", "'LIMIT'"),
                ("'XRANGE'", "'COUNT'"),
                ("'XREVRANGE'", "'COUNT'"),
            ] {
                for (place, command) in text.match_indices(command) {
                    let rest: String = text[place..].chars().take(200).collect();
                    assert!(rest.contains(limit), "{command} in {rest}");
                    ranges += 1;
                }
            }
        }
        assert!(ranges > 10, "{ranges}");
    }

    /// Else a probe could be content with rights that decisions lack, or miss some that they do without.
    #[test]
    fn a_probe_asks_for_the_commands_of_decisions_and_reports_and_for_no_others() {
        let scripts = Scripts::new(Retention::USUAL);
        // What `pcall` is told is done without where it must be, as what agents were.
        let of = |scripts: &[&Script]| -> BTreeSet<String> {
            let texts = scripts.iter().flat_map(|script| {
                let places = script.text.match_indices("call('");
                places
                    .filter(|(place, _)| !script.text[..*place].ends_with('p'))
                    .map(|(place, command)| &script.text[place + command.len()..])
            });
            texts
                .filter_map(|rest| rest.split('\'').next())
                .map(str::to_owned)
                .collect()
        };
        let called = of(&[&scripts.offer, &scripts.later_offer, &scripts.report]);
        assert!(called.len() > 10, "{called:?}");
        assert_eq!(of(&[&scripts.probe]), called);
    }
}
