//! What all operations have in common, said once for all of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::server::problem::catalogue::{self, Known};

/// Where people's applications come in.
const API: &str = "/v1/accounts/{account}";
/// The same answer is to be had for the account `default` without its name.
const OF_DEFAULT: (&str, &str) = ("/exotel/{account}/connect", "/ccm-programmable-connect");

const OF_THE_DOOR: [&str; 8] = [
    "no-token",
    "unknown-token",
    "session-over",
    "cross-site",
    "wrong-account",
    "source-not-allowed",
    "too-many-attempts",
    "too-many-requests",
];
const OF_THE_STORE: [&str; 3] = ["store-unavailable", "store-refused", "store-corrupt"];
/// Of a path with something to name in it, such as an agent, when nothing is.
const OF_A_NAME: &str = "no-such-path";
const OF_A_BODY: [&str; 4] = [
    "body-too-large",
    "body-too-slow",
    "body-unreadable",
    "not-json",
];

/// The document with everything in it.
pub(super) fn finish(mut document: Value) -> Value {
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        let of_default = paths.get(OF_DEFAULT.0).cloned().map(without_account);
        paths.extend(of_default.map(|item| (OF_DEFAULT.1.to_owned(), item)));
        for (path, item) in paths.iter_mut() {
            let operations = item.as_object_mut().into_iter().flatten();
            for (method, operation) in operations {
                if let Some(path) = path.strip_prefix(API) {
                    complete(operation, path.contains('{'));
                }
                if method == "head" {
                    rename(operation, "Head");
                }
            }
        }
    }
    close_bodies(&mut document);
    if let Some(Value::Object(components)) = document.get_mut("components") {
        components.insert("securitySchemes".to_owned(), security());
    }
    mend(&mut document);
    document
}

/// How whoever asks proves who they are. No secret is among the examples: there are none.
fn security() -> Value {
    json!({
        "key": {
            "type": "apiKey", "in": "query", "name": "key",
            "description": "A key of the account, `accounts.….keys`, as it stands in the URL at Exotel",
        },
        "token": {
            "type": "http", "scheme": "bearer",
            "description": "A token of the account, `accounts.….tokens`. What an operation needs is the least role",
        },
    })
}

/// The same operations on the account `default`, under names of their own.
fn without_account(mut item: Value) -> Value {
    for operation in item.as_object_mut().into_iter().flatten().map(|(_, it)| it) {
        rename(operation, "Default");
        if let Some(parameters) = operation["parameters"].as_array_mut() {
            parameters.retain(|parameter| parameter["name"] != "account");
        }
    }
    item
}

fn rename(operation: &mut Value, suffix: &str) {
    if let Some(id) = operation["operationId"].as_str() {
        operation["operationId"] = format!("{id}{suffix}").into();
    }
}

/// An operation of the API with its account, and all that can go wrong.
fn complete(operation: &mut Value, has_name: bool) {
    let account = json!({
        "name": "account", "in": "path", "required": true, "example": "default",
        "description": "The account", "schema": { "$ref": "#/components/schemas/AccountName" },
    });
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let parameters = parameters.cloned().unwrap_or_default();
    operation["parameters"] = [vec![account], parameters].concat().into();
    let by_status = problems(operation, has_name);
    if let Some(operation) = operation.as_object_mut() {
        operation.remove("x-problems");
    }
    if let Some(responses) = operation["responses"].as_object_mut() {
        for (status, problems) in by_status {
            responses.insert(status.to_string(), response(status, &problems));
        }
    }
}

