//! What the addresses in the settings mean: one server, a server that sentinels know, or a cluster.
//!
//! | form | what it is |
//! |---|---|
//! | `redis://[user:password@]host[:port][/database]`, `rediss://…` with TLS | one server |
//! | `unix:///path/of/the/socket` | one server on this machine |
//! | `redis+sentinel://[user:password@]host[:port],…/master[/database]`, `rediss+sentinel://…` | the master of that name, found through these sentinels |
//! | several `redis://…` or `rediss://…`, or one `redis+cluster://…`, `rediss+cluster://…` | nodes of a cluster, which tell of the others |
//!
//! User and password are those of the servers; sentinels have their own, in settings of their own.

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use secrecy::ExposeSecret;

use super::settings::{RedisSettings, RedisSettingsError};

/// The port of a sentinel that is named without one.
const SENTINEL_PORT: &str = "26379";

/// The forms of sentinels' addresses, with the scheme of one server's.
const SENTINELS: [(&str, &str); 2] = [
    ("redis+sentinel://", "redis://"),
    ("rediss+sentinel://", "rediss://"),
];

/// The same of a cluster with one address.
const CLUSTER: [(&str, &str); 2] = [
    ("redis+cluster://", "redis://"),
    ("rediss+cluster://", "rediss://"),
];

/// Of one server.
const ALONE: [&str; 3] = ["redis://", "rediss://", "unix://"];

const EXPECTED: &str = "redis://user:password@host:6379/0";
const EXPECTED_SENTINELS: &str =
    "redis+sentinel://user:password@host1:26379,host2:26379,host3:26379/mymaster/0";

/// What is at the addresses.
pub(super) enum Topology {
    /// One server, which is the master.
    Alone(ConnectionInfo),
    /// A master that is found through sentinels.
    Sentinels(NamedMaster),
    /// Some nodes of a cluster.
    Cluster(Vec<ConnectionInfo>),
}

/// A master, and who knows where it is.
pub(super) struct NamedMaster {
    /// Its name at the sentinels.
    pub(super) name: String,
    pub(super) sentinels: Vec<ConnectionInfo>,
    /// Who we are at the master, and with which transport; the place in it means nothing.
    pub(super) template: ConnectionInfo,
}

impl Topology {
    /// Every address, for what holds for all of them.
    pub(super) fn map(
        self,
        mut change: impl FnMut(ConnectionInfo) -> Result<ConnectionInfo, RedisSettingsError>,
    ) -> Result<Self, RedisSettingsError> {
        Ok(match self {
            Self::Alone(server) => Self::Alone(change(server)?),
            Self::Cluster(nodes) => {
                Self::Cluster(nodes.into_iter().map(change).collect::<Result<_, _>>()?)
            }
            Self::Sentinels(master) => Self::Sentinels(NamedMaster {
                template: change(master.template)?,
                name: master.name,
                sentinels: master
                    .sentinels
                    .into_iter()
                    .map(change)
                    .collect::<Result<_, _>>()?,
            }),
        })
    }

    /// Are the connections encrypted?
    pub(super) fn has_tls(&self) -> bool {
        let of = |info: &ConnectionInfo| matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        match self {
            Self::Alone(server) => of(server),
            Self::Sentinels(master) => of(&master.template),
            Self::Cluster(nodes) => nodes.iter().any(of),
        }
    }
}

/// Reads the addresses.
pub(super) fn topology(settings: &RedisSettings) -> Result<Topology, RedisSettingsError> {
    let urls: Vec<&str> = settings
        .urls
        .iter()
        .map(|url| url.expose_secret().trim())
        .collect();
    let topology = match urls.as_slice() {
        [] => return Err(RedisSettingsError::NoAddress),
        [url] => match (beyond(url, SENTINELS), beyond(url, CLUSTER)) {
            (Some((scheme, rest)), _) => Topology::Sentinels(named_master(scheme, rest, settings)?),
            (None, Some(_)) => cluster(&urls)?,
            (None, None) => Topology::Alone(server(1, url)?),
        },
        several if several.iter().any(|url| beyond(url, SENTINELS).is_some()) => {
            return Err(RedisSettingsError::SentinelsApart);
        }
        several => cluster(several)?,
    };
    let has_login = settings.sentinel_user.is_some() || settings.sentinel_password.is_some();
    if has_login && !matches!(topology, Topology::Sentinels(_)) {
        return Err(RedisSettingsError::NoSentinels);
    }
    Ok(topology)
}

