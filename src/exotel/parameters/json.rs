//! A JSON object as flat parameters.

use serde_json::Value;

use super::{MAX_NAME_BYTES, Parameters, UnreadableParameters};

/// Adds every text, number and boolean of the object under its bracketed path.
pub(super) fn flatten(value: Value, into: &mut Parameters) -> Result<(), UnreadableParameters> {
    let Value::Object(members) = value else {
        return Err(UnreadableParameters::NotAnObject);
    };
    members
        .into_iter()
        .try_for_each(|(name, member)| add(name, member, into))
}

/// Recursion is bounded: the JSON reader refuses more than 128 levels.
fn add(path: String, value: Value, into: &mut Parameters) -> Result<(), UnreadableParameters> {
    if path.len() > MAX_NAME_BYTES {
        return Ok(());
    }
    match value {
        Value::Null => Ok(()),
        Value::Bool(truth) => into.push(path, truth.to_string()),
        Value::Number(number) => into.push(path, number.to_string()),
        Value::String(text) => into.push(path, text),
        Value::Array(items) => {
            let mut numbered = items.into_iter().enumerate();
            numbered.try_for_each(|(index, item)| add(format!("{path}[{index}]"), item, into))
        }
        Value::Object(members) => members
            .into_iter()
            .try_for_each(|(name, member)| add(format!("{path}[{name}]"), member, into)),
    }
}
