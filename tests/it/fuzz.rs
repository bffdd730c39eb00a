//! The fuzzer begins with seeds: each is one that the service understands, so that what is made of it comes far.
//! `.ci/fuzz` runs the fuzzer itself; the seeds of replies are tested where replies are read.

use std::fs;

use proptest::prelude::*;

#[path = "../fuzz/body/event.rs"]
mod event;
#[path = "../fuzz/body/parameters.rs"]
mod parameters;
#[path = "../fuzz/body/request.rs"]
mod request;

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(format!("tests/fuzz/seeds/{target}")).unwrap();
    let mut seeds: Vec<_> = files
        .map(|file| file.unwrap())
        .map(|file| {
            (
                file.path().display().to_string(),
                fs::read(file.path()).unwrap(),
            )
        })
        .collect();
    seeds.sort();
    seeds
}

#[test]
fn the_seeds_of_requests_name_calls_but_for_one_that_is_all_odd() {
    for (name, seed) in seeds("request") {
        assert_eq!(request::read(&seed), !name.ends_with("/odd"), "{name}");
    }
}

#[test]
fn the_seeds_of_events_tell_something() {
    for (name, seed) in seeds("event") {
        assert!(event::read(&seed), "{name}");
    }
}

#[test]
fn the_fuzzer_has_a_target_for_each_kind_of_seed_and_one_for_rules() {
    let script = fs::read_to_string(".ci/fuzz").unwrap();
    let manifest = fs::read_to_string("tests/fuzz/Cargo.toml").unwrap();
    for target in ["request", "event", "rules", "replies"] {
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target}"
        );
        assert!(fs::exists(format!("tests/fuzz/words/{target}")).unwrap());
    }
    assert!(script.contains("for target in request event rules replies;"));
}

proptest! {
    #[test]
    fn no_change_of_a_seed_makes_a_reader_panic(
        is_event in any::<bool>(),
        seed in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        removed in 0_usize..12,
        instead in "([&=?{\\[\\]]|%[0-9A-F]{2}|\\PC|[0-9]{1,20}){0,4}",
    ) {
        let seeds = seeds(if is_event { "event" } else { "request" });
        let mut text = seed.get(&seeds).1.clone();
        let at = at.index(text.len());
        let end = (at + removed).min(text.len());
        text.splice(at..end, instead.bytes());
        request::read(&text);
        event::read(&text);
    }
}
