//! Log lines go to standard error, written by a thread of their own, so that no answer waits for a slow reader.

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::settings::{LogFormat, LogSettings};

/// Where actix reports requests that are no HTTP, each as an error. They are strangers' doing, and nobody here can act on
/// them: whoever likes could fill the log, and set off its alarms.
const OF_STRANGERS: &str = "actix_http::h1::dispatcher";

/// Starts logging. What is still to be written is written when the guard goes.
pub(super) fn start(settings: &LogSettings) -> Result<WorkerGuard, ParseError> {
    let filter = filter(&settings.filter)?;
    let (writer, guard) = tracing_appender::non_blocking(std::io::stderr());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    // A second subscriber is refused; the first one then goes on logging.
    let _already_there = match settings.format {
        LogFormat::Pretty => subscriber.with_ansi(is_for_people()).try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    Ok(guard)
}

/// The operator's filter, without the mistakes of strangers unless it asks for actix's own lines.
fn filter(wanted: &str) -> Result<EnvFilter, ParseError> {
    let filter = EnvFilter::try_new(wanted)?;
    if wanted.contains("actix_http") {
        return Ok(filter);
    }
    Ok(filter.add_directive(format!("{OF_STRANGERS}=off").parse()?))
}

/// Colour is for a terminal whose owner does not mind.
fn is_for_people() -> bool {
    use std::io::IsTerminal;
    std::env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal()
}
