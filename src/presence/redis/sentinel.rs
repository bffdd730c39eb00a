//! The master, found through sentinels, and followed when it becomes another one.
//!
//! All sentinels are asked at once, so one that is gone costs next to nothing, and the latest word counts: a sentinel
//! that was cut off from the others keeps naming the master of before. Whoever was found then has to say itself that it
//! is the master.
//!
//! A master that has been replaced may live and take writes for ten seconds more, until the sentinels tell it; all of
//! them are lost then. So the sentinels are asked again and again, and with a new word on the master its tenure is over
//! for everybody who has a connection to it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind, Pipeline, RedisError,
    RedisResult, Value,
};

use super::address::NamedMaster;

/// How long the others are waited for when most sentinels have answered.
const STRAGGLERS: Duration = Duration::from_millis(100);

/// Those who know where the master is.
pub(super) struct Sentinels {
    all: Vec<Sentinel>,
    question: Pipeline,
    template: ConnectionInfo,
    tenure: Mutex<Option<Tenure>>,
}

/// One of them, with the connection on which it was asked last.
struct Sentinel {
    client: Client,
    kept: Mutex<Option<MultiplexedConnection>>,
}

/// What one sentinel says of the master.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    host: String,
    port: u16,
    /// Raised with each failover.
    epoch: u64,
}

/// A server's time as the master.
struct Tenure {
    word: Word,
    is_over: Arc<AtomicBool>,
}

impl Sentinels {
    pub(super) fn new(master: NamedMaster) -> RedisResult<Self> {
        let sentinel = |info| {
            Ok(Sentinel {
                client: Client::open(info)?,
                kept: Mutex::new(None),
            })
        };
        let all: RedisResult<_> = master.sentinels.into_iter().map(sentinel).collect();
        let question = question(&master.name);
        Ok(Self {
            all: all?,
            question,
            template: master.template,
            tenure: Mutex::new(None),
        })
    }

    /// A connection to the master of this moment, and whether its tenure is over.
    pub(super) async fn connect(
        &self,
        limits: &AsyncConnectionConfig,
    ) -> RedisResult<(MultiplexedConnection, Arc<AtomicBool>)> {
        let word = self.word(limits).await?;
        let place = self.place(&word);
        let is_over = self.begin(word);
        let master = Client::open(self.template.clone().set_addr(place))?;
        let mut connection = master
            .get_multiplexed_async_connection_with_config(limits)
            .await?;
        is_master(&mut connection).await?;
        Ok((connection, is_over))
    }

    /// Asks again and again whether the master is another one by now; never returns.
    pub(super) async fn watch(&self, limits: AsyncConnectionConfig, interval: Duration) {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.word(&limits).await {
                Ok(word) if self.is_news(&word) => {
                    tracing::warn!("the sentinels name another master");
                    self.begin(word);
                }
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "no sentinel answers"),
            }
        }
    }

    /// Later than what is known, and of another server? An earlier word is that of a sentinel left behind.
    fn is_news(&self, word: &Word) -> bool {
        let tenure = self.tenure.lock().unwrap_or_else(PoisonError::into_inner);
        tenure.as_ref().is_some_and(|tenure| {
            word.epoch > tenure.word.epoch && !tenure.word.is_of_the_same(word)
        })
    }

    /// From now on this is the master; with another one before, that one's tenure is over.
    fn begin(&self, word: Word) -> Arc<AtomicBool> {
        let mut current = self.tenure.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = match current.take() {
            Some(tenure) if tenure.word.is_of_the_same(&word) => tenure.is_over,
            before => {
                if let Some(before) = before {
                    before.is_over.store(true, Ordering::Relaxed);
                }
                Arc::default()
            }
        };
        *current = Some(Tenure {
            word,
            is_over: Arc::clone(&is_over),
        });
        is_over
    }

    /// The latest word of all who answer in time.
    async fn word(&self, limits: &AsyncConnectionConfig) -> RedisResult<Word> {
        let asked = self.all.iter().map(|one| one.ask(&self.question, limits));
        let mut asked: FuturesUnordered<_> = asked.collect();
        let (mut words, mut failure) = (Vec::new(), None);
        loop {
            let is_most = words.len().saturating_mul(2) > self.all.len();
            let next = if is_most {
                tokio::time::timeout(STRAGGLERS, asked.next())
                    .await
                    .ok()
                    .flatten()
            } else {
                asked.next().await
            };
            match next {
                Some(Ok(word)) => words.push(word),
                Some(Err(error)) => failure = Some(error),
                None => break,
            }
        }
        let latest: Option<Word> = words.into_iter().max_by_key(|word| word.epoch);
        latest.ok_or_else(|| {
            let reason = failure.map_or_else(String::new, |error| error.to_string());
            RedisError::from((ErrorKind::Io, "no sentinel names the master", reason))
        })
    }

    /// The place with the transport of the address in the settings.
    fn place(&self, word: &Word) -> ConnectionAddr {
        let (host, port) = (word.host.clone(), word.port);
        if let ConnectionAddr::TcpTls {
            insecure,
            tls_params,
            ..
        } = self.template.addr()
        {
            return ConnectionAddr::TcpTls {
                host,
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            };
        }
        ConnectionAddr::Tcp(host, port)
    }
}

impl Sentinel {
    async fn ask(&self, question: &Pipeline, limits: &AsyncConnectionConfig) -> RedisResult<Word> {
        let kept = self.kept().clone();
        if let Some(mut connection) = kept
            && let Ok(fields) = question.query_async(&mut connection).await
        {
            return word(fields);
        }
        let mut connection = self
            .client
            .get_multiplexed_async_connection_with_config(limits)
            .await?;
        let fields = question.query_async(&mut connection).await?;
        *self.kept() = Some(connection);
        word(fields)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<MultiplexedConnection>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Word {
    fn is_of_the_same(&self, other: &Self) -> bool {
        (&self.host, self.port) == (&other.host, other.port)
    }
}

/// The epoch first: a sentinel that learns of a failover between the two then names the new place with the epoch before,
/// and the next time with its own. The place is not that of the first reply, which is the old one's until a failover is
/// complete.
fn question(master: &str) -> Pipeline {
    let mut question = redis::pipe();
    question.cmd("SENTINEL").arg("MASTER").arg(master);
    question
        .cmd("SENTINEL")
        .arg("GET-MASTER-ADDR-BY-NAME")
        .arg(master);
    question
}

/// A sentinel's two replies.
type Said = (HashMap<String, String>, (String, u16));

fn word((fields, (host, port)): Said) -> RedisResult<Word> {
    let epoch = fields
        .get("config-epoch")
        .and_then(|text| text.parse().ok());
    let epoch = epoch.ok_or_else(unreadable)?;
    Ok(Word { host, port, epoch })
}

fn unreadable() -> RedisError {
    let what = "a sentinel's word on the master cannot be read";
    RedisError::from((ErrorKind::UnexpectedReturnType, what))
}

/// Sentinels name a new master before it has taken over, and the one before until they know of its end.
pub(super) async fn is_master(connection: &mut impl ConnectionLike) -> RedisResult<()> {
    let role = redis::cmd("ROLE").query_async(connection).await?;
    let Value::Array(parts) = role else {
        let what = "a server's role cannot be read";
        return Err(RedisError::from((ErrorKind::UnexpectedReturnType, what)));
    };
    let master = Value::BulkString(b"master".to_vec());
    if parts.first() == Some(&master) {
        return Ok(());
    }
    let what = "the server that the sentinels name is not the master";
    Err(RedisError::from((ErrorKind::Io, what)))
}

#[cfg(test)]
mod tests;
