//! `ringmaster serve`

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;

use super::{Exit, Failure, ServeArguments, demo, logging, say};
use crate::clock::SystemClock;
use crate::presence::Store;
use crate::presence::memory::MemoryStore;
use crate::rules::{RuleBook, RulesFolder};
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
        let running = if arguments.demo {
            demo(settings).await?
        } else {
            real(settings).await?
        };
        until_told(running).await
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
    let clock = Arc::new(SystemClock);
    let stores = Stores::from_settings(&settings, clock.clone()).map_err(Failure::unusable)?;
    let rules = rules(&settings)?;
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

/// The rules of all accounts. One bad file leaves its account without rules; when all are bad, nobody could be served.
fn rules(settings: &Settings) -> Result<BTreeMap<AccountName, Arc<RuleBook>>, Failure> {
    let folder = RulesFolder::read(&settings.rules)
        .map_err(|error| Failure::unusable(error).advise(NO_RULES))?;
    for findings in folder.refused.values() {
        tracing::error!("these rules are not used:\n{findings}");
    }
    for (account, book) in &folder.books {
        tracing::info!(%account, version = %book.version(), rules = book.rules().len(), "rules read");
        if !settings.accounts.contains_key(account) {
            tracing::warn!(%account, "has rules but no key in the settings: Exotel cannot reach it");
        }
    }
    for account in settings
        .accounts
        .keys()
        .filter(|account| !folder.books.contains_key(account))
    {
        tracing::warn!(%account, "has no usable rules: its callers reach nobody");
    }
    if folder.books.is_empty() {
        let cause = anyhow::anyhow!("no usable rules in {}", settings.rules.display());
        return Err(if folder.refused.is_empty() {
            Failure::unusable(cause).advise(NO_RULES)
        } else {
            Failure::new(Exit::Findings, cause)
        });
    }
    Ok(folder.books)
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

/// Runs until SIGTERM, SIGINT, or an end of its own. A second signal cuts the drain short.
async fn until_told(mut running: Running) -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::unusable)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::unusable)?;
    let by_itself = || Failure::unusable(anyhow::anyhow!("the server ended by itself"));
    let drains = tokio::select! {
        _ = terminate.recv() => true,
        _ = interrupt.recv() => false,
        () = running.ended() => return Err(by_itself()),
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
