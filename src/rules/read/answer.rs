//! `answer`, of the file and of a rule.

use std::fmt::Display;

use super::fields::Fields;
use super::numbers::Numbers;
use super::value::{Field, Text, describe, named, scalar, shortened};
use crate::exotel::answer::{
    Channels, ConversationSeconds, CustomParameters, InvalidCustomParameters, MusicOnHold,
    Playback, PlaybackTo, Recording, Sound, Speech, WebUrl,
};
use crate::rules::answer::{AnswerSettings, Events};
use crate::rules::finding::Code;
use crate::rules::report::Report;
use crate::rules::shape::{ANSWER, EVENTS, PLAYBACK, RECORDING};
use crate::rules::tree::{Entry, Kind, Node};

pub(super) fn answer(node: &Node, numbers: Numbers, report: &mut Report<'_>) -> AnswerSettings {
    let Some(answer) = Fields::read(node, &ANSWER, report) else {
        return AnswerSettings::default();
    };
    let flag = |name: &str, report: &mut Report<'_>| answer.get(name)?.flag(report);
    let conversation = answer.get("max_conversation_duration");
    AnswerSettings {
        state_management: flag("state_management", report),
        outgoing_phone_number: answer.get("outgoing_phone_number").and_then(|field| {
            let text = field.text(report)?;
            numbers.number(
                Text {
                    text,
                    span: field.span(),
                },
                report,
            )
        }),
        sticky_agent: flag("sticky_agent", report),
        recording: answer
            .get("recording")
            .and_then(|field| recording(&field, report)),
        max_conversation_duration: conversation
            .and_then(|field| field.seconds(ConversationSeconds::MAX, report))
            .map(ConversationSeconds::clamped),
        music_on_hold: answer
            .get("music_on_hold")
            .and_then(|field| music_on_hold(&field, report)),
        events: answer
            .get("events")
            .and_then(|field| events(&field, report)),
        start_call_playback: answer
            .get("start_call_playback")
            .and_then(|field| playback(&field, report)),
        custom_params: answer
            .get("custom_params")
            .and_then(|field| custom_params(&field, report)),
    }
}

pub(super) fn recording(field: &Field<'_>, report: &mut Report<'_>) -> Option<Recording> {
    let recording = Fields::read(field.node, &RECORDING, report)?;
    let record = recording.get("record").and_then(|field| field.flag(report));
    let channels = match recording
        .get("channels")
        .and_then(|field| field.word(report))
    {
        Some("dual") => Channels::Dual,
        _ => Channels::Single,
    };
    Some(Recording {
        record: record?,
        channels,
    })
}

fn music_on_hold(field: &Field<'_>, report: &mut Report<'_>) -> Option<MusicOnHold> {
    match field.text(report)? {
        "default_tone" => Some(MusicOnHold::DefaultTone),
        "operator_tone" => Some(MusicOnHold::OperatorTone),
        address if address.contains("://") => url(field, report).map(MusicOnHold::CustomTone),
        other => {
            match report.did_you_mean(other, ["default_tone", "operator_tone"]) {
                Some(nearest) => field.invalid(&nearest, report),
                None => field.wrong(report),
            }
            None
        }
    }
}

fn events(field: &Field<'_>, report: &mut Report<'_>) -> Option<Events> {
    let ours = |answered| Events::Ours { answered };
    if !matches!(field.node.kind, Kind::Mapping(_)) {
        return field
            .flag(report)
            .map(|on| if on { ours(false) } else { Events::Off });
    }
    let events = Fields::read(field.node, &EVENTS, report)?;
    match (events.get("answered"), events.get("url")) {
        (Some(field), None) => field.flag(report).map(ours),
        (None, Some(field)) => url(&field, report).map(Events::Url),
        (Some(_), Some(second)) => {
            let message =
                "\"answered\" is about our own events: events have either \"answered\" or \"url\"";
            report.add(second.span(), Code::Contradiction, message);
            None
        }
        (None, None) => {
            events.one_of_missing(["answered", "url"], report);
            None
        }
    }
}

fn playback(field: &Field<'_>, report: &mut Report<'_>) -> Option<Playback> {
    let playback = Fields::read(field.node, &PLAYBACK, report)?;
    let to = match playback.get("to").and_then(|field| field.word(report)) {
        Some("both") => Some(PlaybackTo::Both),
        Some("callee") => Some(PlaybackTo::Callee),
        _ => None,
    };
    let sound = match (playback.get("text"), playback.get("audio_url")) {
        (Some(field), None) => spoken(&field, report),
        (None, Some(field)) => url(&field, report).map(Sound::AudioUrl),
        (Some(_), Some(second)) => {
            let message = "start_call_playback has either \"text\" or \"audio_url\", not both";
            report.add(second.span(), Code::Contradiction, message);
            None
        }
        (None, None) => {
            playback.one_of_missing(["text", "audio_url"], report);
            None
        }
    };
    sound.map(|sound| Playback { sound, to })
}

fn spoken(field: &Field<'_>, report: &mut Report<'_>) -> Option<Sound> {
    let speech = Speech::parse(field.text(report)?);
    or_invalid(speech, field, report).map(Sound::Text)
}

fn url(field: &Field<'_>, report: &mut Report<'_>) -> Option<WebUrl> {
    let url = WebUrl::parse(field.text(report)?);
    or_invalid(url, field, report)
}

fn or_invalid<T, E: Display>(
    parsed: Result<T, E>,
    field: &Field<'_>,
    report: &mut Report<'_>,
) -> Option<T> {
    parsed.map_err(|why| field.invalid(&why, report)).ok()
}

/// Each header is checked by itself, so that every bad one is shown; then all of them together.
fn custom_params(field: &Field<'_>, report: &mut Report<'_>) -> Option<CustomParameters> {
    let entries = named(field, report)?;
    let headers: Vec<_> = entries
        .iter()
        .filter_map(|entry| header(entry, report))
        .collect();
    if headers.len() < entries.len() {
        return None;
    }
    let together = CustomParameters::new(headers);
    let report_it =
        |why: InvalidCustomParameters| report.add(field.span(), Code::OutOfRange, why.to_string());
    together.map_err(report_it).ok()
}

fn header<'tree>(entry: &'tree Entry, report: &mut Report<'_>) -> Option<(&'tree str, &'tree str)> {
    let Some(value) = scalar(&entry.value) else {
        let message = format!(
            "the header \"{}\" must be a text, not {}",
            shortened(&entry.key),
            describe(&entry.value)
        );
        report.add(entry.value.span, Code::WrongValue, message);
        return None;
    };
    let header = (entry.key.as_str(), value);
    if let Err(why) = CustomParameters::new([header]) {
        report.add(entry.key_span, Code::WrongValue, why.to_string());
        return None;
    }
    Some(header)
}
