use proptest::prelude::*;
use rstest::rstest;

use super::*;

const PROXIES: [&str; 2] = ["10.0.0.0/8", "2001:db8:ffff::/48"];

fn source(header: ProxyHeader, peer: &str, lines: &[&str]) -> Option<IpAddr> {
    let proxies = Proxies::new(Networks::parse(PROXIES).unwrap(), header);
    proxies.source(peer.parse().unwrap(), lines)
}

#[rstest]
#[case::a_stranger_who_says_so("192.0.2.9", &["10.1.1.1"], "192.0.2.9")]
#[case::no_header("10.0.0.1", &[], "10.0.0.1")]
#[case::a_mapped_proxy("::ffff:10.0.0.1", &["192.0.2.9"], "192.0.2.9")]
#[case::one_hop("10.0.0.1", &["192.0.2.9"], "192.0.2.9")]
#[case::what_the_stranger_wrote_stays_unread("10.0.0.1", &["10.9.9.9, garbage, 192.0.2.9"], "192.0.2.9")]
#[case::two_proxies("10.0.0.1", &["203.0.113.5, 192.0.2.9 ,10.0.0.2"], "192.0.2.9")]
#[case::a_line_of_each("10.0.0.1", &["203.0.113.5", "192.0.2.9", "10.0.0.2"], "192.0.2.9")]
#[case::only_proxies("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3")]
#[case::a_port("10.0.0.1", &["192.0.2.9:4711"], "192.0.2.9")]
#[case::ipv6("10.0.0.1", &["2001:db8::9"], "2001:db8::9")]
#[case::ipv6_in_brackets("2001:db8:ffff::1", &["[2001:db8::9]"], "2001:db8::9")]
#[case::ipv6_with_a_port("10.0.0.1", &["[2001:db8::9]:443"], "2001:db8::9")]
#[case::mapped("10.0.0.1", &["::ffff:192.0.2.9"], "192.0.2.9")]
#[case::in_quotes("10.0.0.1", &["\"[2001:db8::9]:443\""], "2001:db8::9")]
#[case::an_empty_element("10.0.0.1", &["192.0.2.9, "], "")]
#[case::an_empty_line("10.0.0.1", &["192.0.2.9", ""], "")]
#[case::an_empty_element_of_a_stranger("10.0.0.1", &[", ,192.0.2.9"], "192.0.2.9")]
#[case::garbage("10.0.0.1", &["192.0.2.9, garbage"], "")]
#[case::garbage_behind_a_proxy("10.0.0.1", &["192.0.2.9, unknown, 10.0.0.2"], "")]
#[case::hidden("10.0.0.1", &["_hidden"], "")]
#[case::no_text("10.0.0.1", &[UNREADABLE], "")]
#[case::a_zone("10.0.0.1", &["fe80::1%eth0"], "")]
#[case::a_port_that_is_none("10.0.0.1", &["[2001:db8::9]443"], "")]
fn x_forwarded_for(#[case] peer: &str, #[case] lines: &[&str], #[case] expected: &str) {
    let found = source(ProxyHeader::XForwardedFor, peer, lines);
    assert_eq!(found, expected.parse().ok());
}

#[rstest]
#[case::a_stranger_who_says_so("192.0.2.9", &["for=10.1.1.1"], "192.0.2.9")]
#[case::one_hop("10.0.0.1", &["for=192.0.2.9"], "192.0.2.9")]
#[case::with_more("10.0.0.1", &["by=203.0.113.43; For=192.0.2.9 ;proto=https"], "192.0.2.9")]
#[case::quoted("10.0.0.1", &["for=\"192.0.2.9:80\""], "192.0.2.9")]
#[case::ipv6("10.0.0.1", &["for=\"[2001:db8::9]:4711\""], "2001:db8::9")]
#[case::escaped("10.0.0.1", &["for=\"192.0.2.\\9\""], "192.0.2.9")]
#[case::two_proxies("10.0.0.1", &["for=1.2.3.4, for=192.0.2.9, for=10.0.0.2"], "192.0.2.9")]
#[case::a_line_of_each("10.0.0.1", &["for=192.0.2.9", "for=10.0.0.2"], "192.0.2.9")]
#[case::a_comma_in_quotes("10.0.0.1", &["x=\"for=1.2.3.4, for=\";for=192.0.2.9"], "192.0.2.9")]
#[case::empty_elements("10.0.0.1", &["for=192.0.2.9,, ;"], "192.0.2.9")]
#[case::hidden("10.0.0.1", &["for=_hidden"], "")]
#[case::unknown("10.0.0.1", &["for=unknown"], "")]
#[case::for_nobody("10.0.0.1", &["for=192.0.2.9, proto=https"], "")]
#[case::said_twice("10.0.0.1", &["for=192.0.2.9;for=192.0.2.10"], "")]
#[case::an_open_quotation("10.0.0.1", &["for=1.2.3.4, x=\", for=192.0.2.9"], "")]
#[case::behind_a_quotation("10.0.0.1", &["x=\"\"for=192.0.2.9"], "")]
#[case::no_name("10.0.0.1", &["192.0.2.9"], "")]
fn forwarded(#[case] peer: &str, #[case] lines: &[&str], #[case] expected: &str) {
    let found = source(ProxyHeader::Forwarded, peer, lines);
    assert_eq!(found, expected.parse().ok());
}

#[test]
fn without_trusted_proxies_no_header_counts() {
    let nobody = Proxies::new(Networks::default(), ProxyHeader::XForwardedFor);
    let peer = "10.0.0.1".parse().unwrap();
    assert_eq!(nobody.source(peer, &["192.0.2.9"]), Some(peer));
}

#[test]
fn an_ipv6_owner_has_a_whole_network() {
    let owner = |text: &str| owner(text.parse().unwrap()).to_string();
    assert_eq!(owner("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(owner("::ffff:192.0.2.9"), "192.0.2.9");
}

proptest! {
    /// Whatever a stranger writes in front of what the proxy adds, in its line or in lines of their own.
    #[test]
    fn nobody_passes_for_somebody_else(
        theirs in r#"([ -~]|for=|10\.0\.0\.7|[",;\\=\[\]]){0,40}"#,
        is_own_line: bool,
        adds in prop::sample::select(vec!["192.0.2.9", "\"192.0.2.9:80\"", "\"[::ffff:192.0.2.9]\""]),
    ) {
        let real = "192.0.2.9".parse().ok();
        let pictures = [(ProxyHeader::XForwardedFor, adds.to_owned()), (ProxyHeader::Forwarded, format!("for={adds}"))];
        for (header, added) in pictures {
            let joined = format!("{theirs}, {added}");
            let lines = if is_own_line { vec![theirs.as_str(), added.as_str()] } else { vec![joined.as_str()] };
            let found = source(header, "10.0.0.1", &lines);
            let is_right = found == real || (header == ProxyHeader::Forwarded && !is_own_line && found.is_none());
            prop_assert!(is_right, "{header:?} {lines:?}: {found:?}");
        }
    }
}
