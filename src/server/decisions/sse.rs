//! The frames of server-sent events, as HTML's standard has them.

use actix_web::web::Bytes;

use crate::presence::LogId;

/// What tells a viewer after how long to come back, in ms.
pub(in crate::server) const HELLO: &[u8] = b"retry: 2000\n\n";

/// A comment, which viewers pass over and proxies take for a sign of life.
pub(in crate::server) const KEEP_ALIVE: &[u8] = b": nothing new\n\n";

/// The last frame of a service that stops: another instance goes on.
pub(in crate::server) const GOODBYE: &[u8] = b"retry: 1000\n: the service is stopping\n\n";

/// A decision. JSON has no line breaks outside of its texts, and none inside.
pub(in crate::server) fn decision(id: LogId, json: &str) -> Bytes {
    Bytes::from(format!("id: {id}\nevent: decision\ndata: {json}\n\n"))
}

/// Decisions behind this place have gone before they could be told.
pub(in crate::server) fn gap(after: LogId) -> Bytes {
    Bytes::from(format!("event: gap\ndata: {{\"after\":\"{after}\"}}\n\n"))
}
