//! `GET /livez` and `GET /readyz`.
//!
//! Alive means that the process answers at all. Ready stays true while the store is down, because callers still get
//! the fallback then, and taking every instance out of service would give them silence; it ends when stopping.

use std::collections::BTreeMap;

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
    accounts: BTreeMap<String, AccountReadiness>,
}

#[derive(Serialize)]
struct StoreReadiness {
    status: &'static str,
    breaker: &'static str,
}

/// The rules that an account is answered by.
#[derive(Serialize)]
struct AccountReadiness {
    rules: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
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

/// Every account that has keys or rules; without rules it is answered by a fallback that rings nobody.
fn accounts(context: &Context) -> BTreeMap<String, AccountReadiness> {
    let books = &context.router().shared().books;
    let with_rules = books.iter().map(|(name, _)| name);
    with_rules
        .chain(context.access().accounts())
        .map(|name| {
            let book = books.of(name);
            let version = book.version().map(|version| version.to_string());
            (
                name.to_string(),
                AccountReadiness {
                    rules: book.rule_count(),
                    version,
                },
            )
        })
        .collect()
}
