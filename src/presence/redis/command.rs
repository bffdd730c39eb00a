//! The command of a decision: `offer.lua` with its keys and arguments, in the order of the script's contract.

use std::num::NonZeroU8;
use std::time::Duration;

use redis::Cmd;

use super::super::memory::Memory;
use super::super::offer::{Dialling, OfferRequest, OfferTarget, Whom};
use super::keys::Keys;

/// Room for the arguments of a rule with a few targets, so that a command is usually written without growing.
const USUAL_ARGUMENTS: usize = 40;
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
    let keys = Keys::of(&request.account);
    let bytes = request.template.len().saturating_add(USUAL_BYTES);
    let mut command = Cmd::with_capacity(USUAL_ARGUMENTS, bytes);
    command.arg("EVALSHA").arg(digest).arg(3);
    command
        .arg(keys.records())
        .arg(keys.cards())
        .arg(keys.call(&request.call));
    command.arg(now).arg(keys.base()).arg(not_after);
    command
        .arg(request.call.as_str())
        .arg(&request.progress)
        .arg(&request.facts.digits)
        .arg(&request.facts.custom_field)
        .arg(&*request.template);
    dialling(&mut command, &request.dialling);
    command
        .arg(request.heartbeat.map_or(0, millis))
        .arg(request.utc_offset_seconds)
        .arg(millis(memory.replay_window))
        .arg(millis(memory.calls_kept))
        .arg(request.seed)
        .arg(at_once(&request.dialling));
    for target in request.targets.iter() {
        add_target(&mut command, target);
    }
    command
}

fn dialling(command: &mut Cmd, dialling: &Dialling) {
    let round = dialling.ring.saturating_add(dialling.margin);
    command
        .arg(dialling.agents.get())
        .arg(dialling.attempts.get())
        .arg(millis(round));
}

fn at_once(dialling: &Dialling) -> String {
    let entries: Vec<String> = dialling.at_once.iter().map(ToString::to_string).collect();
    entries.join(" ")
}

fn add_target(command: &mut Cmd, target: &OfferTarget) {
    let opens = target.opens;
    let attempts = opens.attempts.map_or(0, NonZeroU8::get);
    command.arg(attempts).arg(opens.waiting.map_or(0, millis));
    match &target.whom {
        Whom::Queue(queue) => {
            command
                .arg("q")
                .arg(queue.id().as_str())
                .arg(queue.strategy().as_str());
        }
        Whom::Numbers(numbers) => {
            command.arg("n").arg(numbers.len());
            for number in numbers {
                command.arg(number.to_string());
            }
        }
    }
}

/// Whole milliseconds, as the scripts count.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
