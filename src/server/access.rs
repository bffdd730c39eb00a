//! Who may ask, from where, and how often: Exotel by the key in its URL, people's applications by bearer tokens.
//!
//! Only digests are kept and compared, each in constant time and all of them every time, so that neither the content
//! of a secret nor its place in the list shows in how long a refusal takes.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::HttpRequest;
use subtle::Choice;

use super::console::session::mark;
use super::limits::{AccountRates, Rate, Strangers};
use super::source::Proxies;
use crate::settings::{
    AccountSettings, LimitSettings, Networks, Role, SecretDigest, Settings, TokenSettings,
};
use crate::telephony::AccountName;

/// So often an instance asks the store for sessions: many people who look at the console, and what of a flood of made-up ones
/// is no burden.
const SESSIONS_A_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(199);

/// The digests of all accounts' secrets, and what else guards the door.
pub struct Access {
    accounts: BTreeMap<AccountName, Guarded>,
    tokens: Vec<Token>,
    proxies: Proxies,
    strangers: Strangers,
    sessions: Rate,
}

/// What guards one account.
struct Guarded {
    keys: Vec<SecretDigest>,
    sources: Option<Networks>,
    api_sources: Option<Networks>,
    rates: AccountRates,
}

/// A bearer token.
pub(super) struct Token {
    digest: SecretDigest,
    mark: String,
    account: AccountName,
    rate: Rate,
    /// What its bearer may do.
    pub(super) role: Role,
    /// What it is called, if it is called anything.
    pub(super) name: Option<String>,
}

/// What a bearer token says about one account.
#[derive(Clone, Copy)]
pub(super) enum Bearer<'a> {
    /// Nobody has this token.
    Unknown,
    /// It is some other account's.
    OfAnotherAccount,
    /// It is this one.
    Has(&'a Token),
}

/// Which of an account's two doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// Where Exotel comes in.
    Exotel,
    /// Where people's applications do.
    Api,
}

impl Token {
    fn new(account: &AccountName, settings: &TokenSettings, limits: &LimitSettings) -> Self {
        let digest = SecretDigest::of_setting(&settings.token);
        Self {
            mark: mark(&digest),
            digest,
            account: account.clone(),
            rate: Rate::a_second(limits.api_per_second),
            role: settings.role,
            name: settings.name.clone(),
        }
    }

    /// What stands for it in the store.
    pub(super) fn mark(&self) -> &str {
        &self.mark
    }

    /// Who bears it, for people: its name, or enough of its digest to tell it from others.
    pub(super) fn known_as(&self) -> String {
        let nameless = || format!("#{}", self.digest.fingerprint());
        self.name.clone().unwrap_or_else(nameless)
    }
}

impl Guarded {
    fn new(settings: &AccountSettings, limits: &LimitSettings) -> Self {
        Self {
            keys: settings.keys.iter().map(SecretDigest::of_setting).collect(),
            sources: settings.sources.clone(),
            api_sources: settings.api_sources.clone(),
            rates: AccountRates::new(limits),
        }
    }
}

impl Access {
    /// Takes what the settings say, and of the secrets only their digests.
    pub fn new(settings: &Settings) -> Self {
        let (limits, accounts) = (&settings.limits, &settings.accounts);
        let guarded = accounts
            .iter()
            .map(|(name, account)| (name.clone(), Guarded::new(account, limits)));
        let tokens = accounts.iter().flat_map(|(name, account)| {
            let tokens = account.tokens.iter();
            tokens.map(move |token| Token::new(name, token, limits))
        });
        Self {
            accounts: guarded.collect(),
            tokens: tokens.collect(),
            proxies: Proxies::new(settings.trusted_proxies.clone(), settings.proxy_header),
            strangers: Strangers::new(limits),
            sessions: Rate::a_second(SESSIONS_A_SECOND),
        }
    }

    /// Is this one of the account's keys? An unknown account has none.
    pub(super) fn admits(&self, account: &AccountName, key: &str) -> bool {
        let digest = SecretDigest::of(key);
        let keys = self.accounts.get(account).map(|account| &account.keys);
        let found = keys
            .into_iter()
            .flatten()
            .fold(Choice::from(0), |found, known| {
                found | known.matches(&digest)
            });
        found.into()
    }

