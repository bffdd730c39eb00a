//! Reads and checks whatever the fuzzer makes up as a rules file.
#![no_main]

#[path = "../body/entry.rs"]
mod entry;

#[path = "../body/rules.rs"]
mod body;

fn read(bytes: &[u8]) {
    body::read_and_check(bytes);
}
