//! Reads and checks whatever the fuzzer makes up as a rules file.
#![no_main]

#[path = "../body/rules.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| body::read_and_check(bytes));
