//! How to reach Redis: where it is, who we are there, and how long anything is waited for.

use std::path::PathBuf;
use std::time::Duration;

use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{AsyncConnectionConfig, RedisError};
use secrecy::SecretString;

/// After so long without traffic the peer is asked whether it is there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);
/// The time between two such questions.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(1);

/// How to reach the server, the sentinels or the cluster. Every wait has a limit.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// One address, or several of a cluster's nodes; each may hold a password. `address.rs` says which forms there are.
    pub urls: Vec<SecretString>,
    /// Who we are at the sentinels; the address says who we are at the servers.
    pub sentinel_user: Option<String>,
    /// Our password at the sentinels.
    pub sentinel_password: Option<SecretString>,
    /// How often the sentinels are asked whether the master is another one by now.
    pub sentinel_interval: Duration,
    /// Whom to trust, and how we prove who we are, on connections with TLS.
    pub tls: TlsFiles,
    /// The longest wait for a connection to be made.
    pub connect_timeout: Duration,
    /// The longest wait for a command's reply.
    pub command_timeout: Duration,
    /// The longest wait for a free connection of the pool.
    pub pool_timeout: Duration,
    /// How long a decision is waited for; one that the server gets to later reserves nobody.
    pub patience: Duration,
    /// The most connections of the pool, used for administration and health.
    pub pool_size: usize,
    /// What is done about a connection that is lost.
    pub reconnect: Reconnect,
}

/// Files in PEM form for connections with TLS.
#[derive(Clone, Debug, Default)]
pub struct TlsFiles {
    /// The authorities to trust, in the place of the public ones.
    pub authorities: Option<PathBuf>,
    /// Our own certificate, for servers that ask for one.
    pub certificate: Option<PathBuf>,
    /// The key of our own certificate.
    pub key: Option<PathBuf>,
}

/// How often and in which pauses somebody who waits tries to connect again. The pauses double and are partly left to
/// chance, so that many instances that lost the same server don't come back to it all at once.
#[derive(Clone, Copy, Debug)]
pub struct Reconnect {
    /// Tries after the first one; in a cluster also how often a command is sent again, to the node that has its keys now.
    pub retries: u32,
    /// About the first pause.
    pub min_delay: Duration,
    /// The longest pause.
    pub max_delay: Duration,
}

/// Why nothing can be reached with these settings. Written for the operator, and never with a secret in it.
#[derive(Debug, thiserror::Error)]
pub enum RedisSettingsError {
    /// There is no address.
    #[error("store.url is empty: expected an address such as redis://127.0.0.1:6379")]
    NoAddress,
    /// An address of no known form.
    #[error(
        "store.url, address {number}: unknown scheme: expected redis://, rediss://, unix://, redis+sentinel://, \
         rediss+sentinel://, redis+cluster:// or rediss+cluster://"
    )]
    Scheme {
        /// Which address of the list, from 1.
        number: usize,
    },
    /// An address that cannot be read.
    #[error(
        "store.url, address {number} cannot be read ({reason}): expected {expected}; write other characters than \
         letters and digits in a password as %XX"
    )]
    Unreadable {
        /// Which address of the list, from 1.
        number: usize,
        /// What the parser says, without the address.
        reason: String,
        /// The form that it should have.
        expected: &'static str,
    },
    /// Sentinels beside other addresses.
    #[error(
        "store.url has several addresses, one of them redis+sentinel://: name all sentinels in one address, as in \
         redis+sentinel://host1:26379,host2:26379,host3:26379/mymaster"
    )]
    SentinelsApart,
    /// A name or password for sentinels where there are none.
    #[error(
        "store.sentinel_user and store.sentinel_password need an address redis+sentinel:// in store.url"
    )]
    NoSentinels,
    /// A user without a password.
    #[error("store.sentinel_user needs store.sentinel_password or store.sentinel_password_file")]
    NoSentinelPassword,
    /// Addresses that cannot belong to one cluster.
    #[error(
        "store.url, address {number}: {fault}; several addresses are the nodes of one cluster, with the same scheme, \
         user and password"
    )]
    Cluster {
        /// Which address of the list, from 1.
        number: usize,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// Certificates are not looked at.
    #[error(
        "store.url, address {number}: #insecure is not supported: name the authority in store.ca_file"
    )]
    Insecure {
        /// Which address of the list, from 1.
        number: usize,
    },
    /// Files for TLS where there is none.
    #[error(
        "{setting} needs addresses with TLS in store.url: rediss://, rediss+sentinel:// or rediss+cluster://"
    )]
    TlsUnused {
        /// The setting.
        setting: &'static str,
    },
    /// One of the two files without the other.
    #[error("store.certificate_file and store.key_file belong together: set both or none")]
    HalfCertificate,
    /// A file that cannot be read.
    #[error("{setting} names {}, which cannot be read", path.display())]
    File {
        /// The setting.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file without what it is for.
    #[error("{setting} names {}, which holds no {expected} in PEM form", path.display())]
    NotPem {
        /// The setting.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
    },
    /// The program was built without TLS.
    #[error(
        "this build has no TLS: build it with the feature redis-tls, or use addresses without TLS"
    )]
    NoTls,
    /// The client refuses the settings.
    #[error("the connections to Redis cannot be set up")]
    Client(#[source] RedisError),
    /// The pool refuses the settings.
    #[error("the pool of connections cannot be set up: {0}")]
    Pool(String),
}

impl RedisSettings {
    /// The defaults for a server at this address.
    pub fn at(url: &str) -> Self {
        Self::of(&[url])
    }

    /// The same for several addresses.
    pub fn of(urls: &[&str]) -> Self {
        let secret = |url: &&str| SecretString::from((*url).to_owned());
        Self {
            urls: urls.iter().map(secret).collect(),
            sentinel_user: None,
            sentinel_password: None,
            sentinel_interval: Duration::from_secs(1),
            tls: TlsFiles::default(),
            connect_timeout: Duration::from_millis(500),
            command_timeout: Duration::from_secs(2),
            pool_timeout: Duration::from_secs(1),
            patience: Duration::from_secs(1),
            pool_size: 4,
            reconnect: Reconnect::default(),
        }
    }

    /// A peer that is gone without a word (a host that lost power, a firewall that forgot the connection) is found out
    /// within seconds, idle or not; the system's own limits are many minutes.
    pub(super) fn tcp(&self) -> TcpSettings {
        let keepalive = TcpKeepalive::new()
            .with_time(KEEPALIVE_IDLE)
            .with_interval(KEEPALIVE_INTERVAL);
        let tcp = TcpSettings::default()
            .set_nodelay(true)
            .set_keepalive(keepalive);
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(self.command_timeout.saturating_mul(2));
        tcp
    }

    /// The limits of one connection.
    pub(super) fn of_one(&self) -> AsyncConnectionConfig {
        AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.command_timeout))
    }
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            retries: 3,
            min_delay: Duration::from_millis(20),
            max_delay: Duration::from_millis(200),
        }
    }
}
