//! The commands about one call: `offer.lua` and `report.lua` with their keys and arguments, in the order of the scripts'
//! contracts.

use std::num::{NonZeroU8, NonZeroU16};
use std::time::Duration;

use redis::Cmd;

use super::super::memory::Memory;
use super::super::note::NoteStep;
use super::super::offer::{Dialling, Handling, OfferRequest, OfferTarget, Whom};
use super::super::report::{DialEnd, DialNews, DialOutcome, LegEvent, News, Report};
use super::super::sticky::Customer;
use super::super::waiting::QueueTerms;
use super::keys::Keys;
use crate::telephony::{AccountName, CallSid};

/// Room for the arguments of a rule with a few targets, so that a command is usually written without growing.
const USUAL_ARGUMENTS: usize = 40;
/// Room for the packed numbers.
const USUAL_NUMBERS: usize = 64;
/// Room for their text, the answer's template apart.
const USUAL_BYTES: usize = 768;

/// One decision, by the script of that digest. `now` is the virtual time in milliseconds, or 0 for the server's;
/// `not_after` the last moment, by the server's clock, at which somebody waits for it, or 0 for unknown.
pub(super) fn offer(
    request: &OfferRequest,
    digest: &str,
    memory: Memory,
    now: i64,
    not_after: i64,
) -> Cmd {
    let bytes = request.template.len().saturating_add(USUAL_BYTES);
    let mut command = Cmd::with_capacity(USUAL_ARGUMENTS, bytes);
    begin(&mut command, digest, &request.account, &request.call, now);
    command
        .arg(&request.progress)
        .arg(&request.facts.digits)
        .arg(&request.facts.custom_field)
        .arg(&*request.template)
        .arg(at_once(&request.dialling))
        .arg(numbers(request, memory, not_after));
    // A first fetch tells of no dial, and makes no text for it.
    let (letter, who, talks) = match &request.told {
        DialNews::Nothing => ("", String::new(), String::new()),
        DialNews::GoesOn => (GOES_ON, String::new(), String::new()),
        DialNews::Ended(end) => end_arguments(end),
    };
    command.arg(letter).arg(who).arg(talks);
    command.arg(request.customer.as_ref().map(customer).unwrap_or_default());
    for target in request.targets.iter() {
        add_target(&mut command, target);
    }
    command
}

/// What the scripts about one call have in common: the digest, the keys, the time, the base of the keys and the call.
fn begin(command: &mut Cmd, digest: &str, account: &AccountName, call: &CallSid, now: i64) {
    let keys = Keys::of(account);
    command.arg("EVALSHA").arg(digest).arg(4);
    command
        .arg(keys.records())
        .arg(keys.presence())
        .arg(keys.cards())
        .arg(keys.call(call));
    command.arg(now).arg(keys.base()).arg(call.as_str());
}

/// What is heard of a call, for `report.lua`.
pub(super) fn report(report: &Report, digest: &str, memory: Memory, now: i64) -> Cmd {
    let mut command = Cmd::new();
    begin(&mut command, digest, &report.account, &report.call, now);
    command
        .arg(report.utc_offset_seconds)
        .arg(millis(memory.calls_kept));
    match &report.news {
        News::End(end) => {
            let (letter, who, talks) = end_arguments(end);
            command.arg("end").arg(who).arg(letter).arg(talks);
        }
        News::Leg { who, event, rang } => {
            let rang = rang.map(|rang| millis(rang).to_string());
            command.arg(word(*event)).arg(who.to_string());
            command.arg(rang.unwrap_or_default());
        }
    }
    command
}

/// A step on a note; the reply is what stood there before.
pub(super) fn note(key: &str, step: NoteStep<'_>) -> Cmd {
    let mut command = Cmd::new();
    match step {
        NoteStep::Read => command.arg("GET").arg(key),
        NoteStep::Remove => command.arg("GETDEL").arg(key),
        NoteStep::Keep { kept } => command
            .arg("GETEX")
            .arg(key)
            .arg("PX")
            .arg(millis(kept).max(1)),
        NoteStep::Claim { text, kept } => command
            .arg("SET")
            .arg(key)
            .arg(text)
            .arg("NX")
            .arg("GET")
            .arg("PX")
            .arg(millis(kept).max(1)),
        NoteStep::Write { text, kept } => command
            .arg("SET")
            .arg(key)
            .arg(text)
            .arg("GET")
            .arg("PX")
            .arg(millis(kept).max(1)),
    };
    command
}

/// The word that the scripts have for an event.
fn word(event: LegEvent) -> &'static str {
    match event {
        LegEvent::Dial => "dial",
        LegEvent::Ringing => "ringing",
        LegEvent::Answered => "answered",
        LegEvent::Terminal => "terminal",
    }
}

