//! The one task that looks after the rules, and how to ask it for something.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::account::Reloaded;
use super::in_force::RulesInForce;
use super::keeper::{Keeper, ReloadSettings};
use super::settling::Settling;
use super::status::StatusBoard;
use super::watch::Watch;
use crate::presence::Store;
use crate::routing::RouterShared;
use crate::telephony::AccountName;

/// How many orders may wait.
const MOST_ORDERS: usize = 64;

/// How long somebody waits for an order to be carried out: longer than reading and indexing take together.
const REPLIED_WITHIN: Duration = Duration::from_secs(30);

/// What somebody wants now.
#[derive(Debug)]
enum Order {
    All,
    One {
        account: AccountName,
        reply: oneshot::Sender<Option<Reloaded>>,
    },
}

/// Where reloads are asked for, and where one sees how things stand.
#[derive(Clone, Debug)]
pub struct ReloadHandle {
    orders: Option<mpsc::Sender<Order>>,
    board: Arc<StatusBoard>,
}

/// Why an order was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReloaded {
    /// The rules are no files.
    #[error("the rules are built in: there is no file to read")]
    BuiltIn,
    /// The disk or the store is stuck, or the service is stopping.
    #[error("the rules were not read within {} seconds; try again", REPLIED_WITHIN.as_secs())]
    TooSlow,
}

impl ReloadHandle {
    /// For rules that are no files.
    pub fn built_in(rules: &RulesInForce) -> Self {
        Self {
            orders: None,
            board: Arc::new(StatusBoard::new(rules.status())),
        }
    }

    /// How things stand.
    pub fn board(&self) -> &StatusBoard {
        &self.board
    }

    /// Has all files read again soon. Whoever asks hears nothing but the log.
    pub fn reload_all(&self) {
        if let Some(orders) = &self.orders {
            // When so many orders wait, the files are about to be read anyway.
            let _waits_already = orders.try_send(Order::All);
        }
    }

    /// Has the file of an account read again, and waits for what comes of it.
    pub async fn reload(&self, account: &AccountName) -> Result<Reloaded, NotReloaded> {
        let orders = self.orders.as_ref().ok_or(NotReloaded::BuiltIn)?;
        let (reply, replied) = oneshot::channel();
        let order = Order::One {
            account: account.clone(),
            reply,
        };
        let carried_out = async {
            orders.send(order).await.ok()?;
            replied.await.ok()?
        };
        match timeout(REPLIED_WITHIN, carried_out).await {
            Ok(Some(reloaded)) => Ok(reloaded),
            Ok(None) | Err(_) => Err(NotReloaded::TooSlow),
        }
    }
}

/// The handle, and the task, which never returns: it is aborted by its owner.
pub fn keep_current(
    rules: RulesInForce,
    settings: ReloadSettings,
    shared: Arc<RouterShared>,
    store: Arc<dyn Store>,
) -> (ReloadHandle, impl Future<Output = ()> + Send + 'static) {
    let (orders, received) = mpsc::channel(MOST_ORDERS);
    let keeper = Keeper::new(rules, settings, shared, store);
    let handle = ReloadHandle {
        orders: Some(orders),
        board: Arc::clone(keeper.board()),
    };
    (handle, run(keeper, received))
}

/// Whichever comes first: an order, a notice, the end of a pause, or the time to compare.
async fn run(mut keeper: Keeper, mut orders: mpsc::Receiver<Order>) {
    let mut watch = Watch::new();
    let mut settling = Settling::default();
    let start = Instant::now();
    let mut polls = interval_at(
        start.checked_add(keeper.poll()).unwrap_or(start),
        keeper.poll(),
    );
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Between reading at the start and watching from now on something may have happened.
    watch.over(&keeper.folders());
    settling.noticed(start);
    loop {
        tokio::select! {
            Some(order) = orders.recv() => {
                obey(&mut keeper, order).await;
                // The folders may be others now, and have to be watched.
                settling.noticed(Instant::now());
            }
            () = watch.noticed() => settling.noticed(Instant::now()),
            () = until(settling.look_at()) => look(&mut keeper, &mut watch, &mut settling).await,
            _ = polls.tick() => look(&mut keeper, &mut watch, &mut settling).await,
        }
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

async fn obey(keeper: &mut Keeper, order: Order) {
    match order {
        Order::All => keeper.reload_all().await,
        Order::One { account, reply } => {
            let reloaded = keeper.reload_one(account).await;
            // Whoever asked may have gone.
            let _unheard: Result<(), _> = reply.send(reloaded);
        }
    }
}

/// Compares, and reloads what has changed once the change is over. The watch is renewed first, so that nothing that happens
/// after the look is missed.
async fn look(keeper: &mut Keeper, watch: &mut Watch, settling: &mut Settling) {
    watch.over(&keeper.folders());
    let Some(seen) = keeper.glimpse().await else {
        *settling = Settling::default();
        return;
    };
    if settling.is_over(seen.clone(), &keeper.judged(), Instant::now()) {
        keeper.reload_changed(&seen).await;
        // The rules may name files in other folders now.
        settling.noticed(Instant::now());
    }
}
