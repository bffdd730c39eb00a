//! `PUT …/agents/{id}/presence`

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::Value;
use utoipa::ToSchema;

use super::view::AgentView;
use super::{AgentPath, find};
use crate::presence::store::View;
use crate::presence::{Presence, Status, Store};
use crate::server::audit::{Action, Attempt};
use crate::server::body::JsonBody;
use crate::server::caller::{Caller, PresenceSetter};
use crate::server::context::Context;
use crate::server::fields::{Fields, visible};
use crate::server::problem::ApiError;
use crate::settings::Role;
use crate::telephony::{AccountName, AgentId, DurationText, duration, told};

const MAX_REASON: usize = 100;
const MAX_NAME: usize = 64;
/// By whom an override is, when neither the body nor the token says.
const NAMELESS: &str = "admin";
const LONGEST_BREAK: Duration = Duration::from_hours(31 * 24);

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    presence: Presence,
    by: Option<String>,
}

// [`read`] reads it field by field.
/// What the person chooses.
#[expect(
    dead_code,
    reason = "only described: the reader names every bad field at once"
)]
#[derive(ToSchema)]
pub(super) struct PresenceDocument {
    status: Status,
    /// Why; of `on_break` only.
    #[schema(min_length = 1, max_length = 100, example = "lunch")]
    reason: Option<String>,
    /// How long the break lasts, at most `31d`, if it is to end by itself; of `on_break` only.
    #[schema(value_type = Option<DurationText>)]
    r#for: Option<String>,
    /// Who sets it for somebody else; the token's name without it. Needs the role `admin`.
    #[schema(min_length = 1, max_length = 64, example = "anita")]
    by: Option<String>,
}

/// Sets what the person chose, counts as a heartbeat, and shows the agent. From an administrator it is an override.
#[utoipa::path(
    put, path = "/agents/{id}/presence", tag = "agents", operation_id = "setPresence",
    summary = "Sets what the person chose",
    description = "Counts as a heartbeat. From an administrator it is an override, which the agent shows as `status_set`.",
    params(("id" = AgentId, Path, description = "The agent", example = "asha")),
    request_body(
        content = PresenceDocument,
        examples(
            ("available" = (value = json!({"status": "available"}))),
            ("a break" = (value = json!({"status": "on_break", "reason": "lunch", "for": "30m"}))),
            ("offline" = (value = json!({"status": "offline"}))),
        ),
    ),
    responses((status = 200, description = "The agent as it is now", body = AgentView<'static>)),
    security(("token" = ["presence"])),
    extensions(("x-problems" = json!(["invalid", "unknown-agent", "override-needs-admin", "stopping"]))),
)]
pub(super) async fn put(
    PresenceSetter(caller): PresenceSetter,
    path: Path<AgentPath>,
    JsonBody(body): JsonBody,
    context: Data<Context>,
) -> Result<HttpResponse, ApiError> {
    let id = path.id()?;
    let Change { presence, by } = read(&body)?;
    let by = overrider(&caller, by)?;
    if let Some(by) = by {
        let attempt = Attempt::new(&caller, Action::SetPresence).of(Some(&id), &body);
        let router = context.errands().router().clone();
        let (account, agent, view) = (caller.account.clone(), id.clone(), caller.view);
        let overriding = async move {
            set(router.store(), &account, &agent, &presence, Some(&by), view).await?;
            let (agent, by, status) = (told(agent.as_str()), told(&by), presence.status());
            let status = status.as_str();
            let by = &*by;
            tracing::info!(%account, %agent, by, status, "presence overridden");
            Ok(())
        };
        attempt.carry_out(&context, overriding).await?;
    } else {
        let (store, account, view) = (context.store(), &caller.account, caller.view);
        set(store, account, &id, &presence, None, view).await?;
    }
    let agent = find(&context, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(AgentView::new(&agent, &caller.book)))
}

async fn set(
    store: &dyn Store,
    account: &AccountName,
    agent: &AgentId,
    presence: &Presence,
    by: Option<&str>,
    view: View,
) -> Result<(), ApiError> {
    let is_known = store
        .set_presence(account, agent, presence, by, view)
        .await?;
    is_known.then_some(()).ok_or(ApiError::UnknownAgent)
}

