//! Reads anything as every reply that there is: for the fuzzer and for tests, neither of which has a server that would
//! say it.
//!
//! A reply is written a value a line: `*` begins a list and `.` ends it, `:` is in front of a number, `-` is nothing, and
//! every other line is a text, as it is. So a small change of the bytes is a small change of the reply.

use std::num::NonZeroU8;
use std::sync::Arc;
use std::time::Duration;

use redis::Value;

use super::super::offer::{Dialling, Facts, OfferRequest, OfferTarget};
use super::super::queue::{QueueDefinition, Strategy};
use super::super::report::DialNews;
use super::super::snapshot::Snapshot;
use super::super::store::View;
use super::super::waiting::QueueTerms;
use super::{history, page, reply, traffic};
use crate::clock::Timestamp;
use crate::telephony::{AccountName, CallSid};

/// Lists within lists that are read as such: our scripts have two.
const DEEPEST: usize = 8;

const VIEW: View = View {
    heartbeat: Some(Duration::from_mins(1)),
    utc_offset_seconds: 19_800,
};

/// Has every reader of replies read it, and looks at what came of it as the service does. By how many was it understood?
pub fn read_as_any_reply(bytes: &[u8]) -> usize {
    let value = value(bytes);
    let queue = Arc::new(QueueDefinition::new(
        [String::from("sales")].into(),
        [(String::from("hindi"), 3)].into(),
        Strategy::LongestIdle,
    ));
    let name: Arc<str> = Arc::from("sales");
    let understood = [
        request(&queue, &name).is_some_and(|request| reply::offer(value.clone(), &request).is_ok()),
        reply::told::heard(value.clone()).is_ok(),
        reply::registered(value.clone()).is_ok(),
        reply::taken(value.clone()).is_ok(),
        reply::count(&value).is_ok(),
        reply::word(&value).is_ok_and(|word| matches!(reply::binding(word), Ok(Some(_)))),
        reply::word(&value).is_ok_and(|word| history::read(word).is_ok()),
        agents(value.clone(), &queue),
        calls(value, name),
    ];
    understood.into_iter().filter(|is_so| *is_so).count()
}

/// Shows the agents, as pages of the API and explanations do.
fn agents(value: Value, queue: &QueueDefinition) -> bool {
    let Ok(page) = page(value) else { return false };
    let snapshot = Snapshot::new(page.now, page.members);
    let shown = format!(
        "{:?} {:?} {:?}",
        snapshot.agents(VIEW),
        snapshot.standings(VIEW),
        snapshot.line(queue, VIEW)
    );
    !shown.is_empty() && snapshot.lapsed().all(|(_, until)| until <= page.now)
}

/// Asks the calls of a queue for what decisions ask them.
fn calls(value: Value, name: Arc<str>) -> bool {
    let queues = [Arc::clone(&name)];
    let terms = QueueTerms {
        name,
        max_calls: Some(std::num::NonZeroU16::MIN),
        oldest_first: true,
    };
    let Ok(traffic) = traffic::traffic(value, &queues) else {
        return false;
    };
    let first_at = Timestamp::from_millis(1_795_411_800_000);
    let full = traffic.full(&terms, "a-call", first_at);
    full.is_none_or(|full| full.holding > 0 || full.kept > 0)
}

fn request(queue: &Arc<QueueDefinition>, name: &Arc<str>) -> Option<OfferRequest> {
    let mut target = OfferTarget::queue(Arc::clone(queue));
    target.terms = Some(Arc::new(QueueTerms {
        name: Arc::clone(name),
        max_calls: None,
        oldest_first: false,
    }));
    Some(OfferRequest {
        account: AccountName::default(),
        call: CallSid::parse("a-call").ok()?,
        progress: "0".to_owned(),
        facts: Facts::default(),
        targets: [target].into(),
        dialling: Dialling {
            agents: NonZeroU8::MIN,
            at_once: Vec::new(),
            ring: Duration::from_secs(20),
            margin: Duration::from_secs(2),
            conversation: Duration::from_mins(15),
            reports_answers: true,
            is_outbound: false,
            attempts: NonZeroU8::MIN,
        },
        template: "a template".into(),
        heartbeat: VIEW.heartbeat,
        utc_offset_seconds: VIEW.utc_offset_seconds,
        told: DialNews::Nothing,
        customer: None,
        seed: 1,
    })
}

/// The first value of what is written.
fn value(bytes: &[u8]) -> Value {
    let mut open = vec![Vec::new()];
    for line in bytes.split(|byte| *byte == b'\n') {
        let value = match line {
            b"*" if open.len() < DEEPEST => {
                open.push(Vec::new());
                continue;
            }
            b"." => close(&mut open),
            b"-" => Some(Value::Nil),
            [b':', digits @ ..] => number(digits),
            text => Some(Value::BulkString(text.to_vec())),
        };
        if let (Some(last), Some(value)) = (open.last_mut(), value) {
            last.push(value);
        }
    }
    while open.len() > 1 {
        let value = close(&mut open);
        if let (Some(last), Some(value)) = (open.last_mut(), value) {
            last.push(value);
        }
    }
    let first = open.into_iter().flatten().next();
    first.unwrap_or(Value::Nil)
}

/// Takes away the list that was begun last, if one is open.
fn close(open: &mut Vec<Vec<Value>>) -> Option<Value> {
    (open.len() > 1).then(|| open.pop().map(Value::Array))?
}

fn number(digits: &[u8]) -> Option<Value> {
    let digits = std::str::from_utf8(digits).ok()?;
    digits.parse().ok().map(Value::Int)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/seeds/replies");

    fn seeds() -> Vec<(String, Vec<u8>)> {
        let files = fs::read_dir(SEEDS).unwrap().map(|file| file.unwrap());
        let read = |file: fs::DirEntry| {
            let text = fs::read(file.path()).unwrap();
            (file.file_name().into_string().unwrap(), text)
        };
        let mut seeds: Vec<_> = files.map(read).collect();
        seeds.sort();
        seeds
    }

    #[test]
    fn values_are_read_as_they_are_written() {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let list = |values| Value::Array(values);
        assert_eq!(value(b"one"), text("one"));
        assert_eq!(value(b":-7"), Value::Int(-7));
        assert_eq!(
            value(b"*\n:1\n*\na\n\n.\n-\n."),
            list(vec![
                Value::Int(1),
                list(vec![text("a"), text("")]),
                Value::Nil
            ])
        );
        assert_eq!(value(b"*\n*\na"), list(vec![list(vec![text("a")])]));
        assert_eq!(value(b".\n:x"), Value::Nil);
    }

    #[test]
    fn every_seed_is_a_reply_that_is_understood() {
        let seeds = seeds();
        assert!(seeds.len() >= 9, "one for each reader: {}", seeds.len());
        for (name, seed) in seeds {
            assert!(read_as_any_reply(&seed) > 0, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_change_of_a_reply_makes_a_reader_panic(
            seed in any::<prop::sample::Index>(),
            at in any::<prop::sample::Index>(),
            removed in 0_usize..12,
            instead in "(\n|[:*.-]|\\PC|\0|-?[0-9]{1,19}){0,3}",
        ) {
            let seeds = seeds();
            let mut text = seed.get(&seeds).1.clone();
            let at = at.index(text.len());
            let end = at.saturating_add(removed).min(text.len());
            text.splice(at..end, instead.bytes());
            read_as_any_reply(&text);
        }
    }
}
