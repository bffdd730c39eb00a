//! Bodies and queries of the API are read field by field, not by a type: so that the fields of the reader and those of the
//! document are the same is seen to here.

use reqwest::Method;

use super::*;

/// The operations that read a body, with a path that fits.
const BODIES: [(&str, &str, &str); 6] = [
    ("put", "/agents/{id}", "/agents/asha"),
    ("put", "/agents", "/agents"),
    ("put", "/agents/{id}/presence", "/agents/asha/presence"),
    ("post", "/calls", "/calls"),
    ("post", "/explain", "/explain"),
    ("post", "/replay", "/replay"),
];

/// What no reader knows, nor takes for a slip of the finger.
const STRANGE: &str = "QQQQ";

/// The names that a refusal counts up.
fn known(problem: &Value) -> BTreeSet<String> {
    let errors = problem["errors"].as_array().unwrap();
    let mut messages = errors
        .iter()
        .map(|error| error["message"].as_str().unwrap());
    let names = messages
        .find_map(|message| message.split_once("known are "))
        .unwrap();
    names.1.split(", ").map(str::to_owned).collect()
}

/// The schema of one document of a body: of a list, that of its elements.
fn document_of<'a>(document: &'a Document, operation: &'a Operation<'_>) -> (&'a Value, bool) {
    let schema = &operation.said["requestBody"]["content"]["application/json"]["schema"];
    let schema = document.resolved(schema);
    if schema["type"] == "array" {
        (document.resolved(&schema["items"]["allOf"][0]), true)
    } else {
        (schema, false)
    }
}

