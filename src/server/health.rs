//! `GET /livez` and `GET /readyz`.
//!
//! Alive means that the process answers at all. Ready stays true while the store is down, because callers still get
//! the fallback then, and taking every instance out of service would give them silence; the settings may say otherwise. It
//! ends when stopping, and has not begun while no account that Exotel can reach has rules: whoever could answer better is to be asked. Anybody
//! may ask, so no account is named.

use actix_web::HttpResponse;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use serde::Serialize;
use utoipa::ToSchema;

use super::context::Context;
use super::{headers, method_not_allowed, watch};
use crate::reload::Standing;
use crate::routing::BreakerState;

/// Both checks. Many a load balancer and monitor asks with HEAD, and would take a refusal for an instance that is gone.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/livez")
            .wrap(headers::guarded())
            .wrap(from_fn(watch::health))
            .route(web::get().to(livez))
            .route(web::head().to(livez))
            .default_service(web::to(|| method_not_allowed("GET, HEAD"))),
    )
    .service(
        web::resource("/readyz")
            .wrap(headers::guarded())
            .wrap(from_fn(watch::health))
            .route(web::get().to(readyz))
            .route(web::head().to(readyz))
            .default_service(web::to(|| method_not_allowed("GET, HEAD"))),
    );
}

/// Alive.
#[utoipa::path(
    method(get, head), path = "/livez", tag = "operation", operation_id = "livez",
    summary = "Is the process alive?",
    responses((status = 200, description = "It is", body = String, content_type = "text/plain")),
)]
pub(super) async fn livez() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("ok")
}

/// Ready to be sent requests, with how things stand.
#[utoipa::path(
    method(get, head), path = "/readyz", tag = "operation", operation_id = "readyz",
    summary = "May requests be sent here?",
    responses(
        (status = 200, description = "They may", body = Readiness),
        (status = 503, description = "Rather elsewhere", body = Readiness),
    ),
)]
pub(super) async fn readyz(context: Data<Context>) -> HttpResponse {
    let (store, accounts) = (store(&context).await, accounts(&context));
    let (status, is_ready) = if context.lifecycle().is_stopping() {
        ("stopping", false)
    } else if accounts.with_rules == 0 {
        ("no_rules", false)
    } else if store.status == "ok" {
        ("ready", true)
    } else {
        ("degraded", context.is_ready_when_degraded())
    };
    let readiness = Readiness {
        status,
        store,
        accounts,
        rules: rules(&context),
    };
    let mut response = if is_ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(readiness)
}

#[derive(Serialize, ToSchema)]
struct Readiness {
    /// `ready`, `degraded` while the store is down, `no_rules`, `stopping`.
    status: &'static str,
    store: StoreReadiness,
    accounts: AccountCounts,
    rules: RulesReadiness,
}

#[derive(Serialize, ToSchema)]
struct StoreReadiness {
    /// `ok` or `degraded`.
    status: &'static str,
    /// `closed`, or `open` while nobody asks the store.
    breaker: &'static str,
    /// Of how many workers' connections every command fails, though others' may not.
    failing_lines: usize,
    /// Does it answer, and refuse every decision?
    refuses_decisions: bool,
}

/// An account without rules is answered by a fallback that rings nobody.
#[derive(Serialize, ToSchema)]
struct AccountCounts {
    with_rules: usize,
    without_rules: usize,
}

/// How the files stand to the rules in force. `behind` when there is a file that is not: calls are answered by older rules.
#[derive(Serialize, ToSchema)]
struct RulesReadiness {
    status: &'static str,
    refused_files: usize,
    missing_files: usize,
}

async fn store(context: &Context) -> StoreReadiness {
    let shared = context.router().shared();
    let breaker = match shared.breaker.state() {
        BreakerState::Closed { .. } => "closed",
        BreakerState::Open { .. } => "open",
    };
    // While the breaker is open it is known that the store is not well, and the breaker's own probe asks it.
    let is_there = breaker == "closed" && context.store_is_there().await;
    let failing_lines = context.store().failing_lines();
    let refuses_decisions = shared.breaker.is_refusing(context.router().now());
    let is_well = is_there && failing_lines == 0 && !refuses_decisions;
    StoreReadiness {
        status: if is_well { "ok" } else { "degraded" },
        breaker,
        failing_lines,
        refuses_decisions,
    }
}

/// Of all accounts that Exotel can reach. Rules of an account without a key answer nobody.
fn accounts(context: &Context) -> AccountCounts {
    let books = context.router().shared().books.all();
    let reachable = context.access().accounts();
    let (with, without): (Vec<_>, Vec<_>) = reachable.partition(|name| books.contains_key(*name));
    AccountCounts {
        with_rules: with.len(),
        without_rules: without.len(),
    }
}

fn rules(context: &Context) -> RulesReadiness {
    let status = context.reload().board().status();
    let refused_files = status
        .count(Standing::Refused)
        .saturating_add(status.strays);
    let missing_files = status.count(Standing::Missing);
    let is_current = refused_files == 0 && missing_files == 0;
    RulesReadiness {
        status: if is_current { "current" } else { "behind" },
        refused_files,
        missing_files,
    }
}
