//! What `deploy/` says of the program is compared with the program. What needs other programs is checked by `.ci/deploy`.

use std::fs;

mod facts;
mod guide;
mod metrics;
mod redis;
mod settings;

/// A file below `deploy/`.
fn shipped(name: &str) -> String {
    let path = format!("deploy/{name}");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What follows this text, up to the end of its line.
fn said<'text>(text: &'text str, before: &str) -> &'text str {
    let (_, behind) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{before:?} is not there"));
    behind.lines().next().unwrap_or_default().trim()
}
