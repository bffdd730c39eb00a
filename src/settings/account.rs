//! One tenant: its secrets, and how its calls are started.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::network::{self, Networks};
use super::{ExotelSettings, SettingsError, secret, value};
use crate::telephony::{AccountName, unseen};

/// One tenant: what Exotel and the agents' applications prove themselves with.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    /// What the `key` of Exotel's URL may be; several, for rotation. See [`Self::key_to_send`].
    #[serde(default, deserialize_with = "value::secrets")]
    pub keys: Vec<SecretString>,
    /// A file that holds the keys instead, one a line.
    pub keys_file: Option<PathBuf>,
    /// Bearer tokens of the agents' applications and of operations.
    #[serde(default, deserialize_with = "tokens")]
    pub tokens: Vec<TokenSettings>,
    /// A file that holds `role:token` or `role(name):token` instead, one a line.
    pub tokens_file: Option<PathBuf>,
    /// From where Exotel's requests may come; from anywhere when absent.
    #[serde(default, deserialize_with = "network::some_networks")]
    pub sources: Option<Networks>,
    /// From where the API may be used; from anywhere when absent.
    #[serde(default, deserialize_with = "network::some_networks")]
    pub api_sources: Option<Networks>,
    /// How calls are started; an account without it starts none.
    pub exotel: Option<ExotelSettings>,
}

/// The most characters of a token's name.
const MAX_NAME: usize = 64;

/// A bearer token and what it allows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSettings {
    /// What its bearer may do.
    #[serde(deserialize_with = "role")]
    pub role: Role,
    /// Who bears it, in a word for people: what its bearer sets for others is recorded under it.
    #[serde(default)]
    pub name: Option<String>,
    /// The secret.
    pub token: SecretString,
}

/// What the bearer of a token may do; each role may do what the ones below it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// See.
    Read,
    /// See, and set presence.
    Presence,
    /// Everything.
    Admin,
}

impl Role {
    const WORDS: [(&'static str, Self); 3] = [
        ("admin", Self::Admin),
        ("presence", Self::Presence),
        ("read", Self::Read),
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Presence => "presence",
            Self::Read => "read",
        }
    }
}

fn role<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Role, D::Error> {
    value::word(deserializer, &Role::WORDS)
}

impl TokenSettings {
    /// Reads `role:token` or `role(name):token`. The error does not repeat the text, which may be a token.
    fn parse(text: &str) -> Result<Self, String> {
        let (role, token) = text
            .trim()
            .split_once(':')
            .ok_or("a token is written role:token")?;
        let (role, name) = match role.trim().split_once('(') {
            Some((role, name)) => {
                let name = name.strip_suffix(')');
                let name = name.ok_or("the name of a token is written role(name):token")?;
                (role, Some(name.trim().to_owned()))
            }
            None => (role, None),
        };
        let known = Role::WORDS.iter().find(|(word, _)| *word == role.trim());
        let (_, role) = *known.ok_or("the role of a token is admin, presence or read")?;
        Ok(Self {
            role,
            name,
            token: SecretString::from(token.trim().to_owned()),
        })
    }
}

impl AccountSettings {
    /// Takes the secrets from their files.
    pub(super) fn read_secret_files(&mut self, name: &AccountName) -> Result<(), SettingsError> {
        if let Some(path) = &self.keys_file {
            secret::only_one(&format!("accounts.{name}.keys"), !self.keys.is_empty())?;
            self.keys = secret::lines(&format!("accounts.{name}.keys_file"), path)?;
        }
        if let Some(path) = &self.tokens_file {
            let setting = format!("accounts.{name}.tokens_file");
            secret::only_one(&format!("accounts.{name}.tokens"), !self.tokens.is_empty())?;
            let lines = secret::lines(&setting, path)?;
            let tokens = lines
                .iter()
                .map(|line| TokenSettings::parse(line.expose_secret()))
                .collect::<Result<_, _>>();
            self.tokens = tokens
                .map_err(|problem| SettingsError::Invalid(vec![format!("{setting}: {problem}")]))?;
        }
        if let Some(exotel) = &mut self.exotel {
            exotel.read_secret_files(&format!("accounts.{name}.exotel"))?;
        }
        Ok(())
    }

