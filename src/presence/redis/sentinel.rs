//! The master, found through sentinels.
//!
//! All sentinels are asked at once, so one that is gone costs nothing, and the majority's latest word counts: a sentinel
//! that was cut off from the others keeps naming the master of before. Whoever was found then has to say itself that it
//! is the master.

use std::collections::HashMap;

use futures_util::stream::{FuturesUnordered, StreamExt};
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind, RedisError,
    RedisResult, Value,
};

use super::address::NamedMaster;

/// Those who know where the master is.
pub(super) struct Sentinels {
    clients: Vec<Client>,
    master: String,
    template: ConnectionInfo,
}

/// What one sentinel says of the master.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    host: String,
    port: u16,
    /// Raised with each failover.
    epoch: u64,
}

impl Sentinels {
    pub(super) fn new(master: NamedMaster) -> RedisResult<Self> {
        let clients: RedisResult<_> = master.sentinels.into_iter().map(Client::open).collect();
        Ok(Self {
            clients: clients?,
            master: master.name,
            template: master.template,
        })
    }

    /// A connection to the master of this moment.
    pub(super) async fn connect(
        &self,
        limits: &AsyncConnectionConfig,
    ) -> RedisResult<MultiplexedConnection> {
        let word = self.master(limits).await?;
        let master = Client::open(self.template.clone().set_addr(self.place(word)))?;
        let mut connection = master
            .get_multiplexed_async_connection_with_config(limits)
            .await?;
        is_master(&mut connection).await?;
        Ok(connection)
    }

    async fn master(&self, limits: &AsyncConnectionConfig) -> RedisResult<Word> {
        let asked = self.clients.iter().map(|one| self.ask(one, limits));
        let mut asked: FuturesUnordered<_> = asked.collect();
        let (mut words, mut failure) = (Vec::new(), None);
        while let Some(word) = asked.next().await {
            match word {
                Ok(word) => words.push(word),
                Err(error) => failure = Some(error),
            }
            if words.len().saturating_mul(2) > self.clients.len() {
                break;
            }
        }
        let latest = words.into_iter().max_by_key(|word| word.epoch);
        latest.ok_or_else(|| {
            let reason = failure.map_or_else(String::new, |error| error.to_string());
            let what = "no sentinel names a master";
            RedisError::from((ErrorKind::Io, what, format!("{}: {reason}", self.master)))
        })
    }

    async fn ask(&self, sentinel: &Client, limits: &AsyncConnectionConfig) -> RedisResult<Word> {
        let mut connection = sentinel
            .get_multiplexed_async_connection_with_config(limits)
            .await?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("MASTER").arg(&self.master);
        word(question.query_async(&mut connection).await?)
    }

    /// The place with the transport of the address in the settings.
    fn place(&self, word: Word) -> ConnectionAddr {
        match self.template.addr() {
            ConnectionAddr::TcpTls {
                insecure,
                tls_params,
                ..
            } => ConnectionAddr::TcpTls {
                host: word.host,
                port: word.port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(word.host, word.port),
        }
    }
}

fn word(mut fields: HashMap<String, String>) -> RedisResult<Word> {
    let number = |name: &str| fields.get(name).and_then(|text| text.parse().ok());
    let (port, epoch) = (number("port"), number("config-epoch"));
    match (fields.remove("ip"), port, epoch) {
        (Some(host), Some(port), Some(epoch)) => Ok(Word {
            host,
            port: u16::try_from(port).map_err(|_too_large| unreadable())?,
            epoch,
        }),
        _ => Err(unreadable()),
    }
}

fn unreadable() -> RedisError {
    let what = "a sentinel's word on the master cannot be read";
    RedisError::from((ErrorKind::UnexpectedReturnType, what))
}

/// Sentinels name a new master before it has taken over, and the one before until they know of its end.
pub(super) async fn is_master(connection: &mut impl ConnectionLike) -> RedisResult<()> {
    let role = redis::cmd("ROLE").query_async(connection).await?;
    match role {
        Value::Array(parts) => match parts.first() {
            Some(Value::BulkString(role)) if role == b"master" => Ok(()),
            _ => Err(RedisError::from((
                ErrorKind::Io,
                "the server that the sentinels name is not the master",
            ))),
        },
        _ => Err(RedisError::from((
            ErrorKind::UnexpectedReturnType,
            "a server's role cannot be read",
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn a_sentinels_word_is_read_and_a_strange_one_is_an_error() {
        let good = [("ip", "10.0.0.1"), ("port", "6379"), ("config-epoch", "7")];
        let expected = Word {
            host: "10.0.0.1".to_owned(),
            port: 6379,
            epoch: 7,
        };
        assert_eq!(word(fields(&good)).unwrap(), expected);
        for (place, bad) in [
            (0, ("no", "x")),
            (1, ("port", "70000")),
            (2, ("config-epoch", "")),
        ] {
            let mut pairs = good;
            pairs[place] = bad;
            assert!(word(fields(&pairs)).is_err(), "{bad:?}");
        }
    }
}
