//! Where a request comes from: the address of its connection, or, behind trusted proxies, the one that they speak for.
//!
//! Whoever asks can write any header, so a header is read from its end, which the nearest proxy has written, and only as far
//! back as the writers are trusted. What cannot be read there makes the source unknown, which no list of networks has.

use std::net::IpAddr;

use actix_web::HttpRequest;

use crate::settings::{Networks, ProxyHeader};

mod forwarded;

/// How much of an IPv6 address names a network of one owner, who has all addresses in it.
const V6_OWNER_BITS: u32 = 64;

/// A header line that is no text: nobody can be read from it.
const UNREADABLE: &str = "?";

/// The proxies that are believed, and where they say whom they speak for.
#[derive(Clone, Debug)]
pub(super) struct Proxies {
    trusted: Networks,
    header: ProxyHeader,
}

impl Proxies {
    /// Believes these proxies, and none when there are none.
    pub(super) fn new(trusted: Networks, header: ProxyHeader) -> Self {
        Self { trusted, header }
    }

    /// Where the request comes from; `None` when nobody knows.
    pub(super) fn source_of(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        let name = match self.header {
            ProxyHeader::XForwardedFor => "x-forwarded-for",
            ProxyHeader::Forwarded => "forwarded",
        };
        let lines = request.headers().get_all(name);
        let lines: Vec<_> = lines
            .map(|line| line.to_str().unwrap_or(UNREADABLE))
            .collect();
        self.source(peer, &lines)
    }

    /// The same by the address of the connection and the lines of the header, in their order.
    fn source(&self, peer: IpAddr, lines: &[&str]) -> Option<IpAddr> {
        let mut source = peer.to_canonical();
        let mut lines = lines.iter().rev();
        while self.trusted.contains(source) {
            let Some(line) = lines.next() else { break };
            let hops = match self.header {
                ProxyHeader::XForwardedFor => listed(line),
                ProxyHeader::Forwarded => forwarded::hops(line)?,
            };
            for hop in hops.into_iter().rev() {
                source = hop?;
                if !self.trusted.contains(source) {
                    break;
                }
            }
        }
        Some(source)
    }
}

/// The addresses of a line of `X-Forwarded-For`; `None` for one that is none. An empty element is one of these: a proxy that
/// knows nobody may write it, and what stands before it is a stranger's.
fn listed(line: &str) -> Vec<Option<IpAddr>> {
    line.split(',').map(str::trim).map(node).collect()
}

/// An address as proxies write it: perhaps with a port, an IPv6 one then in brackets, perhaps in quotes. Neither `unknown` nor
/// a made-up name such as `_hidden` is one.
fn node(text: &str) -> Option<IpAddr> {
    let quoted = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let text = quoted.unwrap_or(text);
    let address = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
            address.parse().ok().filter(|_| is_port).map(IpAddr::V6)
        }
        None => text.parse().ok().or_else(|| {
            let (address, port) = text.split_once(':')?;
            let address = address.parse().ok().filter(|_| is_port(port));
            address.map(IpAddr::V4)
        }),
    };
    address.map(|address| address.to_canonical())
}

fn is_port(text: &str) -> bool {
    let is_of_port = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !text.is_empty() && text.bytes().all(is_of_port)
}

/// Whom a source belongs to, as far as its address tells: an IPv6 one stands for the whole network of its owner.
pub(super) fn owner(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let host_bits = u128::BITS.saturating_sub(V6_OWNER_BITS);
            let network = u128::MAX.checked_shl(host_bits).unwrap_or_default();
            IpAddr::V6((v6.to_bits() & network).into())
        }
    }
}

#[cfg(test)]
mod tests;
