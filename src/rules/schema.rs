//! The JSON Schema of a rules file, of the file of its tests, of a scenario and of a file of agents, for editors: made from the very tables that the readers ask.
//!
//! It says what a value looks like, not what it refers to: whether a queue is defined, a telephone number exists or
//! shares add up is for `ringmaster check`. Where YAML reads a plain text as a number (`digits: 5`, `+919812345678`), the
//! schema takes both, as the readers do.

use serde_json::{Map, Value, json};

use self::form::Form;
use super::shape::{AGENTS_FILE, Holds, Key, RULES_FILE, SCENARIO, Shape, Status, TESTS_FILE};
use crate::exotel::Dialect;
use crate::exotel::answer::field_names;

mod form;

/// A duration such as `1h30m`: each unit at most once, from large to small. A lone 0 is read as a number.
const DURATION: &str = "^\\s*(0|(?=\\d)(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?)\\s*$";

/// The schema of a rules file, in the 2020-12 dialect.
pub fn json_schema() -> Value {
    schema_of(&RULES_FILE, "Rules of an account of ringmaster")
}

/// The schema of the file of their tests.
pub fn tests_json_schema() -> Value {
    schema_of(
        &TESTS_FILE,
        "Tests of the rules of an account of ringmaster",
    )
}

/// The schema of the scenario of a simulation.
pub fn scenario_json_schema() -> Value {
    schema_of(&SCENARIO, "A scenario of a simulation of ringmaster")
}

/// The schema of a file of agents.
pub fn agents_json_schema() -> Value {
    schema_of(&AGENTS_FILE, "Agents of an account of ringmaster")
}

