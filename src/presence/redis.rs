//! The shared store: Redis 7 or Valkey, each operation one script, each decision one round trip.
//!
//! The score is the lease: an agent's place in a queue's sorted set is the moment from which it may be offered, so a
//! range up to now *is* the ready agents, longest idle first, and a lease that has passed needs no write. How the
//! keys hang together: `keys.rs`; what a record is: `layout.lua`; the decision: `offer.lua`.
//!
//! Two ways lead there (`route.rs`: to one server, to the master that sentinels name, to a cluster). The hot path has one
//! multiplexed connection per worker (`hot.rs`), which costs one round trip and no waiting for a place; administration
//! takes connections from a small pool (`pool.rs`).

use std::fmt;
use std::slice::from_ref;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redis::{RedisError, Value};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::agent::{Agent, AgentProfile, Presence};
use super::history::CallHistory;
use super::log::DecisionLog;
use super::memory::Memory;
use super::note::NoteStep;
use super::offer::{OfferReply, OfferRequest};
use super::past::Past;
use super::queue::QueueDefinition;
use super::quota::Quota;
use super::report::{DialNews, Report};
use super::snapshot::{Member, Snapshot};
use super::sticky::{Binding, Erased};
use super::store::{Release, ReleaseOutcome, Store, StoreError, View};
use super::told::Heard;
use super::waiting::Traffic;
use crate::clock::{Clock, Timestamp};
use crate::telephony::{AccountName, AgentId, CallSid, PhoneNumber};

mod address;
mod advice;
#[cfg(any(test, fuzzing))]
mod any_reply;
mod call;
mod command;
mod connection;
mod history;
mod hot;
mod keys;
mod log;
mod past;
mod patience;
mod pool;
mod reply;
mod route;
mod scripts;
mod sentinel;
mod settings;
mod tls;
mod traffic;
mod upkeep;

#[cfg(any(test, fuzzing))]
pub use any_reply::read_as_any_reply;
use call::Call;
use command::millis;
use hot::Hot;
use keys::Keys;
use patience::Patience;
use pool::Pool;
use reply::{Reader, Reply};
use route::Route;
use scripts::{Script, Scripts};
pub use settings::{Reconnect, RedisSettings, RedisSettingsError, TlsFiles};
use upkeep::{Probe, Standings};

/// The store in Redis or Valkey. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<Shared>,
    hot: Hot,
    /// Keeps the line in use; ends with the last clone.
    _upkeep: Arc<JoinSet<()>>,
}

/// What all workers of a process share.
struct Shared {
    route: Route,
    pool: Pool,
    scripts: Scripts,
    memory: Memory,
    patience: Patience,
    probe: Arc<Probe>,
    standings: Standings,
    /// Whoever erases a caller holds it: erasures come one after the other.
    erasing: Mutex<()>,
    /// Ends with the store.
    _watching: JoinSet<()>,
    /// In tests, a clock instead of the server's.
    clock: Option<Arc<dyn Clock>>,
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisStore")
            .field("settings", self.shared.route.settings())
            .finish_non_exhaustive()
    }
}

impl RedisStore {
    /// A store at these addresses. Connects when first used, so a server that is down now is no error.
    ///
    /// # Errors
    /// When an address, a file or a limit makes no sense. Must be called within a tokio runtime.
    pub fn new(settings: &RedisSettings, memory: Memory) -> Result<Self, RedisSettingsError> {
        Self::with(settings, memory, None)
    }

