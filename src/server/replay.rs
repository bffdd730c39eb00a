//! `POST …/replay`: what would calls that were have come to by other rules? A stretch of the log at a time; nothing is put in
//! force. What agents were stays here: only what comes of it is answered.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::body::JsonBody;
use super::caller::{Administrator, Caller};
use super::context::Context;
use super::decisions::moment;
use super::decisions::timeline::entries;
use super::fields::{Fields, number, text};
use super::method_not_allowed;
use super::problem::ApiError;
use super::rules::{FindingsView, RefusedRules};
use crate::clock::Timestamp;
use crate::exotel::answer::WebUrl;
use crate::presence::{LogId, LogOrder, LogRange, Logged, Past, Store, StoreError};
use crate::routing::log::LogEntry;
use crate::routing::replay::{self, Comparison, Replay, Verdict};
use crate::routing::{PastCall, RoutingBook, Surroundings};
use crate::rules::RuleBook;
use crate::telephony::{AccountName, CallSid};

/// So many calls are compared for one request at most.
const MOST_CALLS: u64 = 1_000;
const USUAL_CALLS: usize = 200;
/// So many entries are read at a time, and looked through for one request.
const PAGE: usize = 200;
const MOST_LOOKED_AT: usize = 5_000;
/// So long is compared for one request; then the asker says whether to go on.
const PATIENCE: Duration = Duration::from_secs(10);
/// Nobody is to report anything of calls that were: it only stands for there being somewhere to report to.
const NOWHERE: &str = "https://replay.invalid/";

/// `/v1/accounts/{account}/replay`.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/replay")
            .route(web::post().to(post))
            .default_service(web::to(|| method_not_allowed("POST"))),
    );
}

/// What is asked for.
struct Asked {
    rules: String,
    file: String,
    since: Timestamp,
    until: Timestamp,
    cursor: Option<LogId>,
    limit: usize,
}

/// A stretch of the log.
struct Stretch {
    /// The calls that began in it, each with the place of its first answer.
    calls: Vec<(LogId, PastCall)>,
    next: Option<LogId>,
}

/// What the document says of it.
#[derive(utoipa::OpenApi)]
#[openapi(paths(post))]
pub(super) struct Described;

/// What is asked for, as the document describes it.
#[expect(
    dead_code,
    reason = "only described: `asked` reads the body itself, to name all that is wrong with it"
)]
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplayQuestion {
    /// The text of the rules to try.
    #[schema(min_length = 1)]
    rules: String,
    /// What the file is called in what is found in it.
    #[schema(min_length = 1, max_length = 256)]
    file: Option<String>,
    /// From when on: a time in RFC 3339, one on the wall clocks of the account, or how long ago, such as `24h`.
    since: String,
    /// Up to when, alike; without it, up to now.
    until: Option<String>,
    /// Where the page before ended: its `next`.
    #[schema(pattern = "^[0-9]+-[0-9]+$")]
    cursor: Option<String>,
    /// How many calls at most; 200 without it.
    #[schema(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
#[schema(as = ReplayPage)]
struct Page {
    rules_version: Option<String>,
    since: String,
    until: String,
    #[serde(flatten)]
    findings: FindingsView,
    calls: usize,
    /// How many answers are the same by the same rule: those are not listed.
    same: usize,
    answers: Vec<Comparison>,
    notes: Vec<String>,
    /// When the last call that was compared began.
    #[serde(skip_serializing_if = "Option::is_none")]
    reached: Option<String>,
    /// What to send as `cursor` for what is later; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Compares a stretch of calls.
#[utoipa::path(
    post, path = "/replay", tag = "decisions", operation_id = "replay",
    summary = "Which answers to calls that were would be others by other rules?",
    description = "A stretch of calls for one request; nothing is put in force.",
    request_body(content = ReplayQuestion, example = json!({"rules": "country: IN\ntime_zone: Asia/Kolkata\nrules: []\nfallback: { numbers: [\"+911140001234\"] }\n", "since": "24h"})),
    responses((status = 200, description = "What came of comparing", body = Page)),
    security(("token" = ["admin"])),
    extensions(("x-problems" = json!(["invalid", "history-off", "rules-refused", "stopping"]))),
)]
async fn post(
    Administrator(caller): Administrator,
    JsonBody(body): JsonBody,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    context.history().ok_or(ApiError::HistoryOff)?;
    let asked = asked(&body, &caller.book, context.router().now())?;
    let store = context.store();
    let stretch = stretch(store, &caller.account, &asked).await?;
    let spans = || stretch.calls.iter().filter_map(|(_, call)| call.span());
    let from = spans().map(|(from, _)| from).min().unwrap_or(asked.since);
    let to = spans().map(|(_, to)| to).max().unwrap_or(asked.since);
    let past = store.past(&caller.account, from, to).await?;
    let folder = context.rules_folder().to_path_buf();
    // It plays each call on all agents: no caller may wait for that.
    let compare = move || {
        let rules = RuleBook::parse_in(&folder, &asked.file, &asked.rules);
        let rules = rules.map_err(|findings| {
            let version = caller.book.version().map(|version| version.to_string());
            ApiError::RulesRefused(Box::new(RefusedRules::tried(&findings, version)))
        })?;
        Ok::<_, ApiError>(page(rules, &asked, &caller, stretch, &past))
    };
    let page = web::block(compare).await.or(Err(ApiError::Stopping))??;
    Ok(HttpResponse::Ok().json(page))
}

