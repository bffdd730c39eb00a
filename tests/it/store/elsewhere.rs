//! Every behaviour of the store wherever Redis is: a cluster, behind sentinels, with TLS, and Valkey. Each has an account
//! of its own there, so that a cluster's are spread over its servers; and everywhere the store has the rights that
//! `deploy/redis.acl` gives it and no more.

use std::time::Duration;

use ringmaster::presence::redis::{RedisSettings, TlsFiles};
use secrecy::SecretString;

use super::world::World;
use super::*;
use crate::support::certificates::Certificates;
use crate::support::cluster::Cluster;
use crate::support::nodes::{LOGIN, Node, plain, wait_until};
use crate::support::sentinels::{PASSWORD, Watched};

/// How many behaviours there are at least: a list that lost one of its parts would be no test.
const MOST_OF_THEM: usize = 100;

/// Runs them all.
async fn behave(settings: &RedisSettings) {
    let make = || World::at(settings);
    let mut count = 0;
    behaviours::all(&make, &mut count).await;
    breaks::all(&make, &mut count).await;
    clicks::all(&make, &mut count).await;
    fairness::all(&make, &mut count).await;
    heard::all(&make, &mut count).await;
    log::all(&make, &mut count).await;
    looked::all(&make, &mut count).await;
    newcomers::all(&make, &mut count).await;
    notes::all(&make, &mut count).await;
    past::all(&make, &mut count).await;
    presence::all(&make, &mut count).await;
    quotas::all(&make, &mut count).await;
    recurring::all(&make, &mut count).await;
    reports::all(&make, &mut count).await;
    sticky::all(&make, &mut count).await;
    strays::all(&make, &mut count).await;
    together::all(&make, &mut count).await;
    assert!(count > MOST_OF_THEM, "{count} only");
}

#[tokio::test]
async fn every_behaviour_holds_in_a_cluster() {
    let cluster = Cluster::start(0);
    let urls = cluster.urls();
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    let settings = RedisSettings::of(&urls);
    behave(&settings).await;
    let sizes = cluster.sizes();
    assert!(sizes.iter().all(|keys| *keys > 50), "on each: {sizes:?}");
}

#[tokio::test]
async fn every_behaviour_holds_with_sentinels_one_of_which_is_gone() {
    let mut watched = Watched::start(Duration::from_mins(1));
    watched.kill_sentinel();
    let mut settings = RedisSettings::at(&watched.url());
    settings.sentinel_password = Some(SecretString::from(PASSWORD));
    behave(&settings).await;
}

/// In a database of its own, and the server wants to see a certificate.
#[tokio::test]
async fn every_behaviour_holds_with_tls() {
    let folder = tempfile::tempdir().unwrap();
    let files = Certificates::write_to(folder.path());
    let shown = |path: &std::path::Path| path.display().to_string();
    let socket = folder.path().join("s");
    let server = Node::start("redis-server", |port, _| {
        let tls = [
            ("--tls-port", port.to_string()),
            ("--unixsocket", shown(&socket)),
            ("--tls-ca-cert-file", shown(&files.authority)),
            ("--tls-cert-file", shown(&files.server.0)),
            ("--tls-key-file", shown(&files.server.1)),
        ];
        let tls = tls
            .into_iter()
            .flat_map(|(name, value)| [name.to_owned(), value]);
        plain(0, &[]).into_iter().chain(tls).collect()
    });
    admit_through(&socket);
    let url = format!("rediss://{LOGIN}127.0.0.1:{}/3", server.port);
    let mut settings = RedisSettings::at(&url);
    settings.tls = TlsFiles {
        authorities: Some(files.authority),
        certificate: Some(files.client.0),
        key: Some(files.client.1),
    };
    behave(&settings).await;
    settings.tls.certificate = None;
    settings.tls.key = None;
    let stranger = World::at(&settings).store.ping().await;
    assert!(stranger.is_err(), "the server wants to see a certificate");
    settings.tls = TlsFiles::default();
    let doubtful = World::at(&settings).store.ping().await;
    assert!(doubtful.is_err(), "nobody else trusts that authority");
}

fn admit_through(socket: &std::path::Path) {
    // It listens there a moment after it does on its port.
    wait_until("the socket is there", || socket.exists());
    let client = redis::Client::open(format!("unix://{}", socket.display())).unwrap();
    let mut connection = client.get_connection().unwrap();
    let words = crate::support::nodes::least_rights();
    let mut words = words.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    command.arg(words.collect::<Vec<_>>());
    command.exec(&mut connection).unwrap();
}

#[tokio::test]
async fn every_behaviour_holds_on_valkey() {
    let program = "valkey-server";
    if std::process::Command::new(program)
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("SKIPPED: {program} is not installed, so nothing is known about it");
        return;
    }
    let server = Node::start(program, |port, _| plain(port, &[]));
    server.admit();
    let url = format!("redis://{LOGIN}127.0.0.1:{}", server.port);
    behave(&RedisSettings::at(&url)).await;
}
