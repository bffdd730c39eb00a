//! Reads whatever the fuzzer makes up as a reply of Redis.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    ringmaster::presence::redis::read_as_any_reply(bytes);
});