fn asked(body: &Value, book: &RoutingBook, now: Timestamp) -> Result<Asked, ApiError> {
    let mut fields = Fields::of("", body).map_err(|error| ApiError::Invalid(vec![error]))?;
    let rules = fields.required("rules", rules);
    let file = fields.optional("file", |value| Ok(text(value, 256)?.to_owned()));
    let since = fields.required("since", |value| moment(text(value, 64)?, book, now));
    let until = fields.optional("until", |value| moment(text(value, 64)?, book, now));
    let cursor = fields.optional("cursor", |value| {
        let place = LogId::parse(text(value, 64)?);
        place.ok_or_else(|| "must be what `next` said of the page before".to_owned())
    });
    let limit = fields.optional("limit", |value| number::<u16>(value, 1, MOST_CALLS));
    let errors = fields.finish();
    match (rules, since) {
        (Some(rules), Some(since)) if errors.is_empty() => Ok(Asked {
            rules,
            file: file.unwrap_or_else(|| "rules".to_owned()),
            since,
            until: until.unwrap_or(now),
            cursor,
            limit: limit.map_or(USUAL_CALLS, usize::from),
        }),
        _ => Err(ApiError::Invalid(errors)),
    }
}

/// Rules have lines, and are as long as the body has room for.
fn rules(value: &Value) -> Result<String, String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned)
        .ok_or_else(|| "must be the text of a rules file".to_owned())
}

/// The calls that began in the stretch, forwards, with everything that is written down of each.
async fn stretch(
    store: &dyn Store,
    account: &AccountName,
    asked: &Asked,
) -> Result<Stretch, ApiError> {
    let log = store.log();
    let mut range = range(store, account, asked).await?;
    let (mut calls, mut looked_at, mut seen) = (Vec::new(), 0_usize, BTreeSet::new());
    loop {
        let page = log.read(account, range).await?;
        for entry in &page {
            range.after = Some(entry.id);
            if let Some(call) = begun(store, account, asked, entry).await?
                && seen.insert(call.call.clone())
            {
                calls.push((entry.id, call));
            }
            if calls.len() >= asked.limit {
                return Ok(Stretch {
                    calls,
                    next: range.after,
                });
            }
        }
        looked_at = looked_at.saturating_add(page.len());
        if page.len() < PAGE {
            return Ok(Stretch { calls, next: None });
        }
        if looked_at >= MOST_LOOKED_AT {
            return Ok(Stretch {
                calls,
                next: range.after,
            });
        }
    }
}

/// Where such calls can stand in the log.
async fn range(
    store: &dyn Store,
    account: &AccountName,
    asked: &Asked,
) -> Result<LogRange, StoreError> {
    let ends = store.log().ends(account).await?;
    let delay = ends.map_or_else(Default::default, |ends| ends.delay);
    // Nothing is written before it happens, but clocks differ.
    let begin = LogId::at(asked.since.minus(Duration::from_secs(5)));
    let written = asked.until.plus(delay).plus(Duration::from_millis(1));
    Ok(LogRange {
        after: Some(asked.cursor.unwrap_or(begin)),
        before: Some(LogId::at(written)),
        order: LogOrder::Forwards,
        most: PAGE,
    })
}

/// The call whose first answer this is, if it is one in the time that is asked for.
async fn begun(
    store: &dyn Store,
    account: &AccountName,
    asked: &Asked,
    entry: &Logged,
) -> Result<Option<PastCall>, StoreError> {
    let Ok(LogEntry::Decision(first)) = serde_json::from_str(&entry.text) else {
        return Ok(None);
    };
    let is_then = |at: Timestamp| at >= asked.since && at < asked.until;
    let (Ok(call), true) = (
        CallSid::parse(&first.call),
        replay::decided_at(&first).is_some_and(is_then),
    ) else {
        return Ok(None);
    };
    let read = entries(store, account, &[&call]).await?;
    let call = PastCall {
        account: account.clone(),
        call,
        entries: read.entries,
        unreadable: read.unreadable,
        gone: read.gone,
    };
    let is_first = replay::decisions(&call).next() == Some(&*first);
    Ok(is_first.then_some(call))
}

fn page(rules: RuleBook, asked: &Asked, caller: &Caller, stretch: Stretch, past: &Past) -> Page {
    let began = Instant::now();
    let findings = FindingsView::from(rules.warnings());
    let surroundings = Surroundings {
        event_url: WebUrl::parse(NOWHERE).ok(),
        margin: Duration::ZERO,
    };
    let book = RoutingBook::new(std::sync::Arc::new(rules), &surroundings);
    let mut replay = Replay::new(&book);
    let (mut answers, mut calls) = (Vec::new(), 0_usize);
    let mut reached: Option<(LogId, String)> = None;
    let mut next = stretch.next;
    for (place, call) in stretch.calls {
        if began.elapsed() > PATIENCE {
            next = reached.as_ref().map(|(place, _)| *place);
            break;
        }
        let compared = replay.call(&call, past);
        let at = compared.first().map(|first| first.at.clone());
        reached = Some((place, at.unwrap_or_default()));
        answers.extend(compared);
        calls = calls.saturating_add(1);
    }
    let all = answers.len();
    answers.retain(|answer| answer.verdict != Verdict::Same);
    Page {
        rules_version: book.version().map(|version| version.to_string()),
        since: caller.book.local_time(asked.since),
        until: caller.book.local_time(asked.until),
        findings,
        calls,
        same: all.saturating_sub(answers.len()),
        answers,
        notes: replay.notes(),
        reached: reached.map(|(_, at)| at),
        next: next.map(|next| next.to_string()),
    }
}
