//! The log, on both stores.

use std::num::NonZeroU32;
use std::time::Duration;

use ringmaster::clock::Clock as _;
use ringmaster::presence::{LogId, LogOrder, LogPlace, LogRange, LogRetention, NewEntry, Worth};
use ringmaster::telephony::{CallSid, PhoneNumber};

use super::world::*;

const ALL: LogRange = LogRange {
    after: None,
    before: None,
    order: LogOrder::Forwards,
    most: 1_000,
};

fn retention(most: u32, seconds: u64) -> LogRetention {
    LogRetention {
        kept: Duration::from_secs(seconds),
        most: NonZeroU32::new(most).unwrap(),
    }
}

fn sid(call: &str) -> CallSid {
    CallSid::parse(call).unwrap()
}

impl World {
    fn entry(&self, place: LogPlace, call: &str, text: &str) -> NewEntry {
        NewEntry {
            place,
            worth: Worth::News,
            call: (!call.is_empty()).then(|| sid(call)),
            at: self.clock.now(),
            customer: None,
            text: text.to_owned(),
        }
    }

    async fn write(&self, entries: &[NewEntry], retention: LogRetention) {
        let log = self.store.log();
        log.append(&self.account, entries, retention).await.unwrap();
    }

    /// Decisions of one call each, a millisecond apart.
    async fn decide(&self, texts: &[&str], retention: LogRetention) {
        for text in texts {
            let entry = self.entry(LogPlace::Log, &format!("call-{text}"), text);
            self.write(&[entry], retention).await;
            self.clock.advance(Duration::from_millis(1));
        }
    }

    async fn read(&self, range: LogRange) -> Vec<String> {
        let read = self.store.log().read(&self.account, range).await.unwrap();
        read.into_iter().map(|entry| entry.text).collect()
    }

    async fn ids(&self) -> Vec<LogId> {
        let read = self.store.log().read(&self.account, ALL).await.unwrap();
        read.into_iter().map(|entry| entry.id).collect()
    }

    /// How many entries of the call are left, and how many have gone.
    async fn kept(&self, call: &str) -> (usize, u64) {
        let kept = self.store.log().of_call(&self.account, &sid(call)).await;
        let kept = kept.unwrap();
        (kept.entries.len(), kept.gone)
    }

    async fn of_call(&self, call: &str) -> Vec<String> {
        let kept = self.store.log().of_call(&self.account, &sid(call)).await;
        kept.unwrap()
            .entries
            .into_iter()
            .map(|entry| entry.text)
            .collect()
    }
}

