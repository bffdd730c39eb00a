//! The body of a click: `{"agent" | "queue", "to", …}`.

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::{
    AdditionalProperties, ObjectBuilder, OneOfBuilder, SchemaType, Type,
};
use utoipa::openapi::{Ref, Schema};

use crate::exotel::answer::{Channels, Recording};
use crate::exotel::voice::{AttemptSeconds, CustomField, TimeLimitSeconds};
use crate::outbound::{ClickToCall, Whom};
use crate::rules::QueueName;
use crate::server::fields::{Fields, text};
use crate::server::problem::{ApiError, FieldError};
use crate::telephony::{AgentId, Country, DurationText, NumberText, PhoneNumber, duration};

// [`read`] reads it field by field.
/// A call to be started. Either an agent or a queue is named.
#[expect(
    dead_code,
    reason = "only described: the reader names every bad field at once"
)]
#[derive(ToSchema)]
pub(super) struct ClickDocument {
    /// Who is rung first; or else `queue`.
    agent: Option<AgentId>,
    /// Any ready agent of this queue is rung first.
    #[schema(min_length = 1, max_length = 64)]
    queue: Option<String>,
    /// The customer.
    #[schema(value_type = NumberText)]
    to: String,
    /// The `ExoPhone` that both sides see; else the rules say which.
    #[schema(value_type = Option<NumberText>)]
    virtual_number: Option<String>,
    #[schema(schema_with = recording_schema, required = false)]
    recording: (),
    /// How long the call may last: a length of time, or whole seconds as a number; at most `4h`.
    #[schema(schema_with = seconds_schema, required = false)]
    max_time_limit: (),
    /// How long each phone rings, alike.
    #[schema(schema_with = seconds_schema, required = false)]
    attempt_time_out: (),
    /// What Exotel's reports of the call carry.
    #[schema(max_length = 128)]
    custom_field: Option<String>,
}

fn seconds_schema() -> Schema {
    let seconds = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
        .minimum(Some(1));
    OneOfBuilder::new()
        .description(Some("A length of time, or whole seconds."))
        .item(Ref::from_schema_name(DurationText::name()))
        .item(seconds)
        .into()
}

fn recording_schema() -> Schema {
    let boolean =
        ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Boolean, Type::Null]));
    let channels = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some([json!("single"), json!("dual"), Value::Null]));
    let parts = ObjectBuilder::new()
        .property("record", ObjectBuilder::new().schema_type(Type::Boolean))
        .required("record")
        .property("channels", channels)
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    OneOfBuilder::new()
        .description(Some(
            "Whether the call is recorded, and how; `single` without `channels`.",
        ))
        .item(boolean)
        .item(parts)
        .into()
}

/// Reads it, with numbers as the account's country writes them; every bad field is named.
pub(super) fn read(document: &Value, country: Country) -> Result<ClickToCall, ApiError> {
    let mut fields = Fields::of("", document).map_err(|error| ApiError::Invalid(vec![error]))?;
    let agent = fields.optional("agent", |value| {
        AgentId::parse(text(value, 64)?).map_err(|error| error.to_string())
    });
    let queue = fields.optional("queue", |value| {
        QueueName::parse(text(value, 64)?).map_err(|error| error.to_string())
    });
    let to = fields.required("to", |value| number(value, country));
    let virtual_number = fields.optional("virtual_number", |value| number(value, country));
    let recording = fields.optional("recording", recording);
    let max_time_limit = fields.optional("max_time_limit", |value| {
        TimeLimitSeconds::new(seconds(value)?).map_err(|error| error.to_string())
    });
    let attempt_time_out = fields.optional("attempt_time_out", |value| {
        AttemptSeconds::new(seconds(value)?).map_err(|error| error.to_string())
    });
    let custom_field = fields.optional("custom_field", |value| {
        let text = value.as_str().ok_or("must be text")?;
        CustomField::parse(text).map_err(|error| error.to_string())
    });
    let whom = match (agent, queue) {
        (Some(agent), None) => Some(Whom::Agent(agent)),
        (None, Some(queue)) => Some(Whom::Queue(queue)),
        (Some(_), Some(_)) => {
            fields.complain("queue", "must be left out where there is an agent");
            None
        }
        (None, None) => {
            if document.get("agent").is_none() && document.get("queue").is_none() {
                fields.complain("agent", "is missing; say an agent or a queue");
            }
            None
        }
    };
    let errors = fields.finish();
    match (whom, to) {
        (Some(whom), Some(to)) if errors.is_empty() => Ok(ClickToCall {
            whom,
            to,
            virtual_number,
            recording,
            max_time_limit,
            attempt_time_out,
            custom_field,
        }),
        _ => Err(ApiError::Invalid(errors)),
    }
}

