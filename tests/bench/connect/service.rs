//! ringmaster as it runs in production, on Redis, with three offices of different sizes; and once more with another that
//! keeps nothing of what was.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ringmaster::clock::{Clock as _, SystemClock};
use ringmaster::presence::memory::Memory;
use ringmaster::presence::redis::{RedisSettings, RedisStore};
use ringmaster::presence::store::View;
use ringmaster::presence::{AgentProfile, Presence, Retention, Store};
use ringmaster::reload::RulesInForce;
use ringmaster::rules::RuleBook;
use ringmaster::server::{App, Running, Stores};
use ringmaster::settings::Settings;
use ringmaster::telephony::{AccountName, AgentId, ContactUri};

use crate::short_leases::ShortLeases;

/// The accounts, with the number of their agents.
pub(crate) const ACCOUNTS: [(&str, usize); 3] =
    [("small", 100), (USUAL, 1_000), ("large", 100_000)];
/// The account that most is measured with.
pub(crate) const USUAL: &str = "default";
/// One as large, of the service that keeps nothing.
pub(crate) const UNSEEN: (&str, usize) = ("unseen", 1_000);
/// Who looks at things.
pub(crate) const TOKEN: &str = "a-token-of-the-benchmark";
/// Threads that answer, here and in the bare server.
pub(crate) const WORKERS: usize = 2;
/// The settings' defaults for Redis, here and in the bare server.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// See [`CONNECT_TIMEOUT`].
pub(crate) const COMMAND_TIMEOUT: Duration = Duration::from_secs(1);
/// Queues of each account; each has a digit, and each agent is in three of them.
pub(crate) const QUEUES: usize = 10;

/// Administration at a time, while agents are put in.
const AT_A_TIME: usize = 8;
/// Long, so that nobody lapses during the run; but it is checked at every choice.
const VIEW: View = View {
    heartbeat: Some(Duration::from_hours(12)),
    utc_offset_seconds: 19_800,
};

/// What every answer carries: what the published sample does.
const RULES_HEAD: &str = r#"
country: IN
time_zone: Asia/Kolkata
answer:
  state_management: true
  outgoing_phone_number: "+911135124157"
  sticky_agent: false
  recording: { record: true, channels: single }
  max_conversation_duration: 15m
  music_on_hold: default_tone
  events: true
  start_call_playback: { text: "hello, this is a sample text" }
presence: { heartbeat: 12h }
fallback: { numbers: ["+911140001234"] }
"#;

/// The path of an account, up to where Exotel's parameters begin.
pub(crate) fn path(account: &str) -> String {
    format!("/exotel/{account}/connect?key=a-key-of-the-benchmark&")
}

/// What is kept of decisions, and of what agents were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum History {
    /// As the settings have it by default.
    Usual,
    Nothing,
}

/// Starts one, and puts agents into these accounts.
pub(crate) async fn start(
    redis: &str,
    offices: &[(&str, usize)],
    history: History,
) -> anyhow::Result<Running> {
    let mut memory = Memory::default();
    if history == History::Nothing {
        memory.history = Retention::NONE;
    }
    let store = RedisStore::new(
        &RedisSettings {
            connect_timeout: CONNECT_TIMEOUT,
            command_timeout: COMMAND_TIMEOUT,
            pool_size: AT_A_TIME,
            ..RedisSettings::at(redis)
        },
        memory,
    )?;
    let for_workers = store.clone();
    let stores = Stores::per_worker(move || Arc::new(ShortLeases(for_workers.for_worker())));
    let book = Arc::new(rules()?);
    let accounts = offices
        .iter()
        .map(|(name, _)| (account(name), Arc::clone(&book)));
    let app = App {
        stores,
        rules: RulesInForce::built_in(accounts.collect(), SystemClock.now()),
        settings: settings(redis, offices, history)?,
        clock: Arc::new(SystemClock),
    };
    let running = ringmaster::server::start(app).await?;
    for &(name, agents) in offices {
        staff(&store, &account(name), agents).await?;
    }
    Ok(running)
}

fn settings(redis: &str, offices: &[(&str, usize)], history: History) -> anyhow::Result<Settings> {
    let mut text = format!(
        "listen = '127.0.0.1:0'\nworkers = {WORKERS}\npublic_url = 'https://connect.example.com'\n\
         limits = {{ connect_per_second = 4000000000 }}\n\
         store = {{ kind = 'redis', url = '{redis}' }}\n"
    );
    if history == History::Nothing {
        text.push_str("history = { kept = '0' }\nmetrics = { agents_seconds = 0 }\n");
    }
    for (name, _) in offices {
        writeln!(
            text,
            "[accounts.{name}]\nkeys = ['a-key-of-the-benchmark']\n\
             tokens = [{{ role = 'read', token = '{TOKEN}' }}]"
        )?;
    }
    Ok(Settings::from_toml(&text)?)
}

/// A queue for each digit, and a rule that picks it.
fn rules() -> anyhow::Result<RuleBook> {
    let (mut queues, mut rules) = ("queues:\n".to_owned(), "rules:\n".to_owned());
    for digit in 0..QUEUES {
        writeln!(
            queues,
            "  queue-{digit}: {{ agents: {{ groups: [team-{digit}] }} }}"
        )?;
        writeln!(
            rules,
            "  - name: pressed {digit}\n    when: {{ digits: \"{digit}\" }}\n    \
             ring: {{ agents: 3, at_once: 3, for: 30s }}\n    targets: [{{ queue: queue-{digit} }}]"
        )?;
    }
    let text = format!("{RULES_HEAD}{queues}{rules}");
    RuleBook::parse("rules/default.yaml", &text).map_err(|findings| anyhow::anyhow!("{findings}"))
}

/// Puts agents in and makes them available.
async fn staff(store: &RedisStore, account: &AccountName, agents: usize) -> anyhow::Result<()> {
    let profiles: Vec<AgentProfile> = (0..agents).map(profile).collect();
    for some in profiles.chunks(500) {
        store.put_agents(account, some).await?;
    }
    stream::iter(&profiles)
        .map(|agent| store.set_presence(account, &agent.id, &Presence::Available, None, VIEW))
        .buffer_unordered(AT_A_TIME)
        .try_for_each(|_known| std::future::ready(Ok(())))
        .await?;
    Ok(())
}

fn profile(index: usize) -> AgentProfile {
    let number = format!("+9198{index:08}");
    let teams = [index, index + 3, index + 7].map(|team| format!("team-{}", team % QUEUES));
    AgentProfile {
        id: AgentId::parse(&format!("agent-{index:06}")).expect("an id"),
        name: format!("Agent {index}"),
        destinations: vec![ContactUri::from_canonical(&number).expect("a number")],
        groups: BTreeSet::from(teams),
        skills: BTreeMap::new(),
        position: None,
        weight: 1,
    }
}

fn account(name: &str) -> AccountName {
    AccountName::parse(name).expect("a name")
}
