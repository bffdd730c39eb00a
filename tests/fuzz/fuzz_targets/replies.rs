//! Reads whatever the fuzzer makes up as a reply of Redis.
#![no_main]

#[path = "../body/entry.rs"]
mod entry;

fn read(bytes: &[u8]) {
    ringmaster::presence::redis::read_as_any_reply(bytes);
}
