//! Log lines go to standard error, written by threads of their own, so that no answer waits for a slow reader.
//!
//! When there are more than anybody reads, lines are lost, and counted. Those of the audit are not: a change waits until there is
//! room for its line, for without it nobody could say later who made it.

use std::io::{self, Write};

use tracing::Metadata;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;

use crate::server;
use crate::settings::{LogFormat, LogSettings};

/// Where actix reports requests that are no HTTP, each as an error. They are strangers' doing, and nobody here can act on
/// them: whoever likes could fill the log, and set off its alarms.
const OF_STRANGERS: &str = "actix_http::h1::dispatcher";

/// The target of the lines that are never lost.
const AUDIT: &str = "audit";
/// So many of them may wait to be written before changes wait too.
const MOST_AUDITED: usize = 10_000;

/// What is still to be written is written when these go.
pub(super) type Guards = [WorkerGuard; 2];

/// Starts logging.
pub(super) fn start(settings: &LogSettings) -> Result<Guards, ParseError> {
    let filter = filter(&settings.filter)?;
    let usual = NonBlockingBuilder::default();
    let (writers, guards) = Writers::new(usual, MOST_AUDITED, io::stderr);
    server::lost_lines_are_counted_by(writers.lost());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writers);
    // A second subscriber is refused; the first one then goes on logging.
    let _already_there = match settings.format {
        LogFormat::Pretty => subscriber.with_ansi(is_for_people()).try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    Ok(guards)
}

/// Each line is written by one of two threads.
#[derive(Debug)]
struct Writers {
    usual: NonBlocking,
    audit: NonBlocking,
}

impl Writers {
    fn new<W: Write + Send + 'static>(
        usual: NonBlockingBuilder,
        most_audited: usize,
        to: impl Fn() -> W,
    ) -> (Self, Guards) {
        let waiting = NonBlockingBuilder::default()
            .lossy(false)
            .buffered_lines_limit(most_audited)
            .thread_name("audit");
        let (usual, of_usual) = usual.lossy(true).finish(to());
        let (audit, of_audit) = waiting.finish(to());
        (Self { usual, audit }, [of_usual, of_audit])
    }

    /// Counts the lines that are lost.
    fn lost(&self) -> ErrorCounter {
        self.usual.error_counter()
    }
}

impl<'a> MakeWriter<'a> for Writers {
    type Writer = NonBlocking;

    fn make_writer(&'a self) -> NonBlocking {
        self.usual.clone()
    }

    fn make_writer_for(&'a self, of: &Metadata<'_>) -> NonBlocking {
        if of.target() == AUDIT {
            self.audit.clone()
        } else {
            self.make_writer()
        }
    }
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A reader who has stopped reading, until told to go on.
    #[derive(Clone)]
    struct Stuck {
        go_on: Arc<Mutex<Receiver<()>>>,
        written: Arc<Mutex<String>>,
    }

    impl Stuck {
        fn new() -> (Self, Sender<()>) {
            let (go, go_on) = channel();
            let stuck = Self {
                go_on: Arc::new(Mutex::new(go_on)),
                written: Arc::default(),
            };
            (stuck, go)
        }
    }

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Once whoever holds it back has gone, everything is read.
            let _gone = self.go_on.lock().unwrap().recv();
            let text = std::str::from_utf8(bytes).unwrap();
            self.written.lock().unwrap().push_str(text);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_flood_costs_lines_and_none_of_the_audit() {
        let (reader, go_on) = Stuck::new();
        let few = NonBlockingBuilder::default().buffered_lines_limit(10);
        let (writers, guards) = Writers::new(few, 200, || reader.clone());
        let lost = writers.lost();
        let subscriber = tracing_subscriber::fmt().with_writer(writers).finish();
        tracing::subscriber::with_default(subscriber, || {
            for line in 0..100 {
                tracing::info!(line, "usual");
                tracing::info!(target: "audit", line, "a change");
            }
        });
        assert!(lost.dropped_lines() >= 80, "{}", lost.dropped_lines());
        drop(go_on);
        drop(guards);
        let changes = || reader.written.lock().unwrap().matches("a change").count();
        for _ in 0..2_000 {
            if changes() == 100 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(changes(), 100);
        let written = reader.written.lock().unwrap();
        assert!(written.matches("usual").count() <= 20, "{written}");
    }
}
