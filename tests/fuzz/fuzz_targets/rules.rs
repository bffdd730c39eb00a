//! Reads and checks whatever the fuzzer makes up: `cargo +nightly fuzz run --fuzz-dir tests/fuzz rules`.
#![no_main]

#[path = "../body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::read_and_check(bytes));