/// The problems of an operation, by status.
fn problems(operation: &Value, has_name: bool) -> BTreeMap<u16, Vec<Known>> {
    let own = operation["x-problems"].as_array().into_iter().flatten();
    let own: BTreeSet<_> = own.filter_map(Value::as_str).collect();
    let needs_role = operation.pointer("/security/0/token/0") != Some(&json!("read"));
    // The one operation that is about files only.
    let asks_store = operation["operationId"] != "reloadRules";
    let is_one_of_it = |code: &str| {
        own.contains(code)
            || OF_THE_DOOR.contains(&code)
            || (asks_store && OF_THE_STORE.contains(&code))
            || (has_name && code == OF_A_NAME)
            || (needs_role && code == "role-too-low")
            || (operation.get("requestBody").is_some() && OF_A_BODY.contains(&code))
    };
    let mut by_status: BTreeMap<u16, Vec<Known>> = BTreeMap::new();
    for known in catalogue::ALL {
        if is_one_of_it(known.code) {
            by_status.entry(known.status).or_default().push(known);
        }
    }
    by_status
}

/// What is answered with a status, and what each of its codes means.
fn response(status: u16, problems: &[Known]) -> Value {
    let lines = problems
        .iter()
        .map(|known| format!("`{}`: {}", known.code, known.meaning));
    let lines: Vec<_> = lines.collect();
    let codes: Vec<_> = problems.iter().map(|known| known.code).collect();
    let mut parts = vec![
        json!({ "$ref": "#/components/schemas/Problem" }),
        json!({ "properties": { "status": { "const": status }, "code": { "enum": codes } } }),
    ];
    if codes.contains(&"rules-refused") {
        parts.push(json!({ "$ref": "#/components/schemas/RefusedRules" }));
    }
    json!({
        "description": lines.join("\n\n"),
        "headers": headers(status),
        "content": { "application/problem+json": { "schema": { "allOf": parts } } },
    })
}

fn headers(status: u16) -> Value {
    match status {
        401 => json!({ "WWW-Authenticate": {
            "description": "How to prove who asks", "required": true, "schema": { "type": "string" },
        } }),
        429 => json!({ "Retry-After": {
            "description": "After how many seconds to try again, where that is known",
            "schema": { "type": "integer", "minimum": 0 },
        } }),
        _ => json!({}),
    }
}

/// The bodies of the API take no field that is not described, and the reader refuses it.
fn close_bodies(document: &mut Value) {
    let mut names = BTreeSet::new();
    let items = document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    for (_, item) in items.filter(|(path, _)| path.starts_with(API)) {
        for (_, operation) in item.as_object().into_iter().flatten() {
            let schema = operation.pointer("/requestBody/content/application~1json/schema");
            names.extend(schema.and_then(reference));
        }
    }
    // The list of agents is made of the same document as one of them.
    for name in names {
        let schema = document.pointer_mut(&format!("/components/schemas/{name}"));
        if let Some(Value::Object(schema)) = schema
            && schema.get("type").is_some_and(|kind| kind == "object")
        {
            schema.insert("additionalProperties".to_owned(), false.into());
        }
    }
}

fn reference(schema: &Value) -> Option<String> {
    let reference = schema["$ref"].as_str()?;
    reference.rsplit('/').next().map(str::to_owned)
}

/// Says in every part what the derived schemas cannot.
fn mend(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                match (name.as_str(), &mut *value) {
                    ("description" | "summary", Value::String(text)) => {
                        *text = in_plain_words(text);
                    }
                    ("allOf", Value::Array(parts)) => parts.iter_mut().for_each(may_be_absent),
                    _ => {}
                }
                mend(value);
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(mend),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Descriptions come from the comments of the code, where names of code are links.
fn in_plain_words(text: &str) -> String {
    let text = text.replace("[`", "`").replace("`]", "`");
    text.trim_end_matches('.').to_owned()
}

/// The fields of something that may be missing stand among those of what it belongs to. Then none of them is there, which is
/// something else than their being `null`.
fn may_be_absent(part: &mut Value) {
    let nothing = json!({ "type": "null" });
    let choices = part["oneOf"].as_array().cloned().unwrap_or_default();
    if choices.contains(&nothing) {
        let given = choices.into_iter().filter(|choice| *choice != nothing);
        let choices: Vec<_> = given.chain([json!({})]).collect();
        *part = json!({ "anyOf": choices });
    }
}