    /// The same on another clock than the server's, for tests that make time pass.
    pub fn on_clock(
        settings: &RedisSettings,
        memory: Memory,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RedisSettingsError> {
        Self::with(settings, memory, Some(clock))
    }

    fn with(
        settings: &RedisSettings,
        memory: Memory,
        clock: Option<Arc<dyn Clock>>,
    ) -> Result<Self, RedisSettingsError> {
        let route = Route::new(settings)?;
        let (pool, hot) = (Pool::new(route.clone())?, Hot::new(&route));
        let scripts = Scripts::new(memory.history);
        let mut watching = JoinSet::new();
        if let Some(watch) = route.watch() {
            watching.spawn(watch);
        }
        let shared = Shared {
            _watching: watching,
            patience: Patience::new(settings.patience),
            probe: Arc::new(Probe::new(&scripts.probe, route.is_cluster())),
            standings: Standings::default(),
            erasing: Mutex::default(),
            route,
            pool,
            scripts,
            memory,
            clock,
        };
        Ok(Self {
            shared: Arc::new(shared),
            hot,
            _upkeep: Arc::default(),
        })
    }

    /// The same store with a connection of its own for decisions, which is looked after from its first use on. Call it on the
    /// worker that will use it, within its tokio runtime.
    #[must_use]
    pub fn for_worker(&self) -> Self {
        let shared = Arc::clone(&self.shared);
        let hot = Hot::new(&shared.route);
        shared.standings.add(&hot);
        let mut upkeep = JoinSet::new();
        let limit = shared.route.settings().command_timeout;
        upkeep.spawn(upkeep::keep(hot.clone(), Arc::clone(&shared.probe), limit));
        Self {
            shared,
            hot,
            _upkeep: Arc::new(upkeep),
        }
    }

    /// The virtual time, or 0 for the server's.
    fn now(&self) -> i64 {
        self.shared
            .clock
            .as_ref()
            .map_or(0, |clock| clock.now().as_millis())
    }

    /// A call of `script` with the arguments that all have in common.
    fn call(&self, script: &Script, keys: &Keys, more_keys: &[String]) -> Call {
        let (records, presence, cards) = (keys.records(), keys.presence(), keys.cards());
        let mut all = vec![records.as_str(), &presence, &cards];
        all.extend(more_keys.iter().map(String::as_str));
        let mut call = Call::with_keys(script, &all);
        call.arg(self.now()).arg(keys.base());
        call
    }

    async fn run(&self, call: &Call) -> Result<Value, StoreError> {
        self.shared.pool.run(call).await
    }

    /// As [`Self::run`], for a script that answers how many it found.
    async fn found(&self, call: &Call) -> Result<bool, StoreError> {
        let value = self.run(call).await?;
        reply::count(&value).map(|count| count > 0)
    }

    /// As [`Self::run`], for a command that answers with a text or with nothing.
    async fn text(&self, call: &Call) -> Result<Option<String>, StoreError> {
        let value = self.run(call).await?;
        Ok(redis::from_redis_value(value).map_err(RedisError::from)?)
    }

    fn offer_call(&self, request: &OfferRequest, script: &Script) -> Call {
        let shared = &self.shared;
        let not_after = match shared.clock {
            Some(_) => 0,
            None => shared.patience.not_after(),
        };
        let (memory, now) = (shared.memory, self.now());
        let command = command::offer(request, &script.digest, memory, now, not_after);
        Call::of(script, command)
    }
}

#[async_trait]
impl Store for RedisStore {
    async fn offer(&self, request: &OfferRequest) -> Result<OfferReply, StoreError> {
        let scripts = &self.shared.scripts;
        let mut script = match request.told {
            DialNews::Nothing | DialNews::GoesOn => &scripts.offer,
            DialNews::Ended(_) => &scripts.later_offer,
        };
        // Once more for a call that is known though this fetch doesn't show it, and once more when the server's clock
        // has jumped, and nobody but it says that the answer comes too late.
        for _ in 0..3 {
            let value = self.hot.run(&self.offer_call(request, script)).await?;
            let (reply, now) = reply::offer(value, request)?;
            if let Some(now) = now {
                self.shared.patience.learn(now);
            }
            match reply {
                Reply::Decided(reply) => return Ok(reply),
                Reply::Later => script = &scripts.later_offer,
                Reply::Late => {}
            }
        }
        Err(StoreError::Timeout(self.shared.patience.lasting()))
    }

    async fn hear(&self, report: &Report) -> Result<Heard, StoreError> {
        let script = &self.shared.scripts.report;
        let command = command::report(report, &script.digest, self.shared.memory, self.now());
        let value = self.hot.run(&Call::of(script, command)).await?;
        reply::told::heard(value)
    }

    async fn prepare(
        &self,
        account: &AccountName,
        queues: &[Arc<QueueDefinition>],
    ) -> Result<(), StoreError> {
        let keys = Keys::of(account);
        let scripts = &self.shared.scripts;
        let mut register = self.call(&scripts.register, &keys, &[keys.registry(), keys.built()]);
        for queue in queues {
            register
                .arg(queue.id().as_str())
                .arg(queue.membership_json());
        }
        let (missing, dropped) = reply::registered(self.run(&register).await?)?;
        if missing.is_empty() && dropped.is_empty() {
            return Ok(());
        }
        let mut built = self.call(&scripts.built, &keys, &[keys.registry(), keys.built()]);
        built.arg(missing.len()).arg(missing).arg(dropped);
        let mut cursor = "0".to_owned();
        loop {
            let mut page = self.call(&scripts.reindex, &keys, &[keys.profiles(), keys.registry()]);
            let reply = self.run(page.arg(&cursor)).await?;
            reply::word(&reply)?.clone_into(&mut cursor);
            if cursor == "0" {
                break;
            }
        }
        self.run(&built).await.map(drop)
    }

