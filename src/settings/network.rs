//! Networks: from where somebody may ask, and which proxies are believed.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
use serde::de::{Deserializer, Error};

use super::value;

/// The bits in front of an IPv4 address that is written as an IPv6 one.
const MAPPED_BITS: u8 = 96;

/// Some networks. An IPv4 address counts as such however it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// Why a text is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNetwork {
    /// It is neither an address nor one with a prefix.
    #[error(
        "{0:?} is no network; write an address, or one with its prefix such as 10.0.0.0/8 or 2001:db8::/32"
    )]
    Unreadable(String),
    /// It names one address of a network, and the network by its prefix.
    #[error("{written} has bits behind its prefix; did you mean {network}?")]
    BitsBehindPrefix {
        /// As it is written.
        written: IpNet,
        /// The network that it is in.
        network: IpNet,
    },
}

impl Networks {
    /// Reads each as an address or as an address with a prefix.
    pub fn parse<'text>(
        texts: impl IntoIterator<Item = &'text str>,
    ) -> Result<Self, InvalidNetwork> {
        texts
            .into_iter()
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Is the address in one of them?
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Is one of them the whole internet?
    pub(super) fn has_everybody(&self) -> bool {
        self.0.iter().any(|network| network.prefix_len() == 0)
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn network(text: &str) -> Result<IpNet, InvalidNetwork> {
    let text = text.trim();
    let parsed = text.parse::<IpNet>().ok();
    let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
    let written = parsed
        .or_else(single)
        .ok_or_else(|| InvalidNetwork::Unreadable(text.to_owned()))?;
    let network = written.trunc();
    if network == written {
        Ok(canonical(network))
    } else {
        Err(InvalidNetwork::BitsBehindPrefix { written, network })
    }
}

/// A network of mapped IPv4 addresses is the IPv4 network, for so are the addresses that it is compared with.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else {
        return network;
    };
    let mapped = v6
        .addr()
        .to_ipv4_mapped()
        .zip(v6.prefix_len().checked_sub(MAPPED_BITS));
    mapped
        .and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok())
        .map_or(network, IpNet::V4)
}

/// A list of networks, or one text with commas between them.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Networks, D::Error> {
    let texts = value::texts(deserializer)?;
    Networks::parse(texts.iter().map(String::as_str)).map_err(D::Error::custom)
}

/// The same where there may be no list at all.
pub(super) fn some_networks<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Networks>, D::Error> {
    networks(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("10.0.0.0/8", "10.1.2.3", true)]
    #[case("10.0.0.0/8", "11.0.0.0", false)]
    #[case("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    #[case("::ffff:10.0.0.0/104", "10.1.2.3", true)]
    #[case("::ffff:10.0.0.0/104", "11.1.2.3", false)]
    #[case(" 192.0.2.7 ", "192.0.2.7", true)]
    #[case("192.0.2.7", "192.0.2.8", false)]
    #[case("2001:db8::/32", "2001:db8:1::1", true)]
    #[case("2001:db8::/32", "2001:db9::1", false)]
    #[case("0.0.0.0/0", "2001:db8::1", false)]
    fn an_address_is_in_a_network(#[case] network: &str, #[case] address: &str, #[case] is: bool) {
        let networks = Networks::parse([network]).unwrap();
        assert_eq!(networks.contains(address.parse().unwrap()), is);
    }

    #[test]
    fn what_is_none_is_said_with_what_was_meant() {
        let complaint = |text| Networks::parse([text]).unwrap_err().to_string();
        insta::assert_snapshot!(complaint("10.1.2.3/8"), @"10.1.2.3/8 has bits behind its prefix; did you mean 10.0.0.0/8?");
        insta::assert_snapshot!(complaint("10.0.0.0/33"), @r#""10.0.0.0/33" is no network; write an address, or one with its prefix such as 10.0.0.0/8 or 2001:db8::/32"#);
        insta::assert_snapshot!(complaint(""), @r#""" is no network; write an address, or one with its prefix such as 10.0.0.0/8 or 2001:db8::/32"#);
    }
}
