//! `answer`, of the file and of a rule.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fields::Fields;
use super::numbers::Numbers;
use super::value::{Field, Text, describe, named, scalar, shortened};
use crate::rules::answer::{
    AnswerSettings, Events, MusicOnHold, Playback, PlaybackSound, PlaybackTo, Recording,
    RecordingChannels,
};
use crate::rules::finding::Code;
use crate::rules::report::{Report, did_you_mean};
use crate::rules::shape::{ANSWER, EVENTS, PLAYBACK, RECORDING};
use crate::rules::tree::{Entry, Kind, Node};

/// Exotel's longest conversation, in seconds.
const LONGEST_CONVERSATION: u16 = 4500;

/// Exotel's limits on the SIP headers of the generic dialect.
const MOST_PARAMS: usize = 3;
const MOST_PARAM_BYTES: usize = 200;
const RESERVED_PREFIXES: [&str; 2] = ["exotel-", "veeno-"];

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
            .and_then(|field| field.seconds(LONGEST_CONVERSATION, report))
            .map(|seconds| Duration::from_secs(seconds.into())),
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
            .map(|field| custom_params(&field, report)),
    }
}

fn recording(field: &Field<'_>, report: &mut Report<'_>) -> Option<Recording> {
    let recording = Fields::read(field.node, &RECORDING, report)?;
    let record = recording.get("record").and_then(|field| field.flag(report));
    let channels = match recording
        .get("channels")
        .and_then(|field| field.word(report))
    {
        Some("dual") => RecordingChannels::Dual,
        _ => RecordingChannels::Single,
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
        url if is_url(url) => Some(MusicOnHold::Audio(url.to_owned())),
        other => {
            match did_you_mean(other, ["default_tone", "operator_tone"]) {
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
        (None, Some(field)) => url(&field, report).map(PlaybackSound::AudioUrl),
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

fn spoken(field: &Field<'_>, report: &mut Report<'_>) -> Option<PlaybackSound> {
    let text = field.text(report)?;
    if text.trim().is_empty() {
        field.wrong(report);
        return None;
    }
    Some(PlaybackSound::Text(text.to_owned()))
}

fn url(field: &Field<'_>, report: &mut Report<'_>) -> Option<String> {
    let text = field.text(report)?;
    if !is_url(text) {
        field.wrong(report);
        return None;
    }
    Some(text.to_owned())
}

/// Exotel rejects a whole answer for one bad URL, so what is obviously none is refused here.
fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let begins_well = rest.is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_alphanumeric() || first == '[')
    });
    begins_well
        && text.len() <= 2048
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn custom_params(field: &Field<'_>, report: &mut Report<'_>) -> BTreeMap<String, String> {
    let entries = named(field, report);
    let params: BTreeMap<_, _> = entries
        .iter()
        .filter_map(|entry| custom_param(entry, report))
        .collect();
    if entries.len() > MOST_PARAMS {
        let message = format!(
            "\"custom_params\" has {} headers, but Exotel takes at most {MOST_PARAMS}",
            entries.len()
        );
        report.add(field.span(), Code::OutOfRange, message);
    }
    // As Exotel gets them: name=value&name=value.
    let bytes = params
        .iter()
        .map(|(name, value)| name.len().saturating_add(value.len()).saturating_add(2))
        .sum::<usize>();
    if bytes.saturating_sub(1) > MOST_PARAM_BYTES {
        let message = format!(
            "\"custom_params\" are longer than the {MOST_PARAM_BYTES} bytes that Exotel takes"
        );
        report.add(field.span(), Code::OutOfRange, message);
    }
    params
}

fn custom_param(entry: &Entry, report: &mut Report<'_>) -> Option<(String, String)> {
    let name = entry.key.as_str();
    let is_token = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    if name.is_empty() || !is_token(name) {
        let message = format!("\"{}\" is no name for a SIP header", shortened(name));
        report.add(entry.key_span, Code::WrongValue, message);
    }
    if RESERVED_PREFIXES
        .iter()
        .any(|prefix| name.to_ascii_lowercase().starts_with(prefix))
    {
        let message = format!(
            "\"{}\" begins with a prefix that Exotel keeps for itself",
            shortened(name)
        );
        report.add(entry.key_span, Code::WrongValue, message);
    }
    let value = scalar(&entry.value).filter(|text| {
        text.chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '&' | '='))
    });
    if value.is_none() {
        let message = format!(
            "the header \"{}\" must be printable ASCII without spaces, & and =, not {}",
            shortened(name),
            describe(&entry.value)
        );
        report.add(entry.value.span, Code::WrongValue, message);
    }
    value.map(|value| (name.to_owned(), value.to_owned()))
}
