//! The console: who gets in, what their session is good for, and what those who watch are told. How it looks and feels in a
//! browser is for `.ci/console`.

mod live;
mod over;
mod sessions;

use reqwest::header::{HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};

use crate::support::server::TestServer;

/// A browser, which follows nothing by itself.
struct Browser {
    client: Client,
    address: String,
    cookie: String,
}

impl Browser {
    fn at(address: &str) -> Self {
        let client = Client::builder().redirect(Policy::none()).build();
        Self {
            client: client.unwrap(),
            address: address.to_owned(),
            cookie: String::new(),
        }
    }

    fn of(server: &TestServer) -> Self {
        Self::at(&server.url(""))
    }

    /// Signed in with this token.
    async fn signed_in(address: &str, token: &str) -> Self {
        let mut browser = Self::at(address);
        let response = browser.sign_in("default", token).await;
        assert_eq!(response.status(), 303);
        assert_eq!(response.headers()[LOCATION], "/");
        browser.keep(response.headers());
        browser
    }

    fn keep(&mut self, headers: &HeaderMap) {
        let cookie = headers[SET_COOKIE].to_str().unwrap();
        cookie
            .split(';')
            .next()
            .unwrap()
            .clone_into(&mut self.cookie);
    }

    async fn sign_in(&self, account: &str, token: &str) -> Response {
        let form = format!("account={account}&token={token}");
        let request = self.form("/console/sign-in").body(form);
        request.send().await.unwrap()
    }

    /// A form of the page.
    fn form(&self, path: &str) -> RequestBuilder {
        self.plain(Method::POST, path)
            .header(ORIGIN, &self.address)
            .header("content-type", "application/x-www-form-urlencoded")
    }

    /// What the script of the page asks for.
    fn asks(&self, method: Method, path: &str) -> RequestBuilder {
        self.plain(method, path)
            .header("sec-fetch-site", "same-origin")
    }

    /// With the cookie alone.
    fn plain(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method, format!("{}{path}", self.address));
        match self.cookie.as_str() {
            "" => request,
            cookie => request.header("cookie", cookie),
        }
    }

    async fn page(&self) -> (u16, String) {
        let response = self.plain(Method::GET, "/").send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}
