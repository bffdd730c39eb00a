//! Who may ask: Exotel by the key in its URL, people's applications by bearer tokens.
//!
//! Only digests are kept and compared, each in constant time and all of them every time, so that neither the content
//! of a secret nor its place in the list shows in how long a refusal takes.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::settings::{AccountSettings, Role};
use crate::telephony::AccountName;

type SecretDigest = [u8; 32];

/// The digests of all accounts' secrets.
#[derive(Default)]
pub struct Access {
    keys: BTreeMap<AccountName, Vec<SecretDigest>>,
    tokens: Vec<Token>,
}

struct Token {
    digest: SecretDigest,
    account: AccountName,
    role: Role,
    name: Option<String>,
}

/// What a bearer token says about one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer<'a> {
    /// Nobody has this token.
    Unknown,
    /// It is some other account's.
    OfAnotherAccount,
    /// Its bearer has this role here, under this name if the token has one.
    Has(Role, Option<&'a str>),
}

impl Access {
    /// Takes the digests of the secrets in the settings.
    pub fn new(accounts: &BTreeMap<AccountName, AccountSettings>) -> Self {
        let mut access = Self::default();
        for (name, account) in accounts {
            access
                .keys
                .insert(name.clone(), account.keys.iter().map(digest_of).collect());
            access
                .tokens
                .extend(account.tokens.iter().map(|settings| Token {
                    digest: digest_of(&settings.token),
                    account: name.clone(),
                    role: settings.role,
                    name: settings.name.clone(),
                }));
        }
        access
    }

    /// Is this one of the account's keys? An unknown account has none.
    pub fn admits(&self, account: &AccountName, key: &str) -> bool {
        let digest = digest(key);
        let none = Vec::new();
        let keys = self.keys.get(account).unwrap_or(&none);
        let found = keys
            .iter()
            .fold(Choice::from(0), |found, known| found | known.ct_eq(&digest));
        found.into()
    }

    /// What this token says about the account; of several roles, the highest, and its name.
    pub fn bearer(&self, token: &str, account: &AccountName) -> Bearer<'_> {
        let digest = digest(token);
        let mut bearer = Bearer::Unknown;
        for known in &self.tokens {
            let is_it = bool::from(known.digest.ct_eq(&digest));
            bearer = match (is_it, known.account == *account, bearer) {
                (true, true, Bearer::Has(role, _)) if role >= known.role => bearer,
                (true, true, _) => Bearer::Has(known.role, known.name.as_deref()),
                (true, false, Bearer::Unknown) => Bearer::OfAnotherAccount,
                (true, false, Bearer::Has(..) | Bearer::OfAnotherAccount) | (false, _, _) => bearer,
            };
        }
        bearer
    }

    /// The accounts that Exotel can reach.
    pub fn accounts(&self) -> impl Iterator<Item = &AccountName> {
        self.keys.keys()
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Access({} accounts, {} tokens)",
            self.keys.len(),
            self.tokens.len()
        )
    }
}

fn digest_of(secret: &SecretString) -> SecretDigest {
    digest(secret.expose_secret())
}

fn digest(text: &str) -> SecretDigest {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

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
        Access::new(&settings.unwrap().accounts)
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
        let bearer = |token| access.bearer(token, &account("one"));
        assert_eq!(bearer("reader"), Bearer::Has(Role::Read, None));
        let desk = Bearer::Has(Role::Presence, Some("desk 4"));
        assert_eq!(bearer("desk"), desk);
        assert_eq!(bearer("boss"), Bearer::Has(Role::Admin, Some("anita")));
        assert_eq!(bearer("other"), Bearer::OfAnotherAccount);
        assert_eq!(bearer("old"), Bearer::Unknown);
        assert_eq!(
            access.bearer("boss", &account("three")),
            Bearer::OfAnotherAccount
        );
    }
}
