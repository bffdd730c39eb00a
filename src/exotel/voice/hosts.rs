//! Where the APIs are.

use std::fmt;

use thiserror::Error;

use crate::exotel::answer::WebUrl;

/// Where Exotel keeps an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// The cluster in Singapore.
    Singapore,
    /// The cluster in Mumbai.
    Mumbai,
}

impl Region {
    /// The regions by the names that operators write.
    pub const WORDS: [(&'static str, Self); 2] =
        [("singapore", Self::Singapore), ("mumbai", Self::Mumbai)];

    /// The addresses of its APIs (O).
    pub fn hosts(self) -> Hosts {
        let (v3, v1) = match self {
            Self::Singapore => ("https://ccm-api.exotel.com", "https://api.exotel.com"),
            Self::Mumbai => ("https://ccm-api.in.exotel.com", "https://api.in.exotel.com"),
        };
        Hosts {
            v3: BaseUrl(v3.to_owned()),
            v1: BaseUrl(v1.to_owned()),
        }
    }
}

/// The addresses of the APIs of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// Of version 3: calls are made and looked up there.
    pub v3: BaseUrl,
    /// Of version 1: calls are listed there.
    pub v1: BaseUrl,
}

impl Hosts {
    /// Both at one address, such as that of a stand-in.
    pub fn at(base: &BaseUrl) -> Self {
        Self {
            v3: base.clone(),
            v1: base.clone(),
        }
    }
}

/// The beginning of every address of an API, without a slash at its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BaseUrl(String);

/// The text is no such beginning. It is not repeated, for it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "an API's address is such as https://ccm-api.exotel.com, without a key, a token or a query in it"
)]
pub struct InvalidBaseUrl;

impl BaseUrl {
    /// Reads an address. Credentials have settings of their own, so that they can be kept out of logs.
    pub fn parse(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = WebUrl::parse(text.trim().trim_end_matches('/')).or(Err(InvalidBaseUrl))?;
        if url.as_str().contains(['?', '#', '@']) {
            return Err(InvalidBaseUrl);
        }
        Ok(Self(url.as_str().to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn every_region_has_addresses_that_could_have_been_set() {
        for (word, region) in Region::WORDS {
            let hosts = region.hosts();
            for base in [&hosts.v3, &hosts.v1] {
                assert_eq!(BaseUrl::parse(base.as_str()).as_ref(), Ok(base), "{word}");
            }
        }
        let mumbai = Region::Mumbai.hosts();
        assert_eq!(mumbai.v3.as_str(), "https://ccm-api.in.exotel.com");
    }

    #[rstest]
    #[case("http://127.0.0.1:9000/", Some("http://127.0.0.1:9000"))]
    #[case(
        "https://proxy.example.com/exotel",
        Some("https://proxy.example.com/exotel")
    )]
    #[case("https://key:token@ccm-api.exotel.com", None)]
    #[case("https://example.com?x=1", None)]
    #[case("ccm-api.exotel.com", None)]
    fn a_base_url_holds_no_credentials(#[case] text: &str, #[case] expected: Option<&str>) {
        let parsed = BaseUrl::parse(text).ok();
        assert_eq!(parsed.as_ref().map(BaseUrl::as_str), expected);
    }
}
