//! Reads whatever the fuzzer makes up as a fetch of Exotel's.
#![no_main]

#[path = "../body/parameters.rs"]
mod parameters;

#[path = "../body/request.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    body::read(bytes);
});