    async fn put_agents(
        &self,
        account: &AccountName,
        agents: &[AgentProfile],
    ) -> Result<(), StoreError> {
        if agents.is_empty() {
            return Ok(());
        }
        let keys = Keys::of(account);
        let mut put = self.call(
            &self.shared.scripts.put_agents,
            &keys,
            &[keys.profiles(), keys.registry(), keys.owners()],
        );
        for agent in agents {
            let profile = serde_json::to_string(agent).map_err(|error| {
                StoreError::Corrupt(format!("a profile that is no JSON: {error}"))
            })?;
            put.arg(agent.id.as_str()).arg(profile).arg(agent.rank());
        }
        let taken = reply::taken(self.run(&put).await?)?;
        if taken.is_empty() {
            Ok(())
        } else {
            Err(StoreError::Taken(taken))
        }
    }

    async fn remove_agent(&self, account: &AccountName, id: &AgentId) -> Result<bool, StoreError> {
        let keys = Keys::of(account);
        let mut remove = self.call(
            &self.shared.scripts.remove_agent,
            &keys,
            &[keys.profiles(), keys.owners()],
        );
        self.found(remove.arg(id.as_str())).await
    }

    async fn agent(
        &self,
        account: &AccountName,
        view: View,
        id: &AgentId,
    ) -> Result<Option<Agent>, StoreError> {
        let keys = Keys::of(account);
        let mut read = self.call(&self.shared.scripts.read_agents, &keys, &[keys.profiles()]);
        let page = self.read(read.arg("").arg(id.as_str())).await?;
        let seen = |member: &Member| member.record.seen(&member.profile, page.now, view);
        Ok(page.members.last().map(seen))
    }

    /// Page by page, each at its own moment; the snapshot's moment is the last. A scan may show an agent twice: the
    /// later page counts.
    async fn snapshot(&self, account: &AccountName) -> Result<Snapshot, StoreError> {
        let keys = Keys::of(account);
        let (mut cursor, mut all) = ("0".to_owned(), Vec::new());
        loop {
            let mut read = self.call(&self.shared.scripts.read_agents, &keys, &[keys.profiles()]);
            let page = self.read(read.arg(&cursor)).await?;
            all.extend(page.members);
            cursor = page.next;
            if cursor == "0" {
                return Ok(Snapshot::new(page.now, all));
            }
        }
    }