behaviours! {
    async fn the_log_is_read_from_either_end_and_on_from_any_place(world: &World) {
        assert_eq!(world.read(ALL).await, [""; 0]);
        assert_eq!(world.store.log().ends(&world.account).await.unwrap(), None);
        world.decide(&["a", "b", "c", "d"], retention(100, 60)).await;
        let ids = world.ids().await;
        assert_eq!(ids.iter().map(|id| id.number()).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(ids[0].millis(), START.as_millis().cast_unsigned());
        assert_eq!(world.read(LogRange { most: 3, ..ALL }).await, ["a", "b", "c"]);
        let backwards = LogRange { order: LogOrder::Backwards, ..ALL };
        assert_eq!(world.read(LogRange { most: 2, ..backwards }).await, ["d", "c"]);
        assert_eq!(world.read(LogRange { before: Some(ids[2]), ..backwards }).await, ["b", "a"]);
        let between = LogRange { after: Some(ids[0]), before: Some(ids[3]), ..ALL };
        assert_eq!(world.read(between).await, ["b", "c"]);
        let from_then_on = LogRange { after: Some(LogId::at(START.plus(Duration::from_millis(2)))), ..ALL };
        assert_eq!(world.read(from_then_on).await, ["c", "d"]);
        let nothing = LogRange { after: Some(ids[3]), before: Some(ids[0]), ..ALL };
        assert_eq!(world.read(nothing).await, [""; 0]);
        let ends = world.store.log().ends(&world.account).await.unwrap().unwrap();
        assert_eq!((ends.first, ends.last), (Some(ids[0]), ids[3]));
        assert!(!ends.lacks_after(ids[0]));
    }

    async fn places_go_up_also_when_the_clock_goes_back(world: &World) {
        world.decide(&["a"], retention(100, 60)).await;
        world.clock.set(START.minus(Duration::from_secs(5)));
        world.decide(&["b"], retention(100, 60)).await;
        let ids = world.ids().await;
        assert!(ids[0] < ids[1], "{ids:?}");
        assert_eq!(world.read(ALL).await, ["a", "b"]);
    }

    async fn of_too_many_the_oldest_go_and_that_can_be_seen(world: &World) {
        let first = ["a", "b", "c"];
        world.decide(&first, retention(3, 60)).await;
        let seen = world.ids().await[0];
        world.decide(&["d"], retention(3, 60)).await;
        let ends = || async { world.store.log().ends(&world.account).await.unwrap().unwrap() };
        assert_eq!(world.read(ALL).await, ["b", "c", "d"]);
        assert!(!ends().await.lacks_after(seen), "whoever saw the first has missed nothing");
        world.decide(&["e"], retention(3, 60)).await;
        assert!(ends().await.lacks_after(seen));
        world.store.log().trim(&world.account, retention(1, 60)).await.unwrap();
        assert_eq!(world.read(ALL).await, ["e"]);
        assert_eq!(world.of_call("call-d").await, [""; 0], "what is gone is gone from its call too");
        assert_eq!(world.of_call("call-e").await, ["e"]);
    }

    async fn what_is_too_old_goes_with_the_next_or_when_it_is_told_to(world: &World) {
        let kept = retention(100, 60);
        world.decide(&["a"], kept).await;
        world.pass(40);
        world.decide(&["b"], kept).await;
        world.pass(30);
        world.store.log().trim(&world.account, kept).await.unwrap();
        assert_eq!(world.read(ALL).await, ["b"]);
        world.pass(20);
        world.decide(&["c"], kept).await;
        assert_eq!(world.read(ALL).await, ["b", "c"]);
        world.pass(45);
        world.decide(&["d"], kept).await;
        assert_eq!(world.read(ALL).await, ["c", "d"]);
    }

    async fn a_call_has_its_decisions_and_its_reports_in_order(world: &World) {
        let kept = retention(100, 60);
        let entries = [
            world.entry(LogPlace::KnownCall, "one", "made up"),
            world.entry(LogPlace::Log, "one", "decided"),
            world.entry(LogPlace::KnownCall, "one", "rings"),
            world.entry(LogPlace::Call, "two", "of another"),
            world.entry(LogPlace::Log, "", "of no call"),
            world.entry(LogPlace::Log, "one", "decided again"),
        ];
        world.write(&entries, kept).await;
        assert_eq!(world.of_call("one").await, ["decided", "rings", "decided again"]);
        assert_eq!(world.of_call("two").await, ["of another"]);
        assert_eq!(world.of_call("three").await, [""; 0]);
        assert_eq!(world.read(ALL).await, ["decided", "of no call", "decided again"]);
        let of_call = world.store.log().of_call(&world.account, &sid("one")).await.unwrap();
        let ids: Vec<_> = of_call.entries.into_iter().map(|entry| entry.id).collect();
        let log = world.ids().await;
        assert_eq!(ids, [Some(log[0]), None, Some(log[2])]);
    }

    async fn of_a_call_with_very_many_entries_the_newest_are_kept(world: &World) {
        let entries: Vec<_> = (0..251)
            .map(|number| world.entry(LogPlace::Call, "one", &number.to_string()))
            .collect();
        world.write(&entries[..250], retention(100, 60)).await;
        assert_eq!(world.kept("one").await, (250, 0), "there is some room");
        world.write(&entries[250..], retention(100, 60)).await;
        assert_eq!(world.kept("one").await, (200, 51));
        let kept = world.of_call("one").await;
        assert_eq!((kept[0].as_str(), kept[199].as_str()), ("51", "250"));
        world.write(&entries[..50], retention(100, 60)).await;
        assert_eq!(world.kept("one").await, (200, 101), "what has gone counts once more");
    }

    async fn a_call_that_asks_again_and_again_keeps_what_was_decided(world: &World) {
        let known = |place, text: &str| NewEntry { worth: Worth::Repeat, ..world.entry(place, "one", text) };
        let decided = |number: usize| NewEntry {
            worth: Worth::Decision,
            ..world.entry(LogPlace::Log, "one", &format!("decided {number}"))
        };
        for number in 0..10 {
            let mut entries = vec![decided(number), world.entry(LogPlace::Call, "one", &format!("rang {number}"))];
            entries.extend((0..30).map(|_| known(LogPlace::Log, "asked again")));
            entries.extend((0..30).map(|_| known(LogPlace::KnownCall, "reported again")));
            world.write(&entries, retention(10_000, 60)).await;
        }
        let kept = world.of_call("one").await;
        let count = |what: &str| kept.iter().filter(|text| text.starts_with(what)).count();
        assert_eq!((count("decided"), count("rang")), (10, 10), "{kept:?}");
        let (left, gone) = world.kept("one").await;
        assert_eq!(left + usize::try_from(gone).unwrap(), 620);
        assert!((200..=250).contains(&left), "{left}");
        // Then reports go, and at last decisions, but the first.
        let more: Vec<_> = (10..400).map(decided).collect();
        for some in more.chunks(32) {
            world.write(some, retention(10_000, 60)).await;
        }
        let kept = world.of_call("one").await;
        assert!(kept.iter().all(|text| text.starts_with("decided")), "{kept:?}");
        assert_eq!((kept[0].as_str(), kept.last().unwrap().as_str()), ("decided 0", "decided 399"));
        assert_ne!(kept[1], "decided 1");
    }

    async fn what_the_log_has_let_go_is_counted_with_its_call(world: &World) {
        for text in ["a", "b", "c"] {
            world.write(&[world.entry(LogPlace::Log, "one", text)], retention(2, 60)).await;
        }
        assert_eq!((world.of_call("one").await, world.kept("one").await), (vec!["b".to_owned(), "c".to_owned()], (2, 1)));
    }

    async fn nothing_stands_before_the_first_place_or_behind_the_last(world: &World) {
        world.decide(&["a"], retention(100, 60)).await;
        for order in [LogOrder::Forwards, LogOrder::Backwards] {
            let first = LogId::at(START.minus(Duration::from_hours(24 * 365 * 100)));
            assert_eq!(world.read(LogRange { before: Some(first), order, ..ALL }).await, [""; 0]);
            let last = LogId::new(u64::MAX, u64::MAX);
            assert_eq!(world.read(LogRange { after: Some(last), order, ..ALL }).await, [""; 0]);
        }
    }

    async fn what_was_written_late_is_told(world: &World) {
        let late = NewEntry {
            at: world.clock.now().minus(Duration::from_secs(20)),
            ..world.entry(LogPlace::Log, "one", "late")
        };
        world.decide(&["a"], retention(100, 60)).await;
        let delay = || async { world.store.log().ends(&world.account).await.unwrap().unwrap().delay };
        assert_eq!(delay().await, Duration::from_secs(5), "as a rule");
        world.write(&[late], retention(100, 60)).await;
        assert_eq!(delay().await, Duration::from_millis(20_001));
    }

    async fn with_a_customer_go_the_entries_that_name_them(world: &World) {
        let customer = PhoneNumber::from_e164("+919812345678").unwrap();
        let named = |text: &str, number: &str| NewEntry {
            customer: Some(PhoneNumber::from_e164(number).unwrap()),
            ..world.entry(LogPlace::Log, text, text)
        };
        let others: Vec<_> = (0..600).map(|_| world.entry(LogPlace::Log, "", "masked")).collect();
        world.write(&[named("one", "+919812345678")], retention(10_000, 60)).await;
        world.write(&others, retention(10_000, 60)).await;
        world.write(&[named("two", "+919812345678"), named("three", "+919812345679")], retention(10_000, 60)).await;
        world.store.erase(&world.account, customer).await.unwrap();
        let left = world.read(LogRange { order: LogOrder::Backwards, ..ALL }).await;
        assert_eq!(left.len(), 601);
        assert_eq!((left[0].as_str(), left[1].as_str()), ("three", "masked"));
        assert_eq!(world.of_call("one").await, [""; 0]);
    }

    async fn each_account_has_a_log_of_its_own(world: &World) {
        world.decide(&["a"], retention(100, 60)).await;
        let other = ringmaster::telephony::AccountName::parse("someone-else").unwrap();
        assert_eq!(world.store.log().read(&other, ALL).await.unwrap(), []);
        assert_eq!(world.store.log().of_call(&other, &sid("call-a")).await.unwrap().entries, []);
    }
}

/// Redis goes by its own clock in this, so it shows in memory only.
#[tokio::test]
async fn a_log_in_which_nothing_is_written_is_forgotten_with_its_calls() {
    let world = World::memory();
    world.decide(&["a"], retention(100, 60)).await;
    world.pass(61);
    assert_eq!(world.of_call("call-a").await, [""; 0]);
    assert_eq!(world.store.log().ends(&world.account).await.unwrap(), None);
    world.decide(&["b"], retention(100, 60)).await;
    assert_eq!(world.ids().await[0].number(), 1);
}