fn schema_of(shape: &'static Shape, title: &str) -> Value {
    let mut shapes = Shapes::default();
    let mut schema = shapes.object(shape);
    schema.insert(
        "$schema".to_owned(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    schema.insert("title".to_owned(), title.into());
    schema.insert("$defs".to_owned(), Value::Object(shapes.definitions));
    Value::Object(schema)
}

/// The definitions made so far: a table that is used in two places stands once.
#[derive(Debug, Default)]
struct Shapes {
    definitions: Map<String, Value>,
}

impl Shapes {
    /// What a mapping of this table looks like.
    fn object(&mut self, shape: &'static Shape) -> Map<String, Value> {
        let properties: Map<_, _> = shape
            .keys
            .iter()
            .map(|key| (key.name.to_owned(), self.property(shape, key)))
            .collect();
        let required: Vec<_> = shape
            .keys
            .iter()
            .filter(|key| key.status == Status::Required)
            .map(|key| key.name)
            .collect();
        let mut object = Map::new();
        object.insert("type".to_owned(), "object".into());
        object.insert("properties".to_owned(), Value::Object(properties));
        object.insert("additionalProperties".to_owned(), false.into());
        if !required.is_empty() {
            object.insert("required".to_owned(), json!(required));
        }
        if form::has_a_key(shape) {
            object.insert("minProperties".to_owned(), 1.into());
        }
        if let Some(names) = form::exactly_one_of(shape) {
            let each = names.map(|name| json!({ "required": [name] }));
            object.insert("oneOf".to_owned(), json!(each));
        }
        object
    }

    /// A reference to the table's definition, which is made when it is first asked for.
    fn reference(&mut self, shape: &'static Shape) -> Value {
        let name = shape
            .name
            .trim_start_matches("a ")
            .trim_start_matches("an ");
        let name = name.replace(' ', "-");
        if !self.definitions.contains_key(&name) {
            // Taken before it is made, so that a table may come to hold itself.
            self.definitions.insert(name.clone(), Value::Null);
            let object = self.object(shape);
            self.definitions.insert(name.clone(), Value::Object(object));
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn property(&mut self, shape: &'static Shape, key: &'static Key) -> Value {
        let mut value = self.value(shape, key);
        if let Value::Object(object) = &mut value {
            let description = format!("{} It is {}.", key.doc, key.holds.phrase());
            object.insert("description".to_owned(), description.into());
        }
        value
    }

    fn value(&mut self, shape: &'static Shape, key: &'static Key) -> Value {
        // A table that names no form is a mistake that a test finds; an editor then simply takes anything.
        let form = form::of(shape, key);
        match key.holds {
            Holds::Word(words) => json!({ "enum": words }),
            Holds::Flag => json!({ "type": "boolean" }),
            Holds::Whole { least, most } => {
                let whole = json!({ "type": "integer", "minimum": least, "maximum": most });
                match form {
                    Some(Form::OneOrList) => one_or_list(&whole),
                    _ => whole,
                }
            }
            Holds::Duration | Holds::Pause => duration(),
            Holds::Described(_) | Holds::Mapping(_) => {
                form.map_or_else(|| json!({}), |form| self.form(form))
            }
            Holds::List(_) => {
                let items = form.map_or_else(|| json!({}), |form| self.form(form));
                let mut list = json!({ "type": "array", "items": items });
                if let Some(list) = list.as_object_mut() {
                    if form::is_never_empty(shape, key) {
                        list.insert("minItems".to_owned(), 1.into());
                    }
                    if let Some(most) = form::most_items(shape, key) {
                        list.insert("maxItems".to_owned(), most.into());
                    }
                }
                list
            }
            Holds::OneOrMore(_) => {
                one_or_list(&form.map_or_else(|| json!({}), |form| self.form(form)))
            }
            Holds::Condition(_) => {
                let wanted = one_or_list(&form.map_or_else(|| json!({}), |form| self.form(form)));
                negatable(&wanted)
            }
        }
    }

    fn form(&mut self, form: Form) -> Value {
        match form {
            Form::Shape(shape) => self.reference(shape),
            Form::Named { names, holds } => {
                let values = self.form(*holds);
                json!({
                    "type": "object",
                    "propertyNames": { "pattern": names },
                    "additionalProperties": values,
                })
            }
            Form::ListOf { item, least } => {
                let items = self.form(*item);
                json!({ "type": "array", "items": items, "minItems": least })
            }
            Form::Either(one, other) => json!({ "anyOf": [self.form(*one), self.form(*other)] }),
            Form::Words(words) => json!({ "enum": words }),
            Form::Flag => json!({ "type": "boolean" }),
            Form::Status => json!({ "enum": [503, "503"] }),
            Form::Answer => answer(),
            Form::Level => json!({ "type": "integer", "minimum": 1, "maximum": 10 }),
            Form::Text(pattern) => json!({ "type": ["string", "number"], "pattern": pattern }),
            Form::OneOrList => json!({}),
            Form::Country => {
                json!({ "type": "string", "pattern": "^[A-Za-z]{2}$", "examples": ["IN"] })
            }
            Form::TimeZone => json!({ "enum": form::time_zones() }),
        }
    }
}

fn duration() -> Value {
    json!({
        "type": ["string", "integer"],
        "pattern": DURATION,
        "minimum": 0,
        "maximum": 0,
        "examples": ["90s", "5m", "1h30m"],
    })
}

/// A part of an answer: of one dialect or the other, and within a field whatever.
fn answer() -> Value {
    let of_ccm = field_names(Dialect::Ccm);
    let of_generic = field_names(Dialect::Generic);
    let names = of_ccm.iter().chain(of_generic);
    let fields: Map<_, _> = names.map(|name| ((*name).to_owned(), json!({}))).collect();
    json!({
        "type": "object",
        "properties": fields,
        "additionalProperties": false,
        "minProperties": 1,
    })
}

fn one_or_list(item: &Value) -> Value {
    json!({ "anyOf": [item, { "type": "array", "items": item, "minItems": 1 }] })
}

fn negatable(wanted: &Value) -> Value {
    json!({
        "anyOf": [
            wanted,
            {
                "type": "object",
                "properties": { "not": wanted },
                "required": ["not"],
                "additionalProperties": false,
            },
        ],
    })
}

#[cfg(test)]
mod tests;