/// The numbers of a request, packed as the script's `NUMBERS`: to read them one by one as text would cost the script more
/// than the choice does.
fn numbers(request: &OfferRequest, memory: Memory, not_after: i64) -> Vec<u8> {
    let dialling = &request.dialling;
    let mut packed = Vec::with_capacity(USUAL_NUMBERS);
    packed.extend(six_bytes(u64::try_from(not_after).unwrap_or(0)));
    packed.extend([dialling.agents.get(), dialling.attempts.get()]);
    packed.extend(six_bytes(request.heartbeat.map_or(0, millis)));
    packed.extend(request.utc_offset_seconds.to_be_bytes());
    packed.extend(six_bytes(millis(memory.replay_window)));
    packed.extend(six_bytes(millis(memory.calls_kept)));
    packed.extend(request.seed.to_be_bytes());
    for time in [dialling.ring, dialling.margin, dialling.conversation] {
        packed.extend(six_bytes(millis(time)));
    }
    packed.push(match (dialling.is_outbound, dialling.reports_answers) {
        (true, _) => 2,
        (false, reports) => u8::from(reports),
    });
    packed
}

/// The low 48 bits, most significant first; milliseconds that need more are thousands of years.
fn six_bytes(number: u64) -> impl Iterator<Item = u8> {
    const MOST: u64 = (1 << 48) - 1;
    number.min(MOST).to_be_bytes().into_iter().skip(2)
}

fn at_once(dialling: &Dialling) -> Vec<u8> {
    dialling
        .at_once
        .iter()
        .map(|at_once| at_once.get())
        .collect()
}

/// Who calls, and what the call's rule makes of it.
fn customer(customer: &Customer) -> String {
    let Customer {
        number,
        bound_for,
        sticky,
    } = customer;
    let bound_for = millis(*bound_for);
    match sticky {
        None => format!("{number} {bound_for}"),
        Some(sticky) => format!(
            "{number} {bound_for} {} {} {}",
            millis(sticky.lasts),
            u8::from(sticky.exclusive),
            sticky.wait.map_or(0, millis)
        ),
    }
}

fn add_target(command: &mut Cmd, target: &OfferTarget) {
    let opens = target.opens;
    let attempts = opens.attempts.map_or(0, NonZeroU8::get);
    command.arg(attempts).arg(opens.waiting.map_or(0, millis));
    match &target.whom {
        Whom::Queue(queue) => {
            let terms = target.terms.as_deref();
            let (most, is_fair) = together(terms);
            let has_terms = most > 0 || is_fair;
            let name = terms.map_or("", |terms| &*terms.name);
            command
                .arg(if has_terms { "t" } else { "q" })
                .arg(queue.id().as_str())
                .arg(queue.strategy().as_str());
            command.arg(handling_in(name, most > 0, &target.handling));
            command.arg(name);
            if has_terms {
                command.arg(most).arg(u8::from(is_fair));
            }
        }
        Whom::Agent(id) => {
            command.arg("a").arg(id.as_str());
            command.arg(handling(&target.handling));
        }
        Whom::Numbers(numbers) => {
            command.arg("n").arg(numbers.len());
            for number in numbers {
                command.arg(number.to_string());
            }
        }
    }
}

/// The most calls of a queue, 0 for any number, and whether the oldest goes first.
fn together(terms: Option<&QueueTerms>) -> (u16, bool) {
    terms.map_or((0, false), |terms| {
        let most = terms.max_calls.map_or(0, NonZeroU16::get);
        (most, terms.oldest_first)
    })
}

/// The handling with the queue's name: behind one blank where calls count for its cap, which is what the scripts look for;
/// behind two where it only says through which queue somebody was found.
fn handling_in(name: &str, is_capped: bool, terms: &Handling) -> String {
    let mut text = handling(terms);
    if !name.is_empty() {
        text.push_str(if is_capped { " " } else { "  " });
        text.push_str(name);
    }
    text
}

fn handling(handling: &Handling) -> String {
    format!(
        "{} {} {} {}",
        millis(handling.wrap_up),
        handling.most_missed.map_or(0, NonZeroU8::get),
        millis(handling.no_answer_delay),
        millis(handling.busy_delay)
    )
}

/// A leg's letter of which it is not known how it ended.
const UNKNOWN: &str = "u";
/// In the place of such a letter, for a dial that goes on.
const GOES_ON: &str = "g";

/// How a dial ended: a leg's letter, whom it is about, and how long each talked.
fn end_arguments(end: &DialEnd) -> (&'static str, String, String) {
    let letter = match end.outcome {
        DialOutcome::Answered => "A",
        DialOutcome::NoAnswer => "M",
        DialOutcome::Declined => "D",
        DialOutcome::Failed => "F",
        DialOutcome::Cancelled => "C",
        DialOutcome::Unknown => UNKNOWN,
    };
    let who = end.who.as_ref().map(ToString::to_string);
    let talks: Vec<String> = end
        .talks
        .iter()
        .map(|(uri, talked)| format!("{uri} {}", millis(*talked)))
        .collect();
    (letter, who.unwrap_or_default(), talks.join(" "))
}

/// Whole milliseconds, as the scripts count.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
