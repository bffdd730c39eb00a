//! Does a request come from a page of ours? Asked of every request that comes with a session: a cookie is sent by the browser,
//! whoever had the request made.
//!
//! The cookie is `SameSite=Strict`, so other sites' requests come without it. This is the second lock, for what that does not
//! cover: other ports and names of the same site, and browsers that know no `SameSite`.

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

/// Was the page that made the request fetched over HTTPS, as far as the browser says?
pub(super) fn is_secure(request: &HttpRequest) -> bool {
    header(request, ORIGIN.as_str()).is_some_and(|origin| origin.starts_with("https://"))
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
    fn a_request_that_says_nothing_may_change_nothing() {
        assert!(asked(TestRequest::get(), &[("host", "a")]));
        assert!(!asked(TestRequest::post(), &[("host", "a")]));
        assert!(!asked(TestRequest::put(), &[("host", "a")]));
    }
}
