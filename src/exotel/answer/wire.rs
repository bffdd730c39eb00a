//! The two shapes on the wire. Their fields stand in the order of the published sample, for that is the order in
//! which they are written.

use serde::Serialize;
use utoipa::ToSchema;

use super::fields::FlatPlayback;
use super::{
    AnswerTemplate, Channels, ConversationSeconds, CustomParameters, MusicOnHold, Playback,
    Recording, RingSeconds, TrunkId, WebUrl,
};
use crate::telephony::{ContactUri, PhoneNumber};

/// Room for a full answer with ten destinations, so that writing one does not grow the buffer.
const ROOM: usize = 1_024;

/// How many phones ring together.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(super) struct ParallelRinging {
    pub(super) activate: bool,
    /// 1 to 5, and never above the number of destinations.
    #[schema(minimum = 1, maximum = 5)]
    pub(super) max_parallel_attempts: u8,
}

/// The fields of [`CcmAnswer`].
pub(super) const CCM_FIELDS: [&str; 12] = [
    "fetch_after_attempt",
    "destination",
    "state_management",
    "outgoing_phone_number",
    "sticky_agent",
    "recording",
    "max_ringing_duration",
    "max_conversation_duration",
    "music_on_hold",
    "parallel_ringing",
    "call_event_passthru_url",
    "start_call_playback",
];

/// The fields of [`GenericAnswer`].
pub(super) const GENERIC_FIELDS: [&str; 12] = [
    "fetch_after_attempt",
    "destination",
    "outgoing_phone_number",
    "record",
    "recording_channels",
    "max_ringing_duration",
    "max_conversation_duration",
    "music_on_hold",
    "parallel_ringing",
    "dial_passthru_event_url",
    "start_call_playback",
    "custom_params",
];

/// The answer to a CCM Programmable Connect applet.
#[derive(Debug, Serialize, ToSchema)]
pub struct CcmAnswer<'answer> {
    /// Exotel asks again when nobody takes the call.
    fetch_after_attempt: bool,
    /// Whom to ring; empty for nobody.
    #[serde(serialize_with = "contact_uris")]
    #[schema(value_type = Vec<Destination<'static>>)]
    destination: &'answer [ContactUri],
    #[serde(skip_serializing_if = "Option::is_none")]
    state_management: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outgoing_phone_number: Option<PhoneNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sticky_agent: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording: Option<Recording>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 60)]
    max_ringing_duration: Option<RingSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 4500)]
    max_conversation_duration: Option<ConversationSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    music_on_hold: Option<&'answer MusicOnHold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_ringing: Option<ParallelRinging>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Where Exotel reports each leg.
    #[schema(value_type = Option<String>)]
    call_event_passthru_url: Option<&'answer WebUrl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<FlatPlayback<'static>>)]
    start_call_playback: Option<&'answer Playback>,
}

/// The answer to the older Programmable Connect applet.
#[derive(Debug, Serialize, ToSchema)]
pub struct GenericAnswer<'answer> {
    /// Exotel asks again when nobody takes the call.
    fetch_after_attempt: bool,
    destination: GenericDestination<'answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outgoing_phone_number: Option<PhoneNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording_channels: Option<Channels>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 60)]
    max_ringing_duration: Option<RingSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 4500)]
    max_conversation_duration: Option<ConversationSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    music_on_hold: Option<&'answer MusicOnHold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_ringing: Option<ParallelRinging>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Where Exotel reports each leg.
    #[schema(value_type = Option<String>)]
    dial_passthru_event_url: Option<&'answer WebUrl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<FlatPlayback<'static>>)]
    start_call_playback: Option<&'answer Playback>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    custom_params: Option<&'answer CustomParameters>,
}

/// Whom to ring, in the older applet's form.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum GenericDestination<'answer> {
    Numbers(&'answer [ContactUri]),
    Trunk(&'answer TrunkId),
}

/// An element holds `contact_uri` and nothing else: any other key makes Exotel dial nobody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AnswerDestination)]
struct Destination<'answer> {
    contact_uri: &'answer ContactUri,
}

pub(super) fn ccm(
    template: &AnswerTemplate,
    last: bool,
    destinations: &[ContactUri],
    parallel_ringing: Option<ParallelRinging>,
) -> String {
    write(&CcmAnswer {
        fetch_after_attempt: !last && !destinations.is_empty(),
        destination: destinations,
        state_management: template.state_management,
        outgoing_phone_number: template.outgoing_phone_number,
        sticky_agent: template.sticky_agent,
        recording: template.recording,
        max_ringing_duration: template.max_ringing_duration,
        max_conversation_duration: template.max_conversation_duration,
        music_on_hold: template.music_on_hold.as_ref(),
        parallel_ringing,
        call_event_passthru_url: template.call_event_passthru_url.as_ref(),
        start_call_playback: template.start_call_playback.as_ref(),
    })
}

pub(super) fn generic(
    template: &AnswerTemplate,
    last: bool,
    destinations: &[ContactUri],
    parallel_ringing: Option<ParallelRinging>,
) -> String {
    let trunk = template.trunk.as_ref();
    write(&GenericAnswer {
        fetch_after_attempt: !last && (trunk.is_some() || !destinations.is_empty()),
        destination: trunk.map_or(
            GenericDestination::Numbers(destinations),
            GenericDestination::Trunk,
        ),
        outgoing_phone_number: template.outgoing_phone_number,
        record: template.recording.map(|recording| recording.record),
        recording_channels: template.recording.map(|recording| recording.channels),
        max_ringing_duration: template.max_ringing_duration,
        max_conversation_duration: template.max_conversation_duration,
        music_on_hold: template.music_on_hold.as_ref(),
        parallel_ringing: parallel_ringing.filter(|_| trunk.is_none()),
        dial_passthru_event_url: template.call_event_passthru_url.as_ref(),
        start_call_playback: template.start_call_playback.as_ref(),
        custom_params: template.custom_params.as_ref(),
    })
}

fn contact_uris<S: serde::Serializer>(
    destinations: &[ContactUri],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(
        destinations
            .iter()
            .map(|contact_uri| Destination { contact_uri }),
    )
}

/// These shapes have text keys only and go to memory, so writing them cannot fail. Should it ever, the answer is the
/// one that both dialects read as dialling nobody.
fn write(answer: &impl Serialize) -> String {
    let mut json = Vec::with_capacity(ROOM);
    serde_json::to_writer(&mut json, answer)
        .ok()
        .and_then(|()| String::from_utf8(json).ok())
        .unwrap_or_else(|| r#"{"fetch_after_attempt":false}"#.to_owned())
}
