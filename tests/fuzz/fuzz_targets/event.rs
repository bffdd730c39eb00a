//! Reads whatever the fuzzer makes up as a report of Exotel's.
#![no_main]

#[path = "../body/entry.rs"]
mod entry;

#[path = "../body/parameters.rs"]
mod parameters;

#[path = "../body/event.rs"]
mod body;

fn read(bytes: &[u8]) {
    body::read(bytes);
}
