//! Does a request come from a page of ours? Asked of every request that comes with a session: a cookie is sent by the browser,
//! whoever had the request made.
//!
//! The cookie is `SameSite=Strict`, so other sites' requests come without it. This is the second lock, for what that does not
//! cover: other ports and names of the same site, and browsers that know no `SameSite`.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, ORIGIN};

use crate::server::header;

const SEC_FETCH_SITE: &str = "Sec-Fetch-Site";

/// Did a page of this very address make the request? Where a browser says so itself (`Sec-Fetch-Site`, over HTTPS and on this
/// machine), that counts; else the page's address (`Origin`) has to be the one that was asked. A request that says neither is
/// no browser's, and is taken only when it changes nothing.
pub(super) fn is_own(request: &HttpRequest) -> bool {
    if let Some(site) = header(request, SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    match header(request, ORIGIN.as_str()) {
        Some(origin) => Some(host_of(origin)) == header(request, HOST.as_str()),
        None => request.method().is_safe(),
    }
}

/// Did the request come over HTTPS? Yes with our own certificate, and where the proxy or the browser says so, of which anybody
/// else is free to say it too: it makes the request's cookie count for less. Without a word of it there is still
/// `Sec-Fetch-Site`, which browsers send over HTTPS and to their own machine alone.
pub(super) fn is_secure(request: &HttpRequest) -> bool {
    let host = header(request, HOST.as_str());
    // A proxy may ask by another name than the browser did, which then says itself whose the page is. Of another site's page
    // the address says nothing about this one.
    let is_own = header(request, SEC_FETCH_SITE) == Some("same-origin");
    let own =
        header(request, ORIGIN.as_str()).filter(|origin| is_own || Some(host_of(origin)) == host);
    request.app_config().secure()
        || request.connection_info().scheme() == "https"
        || match own {
            Some(origin) => origin.starts_with("https://"),
            None => header(request, SEC_FETCH_SITE).is_some() && !is_for_this_machine(request),
        }
}

/// Does the request's address name the machine that the browser runs on?
fn is_for_this_machine(request: &HttpRequest) -> bool {
    let host = header(request, HOST.as_str()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_local = |name: &str| name == "localhost" || name.ends_with(".localhost");
    address.map_or_else(|_| is_local(name), |address| address.is_loopback())
}

/// The name and port of an origin.
fn host_of(origin: &str) -> &str {
    origin.split_once("://").map_or("", |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn asked(request: TestRequest, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().copied();
        let request = headers.fold(request, TestRequest::insert_header);
        is_own(&request.to_http_request())
    }

    #[test]
    fn what_the_browser_says_counts_before_the_address_of_the_page() {
        let own = [("host", "a:1"), ("origin", "http://a:1")];
        for (site, is_own) in [
            ("same-origin", true),
            ("same-site", false),
            ("cross-site", false),
            ("none", false),
        ] {
            let headers = [own[0], own[1], ("sec-fetch-site", site)];
            assert_eq!(asked(TestRequest::post(), &headers), is_own, "{site}");
        }
    }

    #[test]
    fn without_that_the_page_must_have_the_address_that_is_asked() {
        for (origin, is_own) in [
            ("http://a:1", true),
            ("https://a:1", true),
            ("http://a:2", false),
            ("http://b", false),
            ("null", false),
            ("a:1", false),
        ] {
            let headers = [("host", "a:1"), ("origin", origin)];
            assert_eq!(asked(TestRequest::post(), &headers), is_own, "{origin}");
            assert_eq!(asked(TestRequest::get(), &headers), is_own, "{origin}");
        }
    }

    #[test]
    fn what_a_browser_says_of_itself_shows_that_it_came_over_https() {
        let came = |headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().copied();
            let request = headers.fold(TestRequest::get(), TestRequest::insert_header);
            is_secure(&request.to_http_request())
        };
        for host in ["desk.example.com", "desk.example.com:8443", "10.0.0.7:80"] {
            assert!(
                came(&[("host", host), ("sec-fetch-site", "none")]),
                "{host}"
            );
            assert!(!came(&[("host", host)]), "{host}");
        }
        for host in [
            "localhost:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
            "a.localhost",
        ] {
            assert!(
                !came(&[("host", host), ("sec-fetch-site", "none")]),
                "{host}"
            );
        }
        let plain = [
            ("host", "a"),
            ("origin", "http://a"),
            ("sec-fetch-site", "none"),
        ];
        assert!(!came(&plain), "the page's address says more");
        assert!(
            !came(&[("host", "a"), ("origin", "https://b")]),
            "another page's"
        );
        let renamed = [("host", "127.0.0.1:8080"), ("origin", "https://desk")];
        let own = ("sec-fetch-site", "same-origin");
        assert!(
            came(&[renamed[0], renamed[1], own]),
            "a proxy asks by another name"
        );
        let foreign = ("sec-fetch-site", "cross-site");
        assert!(!came(&[renamed[0], renamed[1], foreign]));
    }

    #[test]
    fn a_request_that_says_nothing_may_change_nothing() {
        assert!(asked(TestRequest::get(), &[("host", "a")]));
        assert!(!asked(TestRequest::post(), &[("host", "a")]));
        assert!(!asked(TestRequest::put(), &[("host", "a")]));
    }
}
