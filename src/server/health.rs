//! `GET /livez` and `GET /readyz`.
//!
//! Alive means that the process answers at all. Ready stays true while the store is down, because callers still get
//! the fallback then, and taking every instance out of service would give them silence; it ends when stopping. Anybody
//! may ask, so no account is named.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;

use super::context::Context;
use crate::routing::BreakerState;

/// Alive.
pub(super) async fn livez() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("ok")
}

/// Ready to be sent requests, with how things stand.
pub(super) async fn readyz(context: Data<Context>) -> HttpResponse {
    let is_stopping = context.lifecycle().is_stopping();
    let store = store(&context).await;
    let status = match (is_stopping, store.status) {
        (true, _) => "stopping",
        (false, "ok") => "ready",
        (false, _) => "degraded",
    };
    let readiness = Readiness {
        status,
        store,
        accounts: accounts(&context),
    };
    let mut response = if is_stopping {
        HttpResponse::ServiceUnavailable()
    } else {
        HttpResponse::Ok()
    };
    response.json(readiness)
}

#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    store: StoreReadiness,
    accounts: AccountCounts,
}

#[derive(Serialize)]
struct StoreReadiness {
    status: &'static str,
    breaker: &'static str,
}

/// An account without rules is answered by a fallback that rings nobody.
#[derive(Serialize)]
struct AccountCounts {
    with_rules: usize,
    without_rules: usize,
}

async fn store(context: &Context) -> StoreReadiness {
    let ping = tokio::time::timeout(context.probe_timeout(), context.store().ping()).await;
    let breaker = match context.router().shared().breaker.state() {
        BreakerState::Closed { .. } => "closed",
        BreakerState::Open { .. } => "open",
    };
    let is_well = matches!(ping, Ok(Ok(()))) && breaker == "closed";
    StoreReadiness {
        status: if is_well { "ok" } else { "degraded" },
        breaker,
    }
}

/// Of all accounts that Exotel can reach or that have rules.
fn accounts(context: &Context) -> AccountCounts {
    let books = &context.router().shared().books;
    let with_rules: BTreeSet<_> = books.iter().map(|(name, _)| name).collect();
    let others = context
        .access()
        .accounts()
        .filter(|name| !with_rules.contains(name));
    AccountCounts {
        without_rules: others.count(),
        with_rules: with_rules.len(),
    }
}
