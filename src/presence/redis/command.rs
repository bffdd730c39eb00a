//! The command of a decision: `offer.lua` with its keys and arguments, in the order of the script's contract.

use std::num::NonZeroU8;
use std::time::Duration;

use redis::Cmd;

use super::super::memory::Memory;
use super::super::offer::{Dialling, OfferRequest, OfferTarget, Whom};
use super::keys::Keys;

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
    let keys = Keys::of(&request.account);
    let bytes = request.template.len().saturating_add(USUAL_BYTES);
    let mut command = Cmd::with_capacity(USUAL_ARGUMENTS, bytes);
    command.arg("EVALSHA").arg(digest).arg(4);
    command
        .arg(keys.records())
        .arg(keys.presence())
        .arg(keys.cards())
        .arg(keys.call(&request.call));
    command.arg(now).arg(keys.base());
    command
        .arg(request.call.as_str())
        .arg(&request.progress)
        .arg(&request.facts.digits)
        .arg(&request.facts.custom_field)
        .arg(&*request.template)
        .arg(at_once(&request.dialling))
        .arg(numbers(request, memory, not_after));
    for target in request.targets.iter() {
        add_target(&mut command, target);
    }
    command
}

/// The numbers of a request, packed as the script's `NUMBERS`: to read them one by one as text would cost the script more
/// than the choice does.
fn numbers(request: &OfferRequest, memory: Memory, not_after: i64) -> Vec<u8> {
    let dialling = &request.dialling;
    let round = dialling.ring.saturating_add(dialling.margin);
    let mut packed = Vec::with_capacity(USUAL_NUMBERS);
    packed.extend(six_bytes(u64::try_from(not_after).unwrap_or(0)));
    packed.extend([dialling.agents.get(), dialling.attempts.get()]);
    packed.extend(six_bytes(millis(round)));
    packed.extend(six_bytes(millis(dialling.ring)));
    packed.extend(six_bytes(request.heartbeat.map_or(0, millis)));
    packed.extend(request.utc_offset_seconds.to_be_bytes());
    packed.extend(six_bytes(millis(memory.replay_window)));
    packed.extend(six_bytes(millis(memory.calls_kept)));
    packed.extend(request.seed.to_be_bytes());
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
