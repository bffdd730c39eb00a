//! A door to several servers that gives one connection to each of them in turn.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{io, thread};

/// It stands as long as the test process does.
pub(super) struct Alternating {
    address: SocketAddr,
    taken: Arc<[AtomicUsize]>,
}

impl Alternating {
    /// A door before servers at these addresses.
    pub(super) fn before(servers: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let taken: Arc<[AtomicUsize]> = servers.iter().map(|_| AtomicUsize::new(0)).collect();
        let counts = Arc::clone(&taken);
        thread::spawn(move || {
            for (place, incoming) in listener.incoming().enumerate() {
                let server = place % servers.len();
                counts[server].fetch_add(1, Ordering::Relaxed);
                let Ok(incoming) = incoming else { return };
                let Ok(outgoing) = TcpStream::connect(servers[server]) else {
                    continue;
                };
                join(incoming, outgoing);
            }
        });
        Self { address, taken }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections each server was given.
    pub(super) fn taken(&self) -> Vec<usize> {
        let taken = self.taken.iter();
        taken.map(|taken| taken.load(Ordering::Relaxed)).collect()
    }
}

/// Carries the bytes both ways, each until its end.
fn join(one: TcpStream, other: TcpStream) {
    for (mut from, mut to) in [
        (one.try_clone().unwrap(), other.try_clone().unwrap()),
        (other, one),
    ] {
        thread::spawn(move || {
            let _cut = io::copy(&mut from, &mut to);
            let _gone = to.shutdown(std::net::Shutdown::Write);
        });
    }
}