/// The name that the status is recorded under; `None` when it comes from the person's own application.
fn overrider(caller: &Caller, by: Option<String>) -> Result<Option<String>, ApiError> {
    match caller.role {
        Role::Admin => {
            let name = by.or_else(|| caller.name.clone());
            Ok(Some(name.unwrap_or_else(|| NAMELESS.to_owned())))
        }
        Role::Presence | Role::Read if by.is_some() => Err(ApiError::OverrideNeedsAdmin),
        Role::Presence | Role::Read => Ok(None),
    }
}

/// Reads `{"status", "reason"?, "for"?, "by"?}`; only a break has a reason and an end.
fn read(document: &Value) -> Result<Change, ApiError> {
    let mut fields = Fields::of("", document).map_err(|error| ApiError::Invalid(vec![error]))?;
    let status = fields.required("status", |value| {
        let status = value.as_str().and_then(Status::parse);
        status.ok_or_else(|| "must be available, on_break or offline".to_owned())
    });
    let reason = fields.optional("reason", |value| {
        visible(value, MAX_REASON).map(str::to_owned)
    });
    let lasting = fields.optional("for", length_of_break);
    let by = fields.optional("by", |value| visible(value, MAX_NAME).map(str::to_owned));
    if matches!(status, Some(Status::Available | Status::Offline)) {
        let given = [("reason", reason.is_some()), ("for", lasting.is_some())];
        for (name, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
            fields.complain(name, "belongs to the status on_break only");
        }
    }
    let errors = fields.finish();
    let presence = match status.filter(|_| errors.is_empty()) {
        Some(Status::Available) => Presence::Available,
        Some(Status::OnBreak) => Presence::OnBreak { reason, lasting },
        Some(Status::Offline) => Presence::Offline,
        None => return Err(ApiError::Invalid(errors)),
    };
    Ok(Change { presence, by })
}

fn length_of_break(value: &Value) -> Result<Duration, String> {
    let text = value.as_str().ok_or("must be a duration such as 30m")?;
    let length = duration::parse(text).map_err(|error| error.to_string())?;
    if length.is_zero() || length > LONGEST_BREAK {
        return Err("must be longer than nothing and at most 31d".to_owned());
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(document: &str) -> Vec<String> {
        match read(&serde_json::from_str(document).unwrap()) {
            Err(ApiError::Invalid(errors)) => errors
                .into_iter()
                .map(|error| format!("{}: {}", error.field, error.message))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_break_may_have_a_reason_and_an_end() {
        let document =
            serde_json::json!({ "status": "on_break", "reason": "lunch", "for": "1h30m" });
        let presence = Presence::OnBreak {
            reason: Some("lunch".to_owned()),
            lasting: Some(Duration::from_mins(90)),
        };
        let expected = Change { presence, by: None };
        assert_eq!(read(&document).unwrap(), expected);
    }

    #[test]
    fn every_bad_field_is_named() {
        insta::assert_debug_snapshot!(complaints(r#"{ "status": "away", "for": "30", "reson": 1 }"#), @r#"
        [
            "status: must be available, on_break or offline",
            "for: a duration needs a unit: d, h, m, s or ms, as in 90s",
            "reson: is not known; did you mean reason?",
        ]
        "#);
        insta::assert_debug_snapshot!(complaints(r#"{ "status": "offline", "for": "30m", "reason": "lunch" }"#), @r#"
        [
            "reason: belongs to the status on_break only",
            "for: belongs to the status on_break only",
        ]
        "#);
        insta::assert_debug_snapshot!(complaints(r#"{ "reason": "", "for": "32d" }"#), @r#"
        [
            "status: is missing",
            "reason: must have 1 to 100 characters",
            "for: must be longer than nothing and at most 31d",
        ]
        "#);
        insta::assert_debug_snapshot!(complaints(r#"{ "status": "offline", "by": "a\nb" }"#), @r#"
        [
            "by: has U+000A as character 2, which nobody sees; leave it out",
        ]
        "#);
        let hidden =
            "{ \"status\": \"on_break\", \"reason\": \"lu\\u202Enc\", \"by\": \"\u{200b}anita\" }";
        insta::assert_debug_snapshot!(complaints(hidden), @r#"
        [
            "reason: has U+202E as character 3, which nobody sees; leave it out",
            "by: has U+200B as character 1, which nobody sees; leave it out",
        ]
        "#);
        insta::assert_debug_snapshot!(complaints("[]"), @r#"
        [
            ": must be an object",
        ]
        "#);
    }
}