    /// The agents as they are now come first, so that whatever changes meanwhile is among what is read then.
    async fn past(
        &self,
        account: &AccountName,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Past, StoreError> {
        self.read_past(&Keys::of(account), from, to).await
    }

    async fn binding(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Option<Binding>, StoreError> {
        let keys = Keys::of(account);
        let get = self.call(
            &self.shared.scripts.binding,
            &keys,
            &[keys.binding(customer)],
        );
        reply::binding(reply::word(&self.run(&get).await?)?)
    }

    async fn erase(
        &self,
        account: &AccountName,
        customer: PhoneNumber,
    ) -> Result<Erased, StoreError> {
        self.forget_in_log(account, customer).await?;
        let keys = Keys::of(account);
        let (binding, kept) = (keys.binding(customer), self.shared.memory.calls_kept);
        let (mut cursor, mut erased) = ("0".to_owned(), Erased::default());
        let _alone = self.shared.erasing.lock().await;
        loop {
            let began = Instant::now();
            let mut page = self.call(&self.shared.scripts.erase, &keys, from_ref(&binding));
            page.arg(customer.to_string())
                .arg(&cursor)
                .arg(millis(kept));
            let of_page = reply::erased(self.run(&page).await?, &mut cursor)?;
            erased.binding |= of_page.binding;
            erased.calls = erased.calls.saturating_add(of_page.calls);
            if cursor == "0" {
                return Ok(erased);
            }
            // However many pages there are, callers have Redis for half of the time.
            tokio::time::sleep(began.elapsed()).await;
        }
    }

    async fn traffic(
        &self,
        account: &AccountName,
        queues: &[Arc<str>],
    ) -> Result<Traffic, StoreError> {
        let mut read = self.call(&self.shared.scripts.read_calls, &Keys::of(account), &[]);
        for name in queues {
            read.arg(&**name);
        }
        traffic::traffic(self.run(&read).await?, queues)
    }

    async fn set_presence(
        &self,
        account: &AccountName,
        id: &AgentId,
        presence: &Presence,
        by: Option<&str>,
        view: View,
    ) -> Result<bool, StoreError> {
        let (reason, lasting) = match presence {
            Presence::OnBreak { reason, lasting } => {
                (reason.as_deref().unwrap_or_default(), *lasting)
            }
            Presence::Available | Presence::Offline => ("", None),
        };
        let mut set = self.call(&self.shared.scripts.set_presence, &Keys::of(account), &[]);
        set.arg(id.as_str())
            .arg(reply::letter(presence.status()))
            .arg(reason)
            .arg(lasting.map_or(0, millis));
        self.found(
            set.arg(view.heartbeat.map_or(0, millis))
                .arg(view.utc_offset_seconds)
                .arg(by.unwrap_or_default()),
        )
        .await
    }

    async fn heartbeat(
        &self,
        account: &AccountName,
        id: &AgentId,
        view: View,
    ) -> Result<bool, StoreError> {
        let mut beat = self.call(&self.shared.scripts.heartbeat, &Keys::of(account), &[]);
        beat.arg(id.as_str()).arg(view.heartbeat.map_or(0, millis));
        self.found(beat.arg(view.utc_offset_seconds)).await
    }

    async fn release(
        &self,
        account: &AccountName,
        id: &AgentId,
        release: Release,
    ) -> Result<ReleaseOutcome, StoreError> {
        let who = match release {
            Release::Own => "own",
            Release::Any => "any",
        };
        let mut call = self.call(&self.shared.scripts.release, &Keys::of(account), &[]);
        let value = self.run(call.arg(id.as_str()).arg(who)).await?;
        match reply::word(&value)? {
            "i" => Ok(ReleaseOutcome::Idle),
            "" => Ok(ReleaseOutcome::Unknown),
            letter => reply::state(letter)
                .map(ReleaseOutcome::Refused)
                .ok_or_else(|| StoreError::Corrupt(format!("the unknown state {letter:?}"))),
        }
    }

    async fn take(
        &self,
        account: &AccountName,
        quota: Quota,
    ) -> Result<Option<Duration>, StoreError> {
        let keys = Keys::of(account);
        let mut take = self.call(&self.shared.scripts.take, &keys, &[keys.taken(quota.name)]);
        let value = self
            .run(take.arg(quota.most.get()).arg(millis(quota.window)))
            .await?;
        let wait = u64::try_from(reply::count(&value)?);
        let wait = wait.map_err(|error| StoreError::Corrupt(format!("a wait: {error}")))?;
        Ok((wait > 0).then(|| Duration::from_millis(wait)))
    }

    async fn call(
        &self,
        account: &AccountName,
        call: &CallSid,
    ) -> Result<Option<CallHistory>, StoreError> {
        let mut get = redis::cmd("GET");
        get.arg(Keys::of(account).call(call));
        let text = self.text(&Call::plain(get)).await?;
        text.map(|text| history::read(&text)).transpose()
    }

    async fn note(
        &self,
        account: &AccountName,
        name: &str,
        step: NoteStep<'_>,
    ) -> Result<Option<String>, StoreError> {
        let command = command::note(&Keys::of(account).note(name), step);
        self.text(&Call::plain(command)).await
    }

    fn log(&self) -> &dyn DecisionLog {
        self
    }

    /// In the way of decisions, by a script that writes, over a connection like theirs, but of this store's own: of another
    /// worker's it says nothing.
    async fn ping(&self) -> Result<(), StoreError> {
        self.shared.probe.on(&self.hot).await.map(drop)
    }

    fn failing_lines(&self) -> usize {
        self.shared.standings.failing()
    }
}

/// Some of the agents, and where to read on.
struct Page {
    now: Timestamp,
    /// The cursor of the next page; `0` when there is none.
    next: String,
    members: Vec<Member>,
}

impl RedisStore {
    async fn read(&self, call: &Call) -> Result<Page, StoreError> {
        page(self.run(call).await?)
    }
}

/// The reply of `read_agents.lua`.
fn page(value: Value) -> Result<Page, StoreError> {
    let mut reader = Reader::new(value)?;
    let (now, next) = (reader.time()?, reader.text()?);
    let member = |row| {
        let (profile, record) = reply::agent(row)?;
        Ok(Member { profile, record })
    };
    let members: Result<_, StoreError> = reader.rows().map(|row| row.and_then(member)).collect();
    Ok(Page {
        now,
        next,
        members: members?,
    })
}
