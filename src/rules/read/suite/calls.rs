//! Who calls whom in a test, and when.

use super::super::fields::Fields;
use super::super::value::{Field, Text, shortened};
use super::super::when::digits;
use super::{Scene, moment, written};
use crate::clock::Timestamp;
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::rules::shape::CALL;
use crate::rules::suite::VirtualCall;

/// The most characters that Exotel gives to a custom field.
const MAX_CUSTOM_FIELD: usize = 128;

/// What calls have unless a test says otherwise.
#[derive(Debug, Default)]
pub(super) struct CallDefaults {
    call: VirtualCall,
    at: When,
}

/// When a call comes, as far as it is said.
#[derive(Clone, Copy, Debug, Default)]
enum When {
    /// Nothing is said.
    #[default]
    Unsaid,
    /// What is said has been reported.
    Wrong,
    At(Timestamp),
}

impl When {
    fn or(self, other: Self) -> Self {
        match self {
            Self::Unsaid => other,
            Self::Wrong | Self::At(_) => self,
        }
    }
}

/// The `call` of the file.
pub(super) fn defaults(
    file: &Fields<'_>,
    scene: Scene<'_>,
    report: &mut Report<'_>,
) -> CallDefaults {
    file.get("call")
        .and_then(|field| said(&field, scene, report))
        .unwrap_or_default()
}

/// The call that a test begins with. `None` only after something was reported.
pub(super) fn first(
    test: &Fields<'_>,
    scene: Scene<'_>,
    defaults: &CallDefaults,
    report: &mut Report<'_>,
) -> Option<(Timestamp, VirtualCall)> {
    let field = test.get("call");
    let said = match &field {
        Some(field) => said(field, scene, report)?,
        None if test.has_or_means("call") => return None,
        None => CallDefaults::default(),
    };
    match said.at.or(defaults.at) {
        When::At(at) => Some((at, over(said.call, &defaults.call))),
        When::Wrong => None,
        When::Unsaid => {
            let message = "nobody says when the call comes: \"at\" is missing";
            let help = "write at: \"2026-11-23T11:00\" in the test's call, or in a \"call\" of the file for all tests";
            let span = field.map_or_else(|| test.start(), |field| field.span());
            report.add_with_help(span, Code::MissingKey, message, help.to_owned());
            None
        }
    }
}

/// A call that comes at a later step, which says when.
pub(super) fn later(
    field: &Field<'_>,
    scene: Scene<'_>,
    defaults: &CallDefaults,
    report: &mut Report<'_>,
) -> Option<VirtualCall> {
    let fields = Fields::read(field.node, &CALL, report)?;
    if let Some(at) = fields.get("at") {
        let message = "a step's call comes \"after\" the step before, not \"at\" a time";
        report.add(at.span(), Code::Contradiction, message);
    }
    Some(over(call(&fields, scene, report), &defaults.call))
}

fn said(field: &Field<'_>, scene: Scene<'_>, report: &mut Report<'_>) -> Option<CallDefaults> {
    let fields = Fields::read(field.node, &CALL, report)?;
    let at = match fields.get("at") {
        Some(at) => {
            moment::moment(&at, scene.rules.time_zone(), report).map_or(When::Wrong, When::At)
        }
        None if fields.has_or_means("at") => When::Wrong,
        None => When::Unsaid,
    };
    let call = call(&fields, scene, report);
    Some(CallDefaults { call, at })
}

fn call(fields: &Fields<'_>, scene: Scene<'_>, report: &mut Report<'_>) -> VirtualCall {
    VirtualCall {
        from: number(fields, "from", scene, report),
        to: number(fields, "to", scene, report),
        digits: text(fields, "digits", report)
            .and_then(|keyed| digits(keyed, report))
            .map(Into::into),
        custom_field: custom_field(fields, report),
        direction: text(fields, "direction", report).map(|text| text.text.to_owned()),
        side: fields.get("side").and_then(|field| {
            let side = field.whole(report)?;
            Some(written(side, field.span(), report))
        }),
    }
}

fn text<'tree>(fields: &Fields<'tree>, key: &str, report: &mut Report<'_>) -> Option<Text<'tree>> {
    let field = fields.get(key)?;
    let span = field.span();
    field.text(report).map(|text| Text { text, span })
}

/// A number as typed: what the reader of Exotel's requests makes of it is part of what is tested.
fn number(
    fields: &Fields<'_>,
    key: &str,
    scene: Scene<'_>,
    report: &mut Report<'_>,
) -> Option<String> {
    let text = text(fields, key, report)?;
    let is_number = scene.numbers.contact(text, report).is_some();
    is_number.then(|| text.text.to_owned())
}

fn custom_field(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<String> {
    let Text { text, span } = text(fields, "custom_field", report)?;
    let length = text.chars().count();
    if length > MAX_CUSTOM_FIELD {
        let message = format!(
            "\"custom_field\" has {length} characters, but Exotel takes {MAX_CUSTOM_FIELD}"
        );
        report.add(span, Code::OutOfRange, message);
    }
    if text.trim().is_empty() || text.contains(char::is_control) {
        let message = format!("\"{}\" is no text that Exotel would send", shortened(text));
        report.add(span, Code::WrongValue, message);
    }
    Some(text.to_owned())
}

fn over(call: VirtualCall, base: &VirtualCall) -> VirtualCall {
    VirtualCall {
        from: call.from.or_else(|| base.from.clone()),
        to: call.to.or_else(|| base.to.clone()),
        digits: call.digits.or_else(|| base.digits.clone()),
        custom_field: call.custom_field.or_else(|| base.custom_field.clone()),
        direction: call.direction.or_else(|| base.direction.clone()),
        side: call.side.or_else(|| base.side.clone()),
    }
}
