//! Orders to stop: Ctrl-C of a person at the keyboard, SIGTERM of whatever else has started the program.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whoever can order the program to stop.
#[derive(Debug)]
pub(super) struct Orders {
    interrupt: Signal,
    terminate: Signal,
}

impl Orders {
    /// From now on no order ends the process by itself.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next order.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
