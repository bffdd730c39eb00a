//! Reads whatever the fuzzer makes up as a report of Exotel's.
#![no_main]

#[path = "../body/parameters.rs"]
mod parameters;

#[path = "../body/event.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    body::read(bytes);
});