/// What follows one of these schemes, with the scheme of one server's address.
fn beyond<'url>(
    url: &'url str,
    schemes: [(&str, &'static str); 2],
) -> Option<(&'static str, &'url str)> {
    let mut found = schemes
        .into_iter()
        .filter_map(|(scheme, plain)| Some((plain, url.strip_prefix(scheme)?)));
    found.next()
}

fn server(number: usize, url: &str) -> Result<ConnectionInfo, RedisSettingsError> {
    if !ALONE.iter().any(|scheme| url.starts_with(scheme)) {
        return Err(RedisSettingsError::Scheme { number });
    }
    read(number, url, EXPECTED)
}

/// The client's reading of an address. What it says of a fault has no part of the address in it.
fn read(
    number: usize,
    url: &str,
    expected: &'static str,
) -> Result<ConnectionInfo, RedisSettingsError> {
    if url.starts_with("rediss://") && cfg!(not(feature = "redis-tls")) {
        return Err(RedisSettingsError::NoTls);
    }
    let info = url
        .into_connection_info()
        .map_err(|error| RedisSettingsError::Unreadable {
            number,
            reason: error.category().to_owned(),
            expected,
        })?;
    if matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) {
        return Err(RedisSettingsError::Insecure { number });
    }
    let has_comma = |host: &str| host.contains(',');
    if matches!(info.addr(), ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } if has_comma(host))
    {
        return Err(RedisSettingsError::Unreadable {
            number,
            reason: "a comma in the host".to_owned(),
            expected,
        });
    }
    Ok(info)
}

fn cluster(urls: &[&str]) -> Result<Topology, RedisSettingsError> {
    let mut nodes = Vec::new();
    for (number, url) in (1..).zip(urls) {
        let node = match beyond(url, CLUSTER) {
            Some((scheme, rest)) => server(number, &[scheme, rest].concat())?,
            None => server(number, url)?,
        };
        let fault = match (nodes.first(), node.addr()) {
            (_, ConnectionAddr::Unix(_)) => Some("a node of a cluster has no socket"),
            _ if node.redis_settings().db() != 0 => Some("a cluster has the database 0 only"),
            (Some(first), _) => difference(first, &node),
            (None, _) => None,
        };
        if let Some(fault) = fault {
            return Err(RedisSettingsError::Cluster { number, fault });
        }
        nodes.push(node);
    }
    Ok(Topology::Cluster(nodes))
}

/// What tells two nodes apart that mustn't.
fn difference(first: &ConnectionInfo, other: &ConnectionInfo) -> Option<&'static str> {
    let is_tls = |info: &ConnectionInfo| matches!(info.addr(), ConnectionAddr::TcpTls { .. });
    let (one, two) = (first.redis_settings(), other.redis_settings());
    if is_tls(first) != is_tls(other) {
        Some("some addresses have TLS and some have not")
    } else if one.username() != two.username() || one.password() != two.password() {
        Some("another user or password than in the first address")
    } else {
        None
    }
}

fn named_master(
    scheme: &str,
    rest: &str,
    settings: &RedisSettings,
) -> Result<NamedMaster, RedisSettingsError> {
    let unreadable = |reason: &str| RedisSettingsError::Unreadable {
        number: 1,
        reason: reason.to_owned(),
        expected: EXPECTED_SENTINELS,
    };
    let (login, places) = rest.rsplit_once('@').unwrap_or(("", rest));
    let at = if login.is_empty() { "" } else { "@" };
    let (hosts, path) = places.split_once('/').unwrap_or((places, ""));
    let (name, database) = path.split_once('/').unwrap_or((path, "0"));
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || !name.chars().all(is_of_a_name) {
        return Err(unreadable("no name of a master after the sentinels"));
    }
    let template = [scheme, login, at, "localhost/", database].concat();
    let template = read(1, &template, EXPECTED_SENTINELS)?;
    let mut sentinels = Vec::new();
    for host in hosts.split(',').map(str::trim) {
        if host.is_empty() {
            return Err(unreadable("a sentinel without a host"));
        }
        sentinels.push(sentinel(scheme, host, settings)?);
    }
    Ok(NamedMaster {
        name: name.to_owned(),
        sentinels,
        template,
    })
}

fn sentinel(
    scheme: &str,
    host: &str,
    settings: &RedisSettings,
) -> Result<ConnectionInfo, RedisSettingsError> {
    // An IPv6 address has colons of its own, in brackets.
    let after_brackets = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    let url = if after_brackets.contains(':') {
        [scheme, host].concat()
    } else {
        [scheme, host, ":", SENTINEL_PORT].concat()
    };
    let info = read(1, &url, EXPECTED_SENTINELS)?;
    let mut who = info.redis_settings().clone();
    match (&settings.sentinel_user, &settings.sentinel_password) {
        (Some(_), None) => return Err(RedisSettingsError::NoSentinelPassword),
        (user, Some(password)) => {
            if let Some(user) = user {
                who = who.set_username(user);
            }
            who = who.set_password(password.expose_secret());
        }
        (None, None) => {}
    }
    Ok(info.set_redis_settings(who))
}

#[cfg(test)]
mod tests;
