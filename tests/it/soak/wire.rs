//! Requests as Exotel makes them: names, number forms, and what stands in them at which time.

use std::time::Duration;

use super::NUMBERS;
use super::dial::{Ending, Event};
use super::dice::Dice;
use super::script::Script;

/// The parameters of one request.
pub(super) type Form = Vec<(String, String)>;

/// What earlier dialling of a call a fetch tells of.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// Of all attempts, in the order tried.
    pub(super) legs: Vec<(String, Ending)>,
    pub(super) last: Option<(String, Ending)>,
    /// From the first ringing on.
    pub(super) lasted: Duration,
}

/// Exotel says nothing of the zone: it is India's.
const CREATED: &str = "Mon, 23 Nov 2026 11:00:00";
const NOW: &str = "2026-11-23 11:00:08";

fn pairs<const N: usize>(parameters: [(&str, &str); N]) -> Form {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    parameters.into_iter().map(owned).collect()
}

/// What every request of a call carries.
fn call(script: &Script) -> Form {
    let caller = format!("0851{:07}", 6_000_000 + script.number % NUMBERS);
    let mut form = pairs([
        ("CallSid", &script.sid()),
        ("CallFrom", &caller),
        ("CallTo", "01135124157"),
        ("Direction", "incoming"),
        ("Created", CREATED),
        ("CurrentTime", NOW),
        ("From", &caller),
        ("To", "01135124157"),
    ]);
    form.extend(pairs([("ForwardedFrom", "null"), ("tenant_id", "soak")]));
    form
}

/// A fetch of the call; what the caller keyed is told at the first only.
pub(super) fn fetch(script: &Script, progress: &Progress) -> Form {
    let mut form = call(script);
    form.extend(pairs([("StartTime", NOW), ("flow_id", "42")]));
    let Some((who, ending)) = &progress.last else {
        form.extend(pairs([("DialWhomNumber", ""), ("DialCallDuration", "0")]));
        form.extend(pairs([("digits", &format!("\"{}\"", script.digits))]));
        return form;
    };
    let mut dice = script.whim(progress.legs.len());
    form.extend(end_of_dial(progress, who, *ending, &mut dice));
    form
}

/// What the Passthru applet behind the Connect applet sends.
pub(super) fn record(script: &Script, progress: &Progress) -> Option<Form> {
    let (who, ending) = progress.last.as_ref()?;
    let mut form = call(script);
    let mut dice = script.whim(100);
    form.extend(end_of_dial(progress, who, *ending, &mut dice));
    let kind = match ending {
        Ending::Answered(_) => "completed",
        Ending::Cancelled => "client-hangup",
        Ending::NoAnswer | Ending::Declined | Ending::Failed => "incomplete",
    };
    form.extend(pairs([("CallType", kind)]));
    Some(form)
}

/// Seconds since the first ringing count on, so that no two attempts of a call tell the same.
fn end_of_dial(progress: &Progress, who: &str, ending: Ending, dice: &mut Dice) -> Form {
    let seconds = progress.lasted.as_millis().div_ceil(1_000).to_string();
    let mut form = pairs([
        ("DialWhomNumber", &spelt(who, dice)),
        ("DialCallStatus", status(ending)),
        ("DialCallDuration", &seconds),
    ]);
    if dice.in_a_hundred(50) {
        for (index, (who, ending)) in progress.legs.iter().enumerate() {
            form.extend(leg(index, &spelt(who, dice), *ending));
        }
    }
    form
}

fn leg(index: usize, who: &str, ending: Ending) -> Form {
    let (cause, word) = match ending {
        Ending::Answered(_) => ("16", "NORMAL_CLEARING"),
        Ending::NoAnswer => ("19", "NO_ANSWER"),
        Ending::Declined => ("21", "CALL_REJECTED"),
        Ending::Failed => ("27", "DESTINATION_OUT_OF_ORDER"),
        Ending::Cancelled => ("487", "ORIGINATOR_CANCEL"),
    };
    let talked = match ending {
        Ending::Answered(talked) => talked.as_millis().div_ceil(1_000).to_string(),
        _ => "0".to_owned(),
    };
    let field = |name: &str, value: &str| (format!("Legs[{index}][{name}]"), value.to_owned());
    vec![
        field("Number", who),
        field("Type", "single"),
        field("OnCallDuration", &talked),
        field("Cause", cause),
        field("CauseCode", word),
        field("DisconnectedBy", "NA"),
    ]
}

fn status(ending: Ending) -> &'static str {
    match ending {
        Ending::Answered(_) => "completed",
        Ending::NoAnswer => "no-answer",
        Ending::Declined => "busy",
        Ending::Failed => "failed",
        Ending::Cancelled => "canceled",
    }
}

/// An event of one leg.
pub(super) fn event(script: &Script, who: &str, event: Event, dice: &mut Dice) -> Form {
    let (kind, status) = match event {
        Event::Dial => ("Dial", "busy"),
        Event::Ringing => ("Ringing", "busy"),
        Event::Answered => ("Answered", "busy"),
        Event::Terminal { .. } => ("Terminal", "free"),
    };
    let mut form = call(script);
    form.extend(pairs([
        ("DialWhomNumber", &spelt(who, dice)),
        ("EventType", kind),
        ("Status", status),
        ("AgentEmail", "null"),
    ]));
    form
}

/// A destination in one of the spellings that arrive.
fn spelt(who: &str, dice: &mut Dice) -> String {
    if let Some(id) = who.strip_prefix("sip:") {
        let forms = [who.to_owned(), format!("sip:{id}@soak.exotel.in")];
        return dice.of(&forms).clone();
    }
    let local = who.strip_prefix("+91").unwrap_or(who);
    let forms = [
        who.to_owned(),
        format!("0{local}"),
        format!("91{local}"),
        // A plus sign that somebody forgot to encode.
        format!(" 91{local}"),
    ];
    dice.of(&forms).clone()
}