fn names(list: &Value) -> BTreeSet<String> {
    let elements = list.as_array().into_iter().flatten();
    elements
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn every_body_that_is_read_is_compared() {
    let document = Document::of(&TestServer::start().await).await;
    let operations = document.operations().into_iter();
    let with_body =
        operations.filter(|one| one.path.starts_with("/v1") && one.said["requestBody"].is_object());
    let with_body: BTreeSet<_> = with_body
        .map(|one| (one.method.to_owned(), one.path.to_owned()))
        .collect();
    let compared = BODIES
        .map(|(method, path, _)| (method.to_owned(), format!("/v1/accounts/{{account}}{path}")));
    assert_eq!(with_body, BTreeSet::from(compared));
}

#[tokio::test]
async fn a_body_has_the_fields_that_are_described_and_no_other() {
    let server = TestServer::start().await;
    let document = Document::of(&server).await;
    for (method, path, asked) in BODIES {
        let operation = document.operation(method, &format!("/v1/accounts/{{account}}{path}"));
        let (schema, is_list) = document_of(&document, &operation);
        assert_eq!(schema["additionalProperties"], false, "{path}");
        let body = |one: Value| if is_list { json!([one]) } else { one };
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let refused = server
            .admin(method.clone(), asked, Some(body(json!({ STRANGE: 1 }))))
            .await;
        assert_eq!(refused.status(), 400, "{path}");
        let described: BTreeSet<_> = schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        assert_eq!(known(&refused.json().await.unwrap()), described, "{path}");

        let refused = server.admin(method, asked, Some(body(json!({})))).await;
        let problem: Value = refused.json().await.unwrap();
        let errors = problem["errors"].as_array().unwrap().iter();
        // A call names an agent or a queue: no schema of one field says that.
        let missing = errors.filter(|error| error["message"] == "is missing");
        let missing: BTreeSet<_> = missing
            .map(|error| error["field"].as_str().unwrap().replace("[0].", ""))
            .collect();
        let mut required = names(&schema["required"]);
        if is_list {
            let operation = &operation.said["requestBody"]["content"]["application/json"]["schema"];
            required.extend(names(
                &document.resolved(operation)["items"]["allOf"][1]["required"],
            ));
        }
        assert_eq!(missing, required, "{path}");
    }
}

/// A limit that is described is the reader's: on one side of it the field is taken, on the other refused.
#[tokio::test]
async fn the_limits_that_are_described_are_the_readers() {
    let server = TestServer::start().await;
    let document = Document::of(&server).await;
    let mut compared = 0;
    for (method, path, asked) in BODIES {
        let operation = document.operation(method, &format!("/v1/accounts/{{account}}{path}"));
        let (schema, is_list) = document_of(&document, &operation);
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        for (field, schema) in schema["properties"].as_object().unwrap() {
            // A time is more than a text of some length.
            if field == "at" {
                continue;
            }
            for (value, is_within) in at_the_limits(schema) {
                let one = json!({ field: value });
                let body = if is_list { json!([one]) } else { one };
                let refused = server.admin(method.clone(), asked, Some(body)).await;
                let problem: Value = refused.json().await.unwrap();
                let mut errors = problem["errors"].as_array().into_iter().flatten();
                let complaint = errors.find(|error| {
                    let named = error["field"].as_str().unwrap();
                    named.trim_start_matches("[0].") == field && error["message"] != "is missing"
                });
                let complaint = complaint
                    .filter(|error| !error["message"].as_str().unwrap().starts_with("belongs to"));
                assert_eq!(
                    complaint.is_none(),
                    is_within,
                    "{path} {field} {value}: {problem:#}"
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 30, "{compared}");
}

/// Values on both sides of each limit of length or size.
fn at_the_limits(schema: &Value) -> Vec<(Value, bool)> {
    let mut values = Vec::new();
    let of = |name: &str| schema[name].as_u64();
    let text = |length: u64| Value::from("7".repeat(usize::try_from(length).unwrap()));
    for (limit, beyond) in [(of("minLength"), -1), (of("maxLength"), 1)] {
        if let Some(limit) = limit {
            values.push((text(limit), true));
            values.push((text(limit.saturating_add_signed(beyond)), false));
        }
    }
    for (limit, beyond) in [(of("minimum"), -1), (of("maximum"), 1)] {
        if let Some(limit) = limit {
            values.push((limit.into(), true));
            values.push((limit.saturating_add_signed(beyond).into(), false));
        }
    }
    if let Some(most) = of("maxItems") {
        let list = |length: u64| (0..length).map(|number| format!("+9198123{number:05}"));
        let list = |length: u64| list(length).collect::<Vec<_>>();
        let is_of_names = schema["items"]["type"] == "string";
        let named = |length: u64| (0..length).map(|number| format!("g{number}")).collect();
        let list = |length: u64| {
            if is_of_names {
                named(length)
            } else {
                list(length)
            }
        };
        values.push((list(most).into(), true));
        values.push((list(most + 1).into(), false));
    }
    values
}

/// The operations that refuse a parameter of the query that they don't know.
const QUERIES: [(&str, &str); 5] = [
    ("/agents", "/agents"),
    ("/decisions", "/decisions"),
    ("/decisions/stream", "/decisions/stream"),
    ("/calls/{call}", "/calls/one"),
    ("/calls/{call}/explain", "/calls/one/explain"),
];

#[tokio::test]
async fn a_query_has_the_parameters_that_are_described_and_no_other() {
    let server = TestServer::start().await;
    let document = Document::of(&server).await;
    let in_query = |operation: &Operation<'_>| -> BTreeSet<String> {
        let parameters = operation.said["parameters"]
            .as_array()
            .into_iter()
            .flatten();
        let in_query = parameters.filter(|parameter| parameter["in"] == "query");
        in_query
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect()
    };
    for operation in document.operations() {
        let path = operation.path.strip_prefix("/v1/accounts/{account}");
        let Some(path) = path.filter(|_| !in_query(&operation).is_empty()) else {
            continue;
        };
        let (_, asked) = QUERIES.iter().find(|(one, _)| *one == path).unwrap();
        let refused = server
            .admin(Method::GET, &format!("{asked}?{STRANGE}=1"), None)
            .await;
        assert_eq!(refused.status(), 400, "{path}");
        let problem: Value = refused.json().await.unwrap();
        let message = problem["errors"][0]["message"].as_str().unwrap();
        let known: BTreeSet<_> = match message
            .split_once("known are ")
            .or_else(|| message.split_once("known is "))
        {
            Some((_, names)) => names.split(", ").map(str::to_owned).collect(),
            // This one is read by its type.
            None => message
                .rsplit("expected ")
                .next()
                .unwrap()
                .split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect(),
        };
        assert_eq!(known, in_query(&operation), "{path}: {message}");
    }
}
