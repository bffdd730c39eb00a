//! `POST …/rules/reload`: the account's rules file is read now, and what came of it is the answer.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use serde::Serialize;
use utoipa::ToSchema;

use super::audit::{Action, Attempt};
use super::caller::Administrator;
use super::context::Context;
use super::method_not_allowed;
use super::problem::ApiError;
use crate::reload::{Reloaded, Standing, Verdict};
use crate::rules::{Finding, Findings, Severity};
use crate::telephony::without_numbers;

/// Everything under `/v1/accounts/{account}/rules`.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/rules/reload")
            .route(web::post().to(reload))
            .default_service(web::to(|| method_not_allowed("POST"))),
    );
}

/// What the document says of them.
#[derive(utoipa::OpenApi)]
#[openapi(paths(reload))]
pub(super) struct Described;

/// The file is in force.
#[derive(Serialize, ToSchema)]
#[schema(as = Reloaded)]
struct ReloadedView {
    version: Option<String>,
    previous_version: Option<String>,
    /// Have other rules come into force by this request?
    changed: bool,
    /// What was hardly meant so.
    #[serde(flatten)]
    findings: FindingsView,
}

/// The file can't be used. The document of the error has these members too.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedRules {
    /// What is in force all the same.
    version: Option<String>,
    #[serde(flatten)]
    findings: FindingsView,
    #[serde(skip)]
    errors: usize,
    #[serde(skip)]
    standing: Standing,
}

/// What was found in rules.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Findings)]
pub(super) struct FindingsView {
    findings: Vec<FindingView>,
    /// How many more there are than are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<usize>,
}

/// As `ringmaster check --format json` has it, with numbers masked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
struct FindingView {
    code: &'static str,
    severity: &'static str,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code.as_str(),
            severity: finding.code.severity().as_str(),
            file: finding.file.to_string(),
            line: finding.place.map(|place| place.line),
            column: finding.place.map(|place| place.column),
            message: without_numbers(&finding.message),
            help: finding.help.as_deref().map(without_numbers),
        }
    }
}

impl From<&Findings> for FindingsView {
    fn from(findings: &Findings) -> Self {
        Self {
            findings: findings.iter().map(FindingView::from).collect(),
            left_out: Some(findings.left_out()).filter(|more| *more > 0),
        }
    }
}

impl RefusedRules {
    /// Rules that were to be tried.
    pub(super) fn tried(findings: &Findings, version: Option<String>) -> Self {
        Self {
            version,
            errors: findings.count(Severity::Error),
            findings: FindingsView::from(findings),
            standing: Standing::Refused,
        }
    }

    /// What the matter is, to stand behind "the rules file".
    pub(super) fn what(&self) -> String {
        let what = match (self.standing, self.errors) {
            (Standing::Missing, _) => "is not there".to_owned(),
            (Standing::Current | Standing::Refused, 1) => "has an error".to_owned(),
            (Standing::Current | Standing::Refused, errors) => format!("has {errors} errors"),
        };
        match &self.version {
            Some(version) => format!("{what}; the rules in force stay, version {version}"),
            None => format!("{what}, and no other rules are in force"),
        }
    }
}

/// Reads the account's file, and says what came of it.
#[utoipa::path(
    post, path = "/rules/reload", tag = "rules", operation_id = "reloadRules",
    summary = "Reads the account's rules file now",
    description = "A file that cannot be used is answered with what is wrong with it, and changes nothing.",
    responses((status = 200, description = "The file is in force", body = ReloadedView)),
    security(("token" = ["admin"])),
    extensions(("x-problems" = json!(["rules-refused", "rules-built-in", "rules-not-read", "stopping"]))),
)]
async fn reload(
    Administrator(caller): Administrator,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let attempt = Attempt::new(&caller, Action::ReloadRules);
    let rules = context.reload().clone();
    let reloading = async move { view(&rules.reload(&caller.account).await?) };
    let view = attempt.carry_out(&context, reloading).await?;
    Ok(HttpResponse::Ok().json(view))
}

fn view(reloaded: &Reloaded) -> Result<ReloadedView, ApiError> {
    let version = reloaded.version.map(|version| version.to_string());
    let findings = FindingsView::from(&reloaded.findings);
    match reloaded.standing {
        Standing::Current => Ok(ReloadedView {
            version,
            previous_version: reloaded.previous.map(|version| version.to_string()),
            changed: reloaded.verdict == Verdict::Loaded,
            findings,
        }),
        Standing::Refused | Standing::Missing => {
            Err(ApiError::RulesRefused(Box::new(RefusedRules {
                version,
                findings,
                errors: reloaded.findings.count(Severity::Error),
                standing: reloaded.standing,
            })))
        }
    }
}