    /// A sentence for each part that is missing or cannot be used.
    pub(super) fn problems(&self, name: &AccountName) -> Vec<String> {
        let unusable = |(what, secret): (String, &SecretString)| {
            let problem = secret::check(secret).err()?;
            Some(format!("{what} {problem}"))
        };
        let names = self.tokens.iter().enumerate().filter_map(|(index, token)| {
            let is_usable = token.name.as_deref().is_none_or(is_name);
            (!is_usable).then(|| {
                format!("accounts.{name}.tokens[{index}].name must have 1 to {MAX_NAME} characters that can be seen")
            })
        });
        let lists = [
            ("sources", &self.sources),
            ("api_sources", &self.api_sources),
        ];
        let lists = lists.into_iter().filter_map(|(list, networks)| {
            let is_empty = networks.as_ref().is_some_and(Networks::is_empty);
            is_empty.then(|| format!("accounts.{name}.{list} is empty, so nobody could ask: leave it out to let in everybody"))
        });
        let exotel = self.exotel.iter();
        let exotel = exotel.flat_map(|exotel| exotel.problems(&format!("accounts.{name}.exotel")));
        self.secrets(name)
            .filter_map(unusable)
            .chain(names)
            .chain(lists)
            .chain(exotel)
            .collect()
    }

    /// The settings that hold a secret from an example.
    pub(super) fn placeholders(&self, name: &AccountName) -> Vec<String> {
        let placeholder = |(what, secret): (String, &SecretString)| {
            secret::is_placeholder(secret).then_some(what)
        };
        self.secrets(name).filter_map(placeholder).collect()
    }

    /// The key that Exotel is to send back: the first that is not known by its digest alone.
    pub fn key_to_send(&self) -> Option<&SecretString> {
        self.keys.iter().find(|key| secret::is_plain(key))
    }

    fn secrets(&self, name: &AccountName) -> impl Iterator<Item = (String, &SecretString)> {
        let keys = self.keys.iter().enumerate();
        let tokens = self.tokens.iter().enumerate();
        let keys = keys.map(move |(index, key)| (format!("accounts.{name}.keys[{index}]"), key));
        let tokens = tokens
            .map(move |(index, token)| (format!("accounts.{name}.tokens[{index}]"), &token.token));
        let exotel = self.exotel.iter().flat_map(ExotelSettings::secrets);
        let exotel =
            exotel.map(move |(secret, text)| (format!("accounts.{name}.exotel.{secret}"), text));
        keys.chain(tokens).chain(exotel)
    }
}

/// Can it stand in a log line and beside an agent?
fn is_name(text: &str) -> bool {
    let is_long_enough = (1..=MAX_NAME).contains(&text.chars().count());
    is_long_enough && text.trim() == text && unseen(text).is_none()
}

/// A list of `{ role, name, token }` and of texts `role:token`, or one text with commas between several.
fn tokens<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<TokenSettings>, D::Error> {
    struct Tokens;

    impl<'de> Visitor<'de> for Tokens {
        type Value = Vec<TokenSettings>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(
                "a list of { role, name, token }, or text such as admin:a-long-random-token",
            )
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            text.split(',')
                .map(TokenSettings::parse)
                .collect::<Result<_, _>>()
                .map_err(E::custom)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
            let mut tokens = Vec::new();
            while let Some(Written(token)) = sequence.next_element()? {
                tokens.push(token);
            }
            Ok(tokens)
        }
    }

    deserializer.deserialize_any(Tokens)
}

/// One token of a list.
struct Written(TokenSettings);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Token;

        impl<'de> Visitor<'de> for Token {
            type Value = TokenSettings;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter
                    .write_str("{ role, name, token }, or text such as admin:a-long-random-token")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                TokenSettings::parse(text).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                TokenSettings::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_any(Token).map(Self)
    }
}
