//! `ringmaster hash`

use std::io::{self, BufRead, IsTerminal, Read, Write};

use anyhow::Context as _;

use super::{Exit, Failure, say};
use crate::settings;

/// More than any key or token has.
const MOST_BYTES: u64 = 4_096;

/// Prints what may stand in a settings file in the place of a secret. The secret comes from standard input: arguments can be
/// seen by everybody on the machine, and stay in the shell's history.
pub(super) fn hash() -> Result<Exit, Failure> {
    let secret = read()
        .context("the secret cannot be read from standard input")
        .map_err(Failure::unusable)?;
    let digest = settings::hashed(&secret)
        .context("the secret on standard input")
        .map_err(Failure::unusable)?;
    if let Some(weakness) = settings::weakness(&secret) {
        // The line is right all the same, and whoever cannot read this has it.
        let _unseen: io::Result<()> = writeln!(io::stderr(), "warning: {weakness}");
    }
    say(digest)?;
    Ok(Exit::Fine)
}

/// One line, which is not shown where somebody types it.
fn read() -> io::Result<String> {
    let input = io::stdin();
    if input.is_terminal() {
        return rpassword::prompt_password("the key or token, then Enter: ");
    }
    let mut secret = String::new();
    input.lock().take(MOST_BYTES).read_line(&mut secret)?;
    Ok(secret)
}
