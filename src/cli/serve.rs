//! `ringmaster serve`

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Exit, Failure, ServeArguments, demo, logging, say};
use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::presence::Store;
use crate::presence::memory::MemoryStore;
use crate::reload::RulesInForce;
use crate::server::{self, App, Running, Stores};
use crate::settings::Settings;
use crate::telephony::{self, AccountName};

/// For whoever starts the service without any settings.
const NO_KEY: &str = include_str!("serve/no_key.txt");
/// For whoever starts it in another folder.
const NO_RULES: &str = include_str!("serve/no_rules.txt");

/// Serves until it is told to stop; what is in flight then is answered.
pub(super) fn serve(arguments: &ServeArguments) -> Result<(), Failure> {
    let settings = settings(arguments)?;
    let _written_at_the_end = logging::start(&settings.log)
        .context("log.filter is not understood")
        .map_err(Failure::unusable)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Failure::unusable)?;
    telephony::warm_up();
    runtime.block_on(async {
        if arguments.demo {
            // Its rules are built in: a terminal that is closed ends it.
            return until_told(demo(settings).await?, None).await;
        }
        // From before the rules are read: a signal that nobody catches would end the process.
        let hang_up = signal(SignalKind::hangup()).map_err(Failure::unusable)?;
        until_told(real(settings).await?, Some(hang_up)).await
    })
}

fn settings(arguments: &ServeArguments) -> Result<Settings, Failure> {
    let loaded = if arguments.demo {
        demo::settings()
    } else {
        Settings::load(arguments.config.as_deref())
    };
    let mut settings = loaded.map_err(Failure::unusable)?;
    if let Some(listen) = arguments.listen {
        settings.listen = listen;
    }
    if arguments.demo && !settings.listen.ip().is_loopback() {
        let cause = anyhow::anyhow!(
            "the demo has keys that everybody knows: it listens on this machine only"
        );
        return Err(Failure::unusable(cause));
    }
    Ok(settings)
}

/// The service as the settings say.
async fn real(settings: Settings) -> Result<Running, Failure> {
    for setting in settings.placeholders() {
        tracing::warn!(
            setting,
            "THIS SECRET STANDS IN EXAMPLES AND IS KNOWN TO EVERYBODY: change it"
        );
    }
    for account in settings.without_key_to_send() {
        tracing::warn!(%account, "Exotel is not asked to report events: all keys are digests, and one that it can send back is needed");
    }
    for caution in settings.cautions() {
        tracing::warn!("{caution}");
    }
    let clock = Arc::new(SystemClock);
    let stores = Stores::from_settings(&settings, clock.clone()).map_err(Failure::unusable)?;
    let rules = rules(&settings, clock.now())?;
    somebody_has_a_key(&settings)?;
    let running = server::start(App {
        stores,
        rules,
        settings,
        clock,
    })
    .await
    .map_err(Failure::unusable)?;
    tracing::info!(address = %running.address(), "listening");
    Ok(running)
}

/// The service with everything built in.
async fn demo(settings: Settings) -> Result<Running, Failure> {
    let clock = Arc::new(SystemClock);
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(clock.clone()));
    let account = AccountName::default();
    let rules =
        demo::rules().map_err(|findings| Failure::unusable(anyhow::anyhow!("{findings}")))?;
    demo::seed(&*store, &account)
        .await
        .map_err(Failure::unusable)?;
    let rules = BTreeMap::from([(account, Arc::new(rules))]);
    let rules = RulesInForce::built_in(rules, clock.now());
    let stores = Stores::shared(store);
    let running = server::start(App {
        stores,
        rules,
        settings,
        clock,
    })
    .await
    .map_err(Failure::unusable)?;
    say(demo::Welcome(running.address()))?;
    Ok(running)
}

/// The rules of all accounts. One bad file leaves its account without rules; when all are bad, nobody could be served. An
/// empty folder may still be filled.
fn rules(settings: &Settings, now: Timestamp) -> Result<RulesInForce, Failure> {
    let rules = RulesInForce::read(&settings.rules, now)
        .map_err(|error| Failure::unusable(error).advise(NO_RULES))?;
    let with_rules: BTreeSet<_> = rules.books().map(|(account, _)| account).collect();
    let with_key: BTreeSet<_> = settings.accounts.keys().collect();
    for account in with_rules.difference(&with_key) {
        tracing::warn!(%account, "has rules but no key in the settings: Exotel cannot reach it");
    }
    for account in with_key.difference(&with_rules) {
        tracing::warn!(%account, "has no usable rules: its callers reach nobody");
    }
    let folder = settings.rules.display();
    if rules.is_empty() {
        tracing::error!(%folder, "there are no rules yet: all callers reach nobody.\n{NO_RULES}");
    } else if with_rules.is_empty() {
        let cause = anyhow::anyhow!("no usable rules in {folder}");
        return Err(Failure::new(Exit::Findings, cause));
    }
    Ok(rules)
}

/// Without a key nobody could ever be answered; such a service would only seem to run.
fn somebody_has_a_key(settings: &Settings) -> Result<(), Failure> {
    if settings
        .accounts
        .values()
        .any(|account| !account.keys.is_empty())
    {
        return Ok(());
    }
    let cause = anyhow::anyhow!("no account has a key, so Exotel could not ask for an answer");
    Err(Failure::unusable(cause).advise(NO_KEY))
}

/// Runs until SIGTERM, SIGINT, or an end of its own. A second signal cuts the drain short. SIGHUP has the rules read again.
async fn until_told(mut running: Running, mut hang_up: Option<Signal>) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::unusable)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::unusable)?;
    let by_itself = || Failure::unusable(anyhow::anyhow!("the server ended by itself"));
    let drains = loop {
        tokio::select! {
            _ = terminate.recv() => break true,
            _ = interrupt.recv() => break false,
            () = hung_up(&mut hang_up) => {
                tracing::info!("SIGHUP: reading all rules again");
                running.reload_rules();
                running.reload_certificate();
            }
            () = running.ended() => return Err(by_itself()),
        }
    };
    // Ctrl-C comes from somebody who waits; SIGTERM from what may have a load balancer in front.
    if drains {
        tracing::info!("stopping: not ready any more, but answering until the drain is over");
        tokio::select! {
            () = running.drain() => {}
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
    tracing::info!("stopping: what is in flight is still answered");
    running.stop().await;
    Ok(())
}

/// Returns when SIGHUP has come.
async fn hung_up(hang_up: &mut Option<Signal>) {
    match hang_up {
        Some(hang_up) => {
            hang_up.recv().await;
        }
        None => pending().await,
    }
}