    /// What this token says about the account; of several that are the same, the one with the highest role.
    pub(super) fn bearer(&self, token: &str, account: &AccountName) -> Bearer<'_> {
        let digest = SecretDigest::of(token);
        let mut bearer = Bearer::Unknown;
        for known in &self.tokens {
            let is_it = bool::from(known.digest.matches(&digest));
            bearer = match (is_it, known.account == *account, bearer) {
                (true, true, Bearer::Has(token)) if token.role >= known.role => bearer,
                (true, true, _) => Bearer::Has(known),
                (true, false, Bearer::Unknown) => Bearer::OfAnotherAccount,
                (true, false, Bearer::Has(_) | Bearer::OfAnotherAccount) | (false, _, _) => bearer,
            };
        }
        bearer
    }

    /// The account's token with this mark: the one with which a session was begun, as long as the settings have it.
    pub(super) fn marked(&self, account: &AccountName, mark: &str) -> Option<&Token> {
        let tokens = self.tokens.iter();
        let of_account = tokens.filter(|token| token.account == *account && token.mark == mark);
        of_account.max_by_key(|token| token.role)
    }

    /// May the store be asked for one more session now? Else after how long.
    pub(super) fn may_look_up_session(&self) -> Result<(), Duration> {
        self.sessions.take()
    }

    /// Where the request comes from; `None` when nobody knows.
    pub(super) fn source_of(&self, request: &HttpRequest) -> Option<IpAddr> {
        self.proxies.source_of(request)
    }

    /// Does the account let in whoever comes from there? An account without a list lets in everybody.
    pub(super) fn is_open_to(
        &self,
        account: &AccountName,
        door: Door,
        request: &HttpRequest,
    ) -> bool {
        let guarded = self.accounts.get(account);
        let networks = guarded.and_then(|guarded| match door {
            Door::Exotel => guarded.sources.as_ref(),
            Door::Api => guarded.api_sources.as_ref(),
        });
        let is_in = |networks: &Networks| {
            let source = self.source_of(request);
            source.is_some_and(|source| networks.contains(source))
        };
        networks.is_none_or(is_in)
    }

    /// Counts somebody who was wrong. Beyond the limit of their source they are not told how, but after how long to try again.
    pub(super) fn refuse(&self, request: &HttpRequest) -> Result<(), Duration> {
        self.strangers.take(self.source_of(request))
    }

    /// May one more fetch of the account be decided now?
    pub(super) fn may_fetch(&self, account: &AccountName) -> bool {
        let guarded = self.accounts.get(account);
        guarded.is_none_or(|guarded| guarded.rates.connect.allows())
    }

    /// May one more report of the account be taken in now? When not, the log says so now and then.
    pub(super) fn may_report(&self, account: &AccountName) -> bool {
        let Some(Guarded { rates, .. }) = self.accounts.get(account) else {
            return true;
        };
        let may = rates.events.allows();
        if !may && rates.warnings.allows() {
            tracing::warn!(%account, "reports are dropped: the account sends more than limits.events_per_second");
        }
        may
    }

    /// Counts a request to the API with this token; when it is one too many, after how long there is room.
    pub(super) fn may_use_token(token: &Token) -> Result<(), Duration> {
        token.rate.take()
    }

    /// The same for all tokens of its account together.
    pub(super) fn may_use_account(&self, token: &Token) -> Result<(), Duration> {
        match self.accounts.get(&token.account) {
            Some(guarded) => guarded.rates.api.take(),
            None => Ok(()),
        }
    }

    /// The accounts that Exotel can reach: those with a key.
    pub fn accounts(&self) -> impl Iterator<Item = &AccountName> {
        let with_keys = |(_, guarded): &(&AccountName, &Guarded)| !guarded.keys.is_empty();
        self.accounts.iter().filter(with_keys).map(|(name, _)| name)
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Access({} accounts, {} tokens)",
            self.accounts.len(),
            self.tokens.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> Access {
        let settings = Settings::from_toml(
            r#"
            [accounts.one]
            keys = ["old", "new"]
            tokens = "read:reader,admin(anita):boss,presence(desk 4):desk,read(wall):desk"
            [accounts.two]
            keys = ["two"]
            tokens = "admin:both,admin:other"
            "#,
        );
        Access::new(&settings.unwrap())
    }

    fn account(name: &str) -> AccountName {
        AccountName::parse(name).unwrap()
    }

    #[test]
    fn each_key_of_an_account_is_admitted_and_no_other() {
        let access = access();
        assert!(access.admits(&account("one"), "old"));
        assert!(access.admits(&account("one"), "new"));
        for (name, key) in [("one", "two"), ("one", ""), ("one", "ol"), ("three", "old")] {
            assert!(!access.admits(&account(name), key), "{name} {key}");
        }
    }

    #[test]
    fn a_token_counts_for_its_own_account_with_its_highest_role() {
        let access = access();
        let bearer = |token, name| match access.bearer(token, &account(name)) {
            Bearer::Unknown => "unknown".to_owned(),
            Bearer::OfAnotherAccount => "another's".to_owned(),
            Bearer::Has(token) => format!("{:?} {}", token.role, token.known_as()),
        };
        assert_eq!(
            bearer("reader", "one"),
            "Read #3d0941964aa3ebdc".get(..14).unwrap()
        );
        assert_eq!(bearer("desk", "one"), "Presence desk 4");
        assert_eq!(bearer("boss", "one"), "Admin anita");
        assert_eq!(bearer("other", "one"), "another's");
        assert_eq!(bearer("old", "one"), "unknown");
        assert_eq!(bearer("boss", "three"), "another's");
    }
}
