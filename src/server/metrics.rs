//! `GET /metrics`, for Prometheus: one registry, to which each part adds a collector of its own.
//!
//! What can be seen at any moment is read when it is asked for, so that no figure can differ from what is the case; what
//! happens is counted in [`Tallies`]. Labels come from closed sets and from the names in settings and rules, never from a
//! request. What each metric means stands in `docs/metrics.md`.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::presence::observed::{Failure, Operation, StoreObserver};
use crate::presence::{Heard, Offer, Store};
use crate::reload::ReloadHandle;
use crate::routing::{LateReports, RouterShared};
use crate::server::decisions::passed_over::Turns;
use crate::telephony::{AccountName, CallSid};

mod agents;
mod census;
mod clicks;
mod count;
mod decisions;
mod histogram;
mod listener;
mod log;
mod lost_lines;
mod offers;
mod process;
mod requests;
mod rules;
mod store;

pub(super) use census::keep_counted;
pub(super) use listener::listen;
pub use lost_lines::lost_lines_are_counted_by;
pub(super) use requests::{Refused, Route};

/// What the format is called.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What an exemplar would be labelled with; there is none.
type NoLabels = [(&'static str, &'static str); 0];

/// Everything that is counted while it happens.
#[derive(Debug)]
pub struct Tallies {
    accounts: BTreeSet<AccountName>,
    pub(super) decisions: decisions::DecisionCounts,
    pub(super) requests: requests::RequestCounts,
    pub(super) clicks: clicks::ClickCounts,
    pub(super) log: log::LogCounts,
    offers: offers::OfferCounts,
    store: store::StoreCounts,
    agents: agents::AgentCounts,
}

impl Tallies {
    /// Nothing has happened yet. Only what happens in these accounts is counted by account.
    pub fn of(accounts: impl IntoIterator<Item = AccountName>) -> Self {
        let accounts: BTreeSet<_> = accounts.into_iter().collect();
        let all = || accounts.iter().cloned();
        Self {
            decisions: decisions::DecisionCounts::of(all()),
            requests: requests::RequestCounts::default(),
            clicks: clicks::ClickCounts::of(all()),
            log: log::LogCounts::of(all()),
            offers: offers::OfferCounts::of(all()),
            store: store::StoreCounts::default(),
            agents: agents::AgentCounts::of(all()),
            accounts,
        }
    }

    fn accounts(&self) -> impl Iterator<Item = &AccountName> {
        self.accounts.iter()
    }
}

impl StoreObserver for Tallies {
    fn ended(&self, operation: Operation, took: Duration, failure: Option<Failure>) {
        self.store.ended(operation, took, failure);
    }

    fn offered(&self, account: &AccountName, _call: &CallSid, offer: &Offer) {
        self.offers.offered(account, offer);
    }

    fn heard(&self, account: &AccountName, _call: &CallSid, heard: &Heard) {
        self.offers.ended(account, &heard.ends);
    }
}

/// Shows what is counted, the breaker, and the lines to the store.
#[derive(Debug)]
struct TalliesCollector {
    tallies: Arc<Tallies>,
    shared: Arc<RouterShared>,
    present: Arc<dyn Store>,
}

impl Collector for TalliesCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Tallies {
            accounts: _,
            decisions,
            requests,
            clicks,
            log,
            offers,
            store,
            agents,
        } = &*self.tallies;
        decisions.encode(&mut encoder)?;
        offers.encode(&mut encoder)?;
        agents.encode(&mut encoder)?;
        let mut breaker = encoder.encode_descriptor(
            "breaker_open",
            "1 while the store is known to be down and callers get the fallback at once",
            None,
            MetricType::Gauge,
        )?;
        breaker.encode_gauge(&i64::from(self.shared.breaker.is_open()))?;
        late(&self.shared.late, &mut encoder)?;
        let mut lines = encoder.encode_descriptor(
            "store_lines_failing",
            "Connections for decisions on which every command fails, of one worker each",
            None,
            MetricType::Gauge,
        )?;
        let failing = self.present.failing_lines();
        lines.encode_gauge(&i64::try_from(failing).unwrap_or(i64::MAX))?;
        store.encode(&mut encoder)?;
        requests.encode(&mut encoder)?;
        clicks.encode(&mut encoder)?;
        log.encode(&mut encoder)
    }
}

/// Reports that came while the store was away.
fn late(late: &LateReports, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let help = "reports of Exotel's that wait until the store can take them in";
    let mut waiting =
        encoder.encode_descriptor("reports_waiting", help, None, MetricType::Gauge)?;
    waiting.encode_gauge(&i64::try_from(late.waiting()).unwrap_or(i64::MAX))?;
    let help = "reports of Exotel's that the store never took in";
    let mut lost = encoder.encode_descriptor("reports_lost", help, None, MetricType::Counter)?;
    lost.encode_counter::<NoLabels, _, u64>(&late.lost(), None)
}

/// Everything that is measured.
#[derive(Debug)]
pub(super) struct Metrics {
    ours: Registry,
    /// What has the same name in every program.
    process: Registry,
    tallies: Arc<Tallies>,
    /// They are written for one asker at a time, however many ask.
    turns: Turns,
}

impl Metrics {
    /// The metrics of a process that has just started.
    pub(super) fn new(
        reload: &ReloadHandle,
        tallies: Arc<Tallies>,
        shared: Arc<RouterShared>,
        store: Arc<dyn Store>,
    ) -> Self {
        let started = shared.clock.now();
        let mut ours = Registry::with_prefix("ringmaster");
        ours.register_collector(Box::new(TalliesCollector {
            tallies: Arc::clone(&tallies),
            shared,
            present: store,
        }));
        ours.register_collector(Box::new(rules::RulesCollector(reload.clone())));
        ours.register_collector(Box::new(lost_lines::LostLinesCollector));
        let mut process = Registry::default();
        process.register_collector(Box::new(process::ProcessCollector { started }));
        Self {
            ours,
            process,
            tallies,
            turns: Turns::default(),
        }
    }

    /// Where what happens is counted.
    pub(super) fn tallies(&self) -> &Arc<Tallies> {
        &self.tallies
    }

    fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &self.ours)?;
        encode_registry(&mut text, &self.process)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

/// The metrics of this moment.
#[utoipa::path(
    get, path = "/metrics", tag = "operation", operation_id = "metrics",
    summary = "For Prometheus",
    description = "On the main listener, unless the setting `metrics.listen` gives it one of its own.",
    responses(
        (status = 200, description = "The metrics of this moment", body = String, content_type = "application/openmetrics-text"),
        (status = 500, description = "They cannot be written"),
    ),
)]
pub(super) async fn get(metrics: Data<Metrics>) -> HttpResponse {
    let failed = |error: &dyn fmt::Display| {
        tracing::warn!(%error, "the metrics cannot be written");
        HttpResponse::InternalServerError().finish()
    };
    let Some(turn) = metrics.turns.next().await else {
        return failed(&"too many ask for them at a time");
    };
    // Beside whoever answers calls: with many accounts it takes longer than an answer.
    let text = web::block(move || {
        let text = metrics.text();
        drop(turn);
        text
    });
    match text.await {
        Ok(Ok(text)) => HttpResponse::Ok().content_type(CONTENT_TYPE).body(text),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}
