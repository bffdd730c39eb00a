//! The API's document says what is served, what is read and what is answered; here the three are compared with it.

mod answers;
mod page;
mod paths;
mod readers;

use std::collections::BTreeSet;

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::server::TestServer;

/// The document that a server gives.
struct Document(Value);

/// An operation: a method in small letters, a path with its parameters in braces, and what is said of them.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    said: &'a Value,
}

impl Document {
    async fn of(server: &TestServer) -> Self {
        let response = server.client.get(server.url("/openapi.json")).send().await;
        Self(
            response
                .unwrap()
                .error_for_status()
                .unwrap()
                .json()
                .await
                .unwrap(),
        )
    }

    fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, item) in self.0["paths"].as_object().unwrap() {
            for (method, said) in item.as_object().unwrap() {
                operations.push(Operation { method, path, said });
            }
        }
        operations
    }

    fn operation(&self, method: &str, path: &str) -> Operation<'_> {
        let mut operations = self.operations().into_iter();
        let found = operations.find(|one| one.method == method && one.path == path);
        found.unwrap_or_else(|| panic!("{method} {path} is not described"))
    }

    /// The schema, or the one that it refers to.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let found = self.0.pointer(reference.trim_start_matches('#'));
                found.unwrap_or_else(|| panic!("{reference} is nowhere"))
            }
            None => schema,
        }
    }

    /// Why a value does not fit a schema. Fields that the schema does not name do not fit it.
    fn misfits(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut whole = json!({
            "$ref": "#/chosen", "chosen": schema, "components": self.0["components"],
        });
        // Of some answers no more is said than that they are objects.
        if *schema != json!({ "type": "object" }) {
            whole["unevaluatedProperties"] = false.into();
        }
        close(&mut whole["components"]["schemas"]);
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&whole)
            .unwrap();
        let errors = validator.iter_errors(value);
        errors
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }

    /// Is this an answer that the document foresees? Its status as a number.
    async fn foresees(&self, method: &str, path: &str, response: Response) -> u16 {
        let status = response.status();
        let operation = self.operation(method, path);
        let said = &operation.said["responses"][status.as_str()];
        assert!(said.is_object(), "{method} {path} may answer {status}");
        let header = response.headers().get("content-type").cloned();
        let content_type = header.as_ref().map_or("", |value| value.to_str().unwrap());
        let essence = content_type.split(';').next().unwrap();
        for (name, header) in said["headers"].as_object().into_iter().flatten() {
            let is_needed = header["required"] == true;
            assert!(
                !is_needed || response.headers().contains_key(name),
                "{name}"
            );
        }
        if said["content"].is_null() || method == "head" {
            assert_eq!(
                response.text().await.unwrap(),
                "",
                "{method} {path} {status}"
            );
        } else {
            let described = &said["content"][essence];
            assert!(
                described.is_object(),
                "{method} {path} {status}: {essence:?}"
            );
            if essence.ends_with("json") {
                let body: Value = response.json().await.unwrap();
                let misfits = self.misfits(&described["schema"], &body);
                assert!(
                    misfits.is_empty(),
                    "{method} {path} {status}\n{misfits:#?}\n{body:#}"
                );
            }
        }
        status.as_u16()
    }
}

/// Lets no schema take a field that it does not name, but for those that are parts of others.
fn close(schemas: &mut Value) {
    let mut parts = BTreeSet::new();
    parts_of(schemas, false, &mut parts);
    for (name, schema) in schemas.as_object_mut().unwrap() {
        let is_free = schema["properties"].is_null() || schema["allOf"].is_array();
        if !is_free && !parts.contains(name) {
            schema["additionalProperties"] = false.into();
        }
    }
}

/// The names of the schemas that stand among the parts of others.
fn parts_of(value: &Value, is_part: bool, parts: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let (true, Some(reference)) = (is_part, value["$ref"].as_str()) {
                parts.insert(reference.rsplit('/').next().unwrap().to_owned());
            }
            for (name, value) in object {
                let combines = ["allOf", "anyOf", "oneOf"].contains(&name.as_str());
                parts_of(value, combines || (is_part && !value.is_object()), parts);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                parts_of(element, is_part, parts);
            }
        }
        _ => {}
    }
}

/// Is it one of the answers that say that all went well?
fn is_success(status: &str) -> bool {
    let status = StatusCode::from_bytes(status.as_bytes());
    status.is_ok_and(|status| status.is_success())
}