fn number(value: &Value, country: Country) -> Result<PhoneNumber, String> {
    let text = value.as_str().ok_or("must be a phone number, as text")?;
    PhoneNumber::parse(text, country).map_err(|error| error.to_string())
}

/// A duration such as `90s`, or whole seconds as a number, as Exotel has them.
fn seconds(value: &Value) -> Result<u32, String> {
    if let Some(seconds) = value.as_u64() {
        return u32::try_from(seconds).map_err(|error| error.to_string());
    }
    let text = value.as_str().ok_or("must be a duration such as 90s")?;
    let length = duration::parse(text).map_err(|error| error.to_string())?;
    if length.subsec_nanos() > 0 {
        return Err("must be whole seconds".to_owned());
    }
    u32::try_from(length.as_secs()).map_err(|error| error.to_string())
}

/// `true`, `false`, or `{"record", "channels"?}`.
fn recording(value: &Value) -> Result<Recording, String> {
    if let Some(record) = value.as_bool() {
        return Ok(Recording {
            record,
            channels: Channels::Single,
        });
    }
    let list = |errors: Vec<FieldError>| {
        let said = errors.iter();
        let said: Vec<_> = said
            .map(|error| format!("{} {}", error.field, error.message))
            .collect();
        said.join(", ")
    };
    let mut fields = Fields::of("", value).map_err(|error| error.message)?;
    let record = fields.required("record", |value| {
        value
            .as_bool()
            .ok_or_else(|| "must be true or false".to_owned())
    });
    let channels = fields.optional("channels", |value| match value.as_str() {
        Some("single") => Ok(Channels::Single),
        Some("dual") => Ok(Channels::Dual),
        _ => Err("must be single or dual".to_owned()),
    });
    let errors = fields.finish();
    match record {
        Some(record) if errors.is_empty() => Ok(Recording {
            record,
            channels: channels.unwrap_or(Channels::Single),
        }),
        _ => Err(list(errors)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(document: &str) -> Vec<String> {
        match read(&serde_json::from_str(document).unwrap(), Country::INDIA) {
            Err(ApiError::Invalid(errors)) => errors
                .into_iter()
                .map(|error| format!("{}: {}", error.field, error.message))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_click_says_whom_to_ring_and_whom_to_call() {
        let document = serde_json::json!({
            "agent": "desk-1", "to": "098123 45678", "recording": { "record": true, "channels": "dual" },
            "max_time_limit": "1h", "attempt_time_out": 45, "custom_field": "order 7"
        });
        let click = read(&document, Country::INDIA).unwrap();
        assert_eq!(click.to.to_string(), "+919812345678");
        assert_eq!(click.max_time_limit.map(TimeLimitSeconds::get), Some(3_600));
        assert_eq!(click.attempt_time_out.map(AttemptSeconds::get), Some(45));
        assert!(click.recording.unwrap().record);
    }

    #[test]
    fn every_bad_field_is_named() {
        insta::assert_debug_snapshot!(complaints(r#"{ "to": "12", "recording": "yes", "max_time_limit": "5h", "atempt_time_out": 3 }"#), @r#"
        [
            "to: this is not a valid number in IN; write it as it is dialled there, or with + and the calling code",
            "recording: must be an object",
            "max_time_limit: the time limit of a call is 18000 s; Exotel takes 1 to 14400 s",
            "agent: is missing; say an agent or a queue",
            "atempt_time_out: is not known; did you mean attempt_time_out?",
        ]
        "#);
        insta::assert_debug_snapshot!(complaints(r#"{ "agent": "a", "queue": "q", "to": "09812345678" }"#), @r#"
        [
            "queue: must be left out where there is an agent",
        ]
        "#);
    }
}
