use std::error::Error;

use rstest::rstest;
use secrecy::SecretString;

use super::*;

/// Where one can connect to, in order.
fn places(topology: &Topology) -> Vec<String> {
    let place = |info: &ConnectionInfo| match info.addr() {
        ConnectionAddr::Tcp(host, port) => format!("{host}:{port}"),
        ConnectionAddr::TcpTls { host, port, .. } => format!("{host}:{port} with TLS"),
        ConnectionAddr::Unix(path) => path.display().to_string(),
        _ => "elsewhere".to_owned(),
    };
    match topology {
        Topology::Alone(server) => vec![place(server)],
        Topology::Sentinels(master) => {
            let sentinels = master.sentinels.iter().map(place);
            [format!("{}?", master.name)]
                .into_iter()
                .chain(sentinels)
                .collect()
        }
        Topology::Cluster(nodes) => {
            let nodes = nodes.iter().map(place);
            ["cluster".to_owned()].into_iter().chain(nodes).collect()
        }
    }
}

#[rstest]
#[case::one_server(&["redis://127.0.0.1:6379"], &["127.0.0.1:6379"])]
#[case::with_tls(&["rediss://redis.example.com"], &["redis.example.com:6379 with TLS"])]
#[case::a_socket(&["unix:///run/redis.sock"], &["/run/redis.sock"])]
#[case::sentinels(&["redis+sentinel://one:1,two,[::1]:3,[::2]/main"], &["main?", "one:1", "two:26379", "::1:3", "::2:26379"])]
#[case::sentinels_with_tls(&["rediss+sentinel://u:p@one/main/2"], &["main?", "one:26379 with TLS"])]
#[case::a_cluster(&["redis://one:1", "redis://two:2"], &["cluster", "one:1", "two:2"])]
#[case::a_cluster_with_one_address(&["rediss+cluster://one:1"], &["cluster", "one:1 with TLS"])]
fn an_address_says_what_is_there(#[case] urls: &[&str], #[case] expected: &[&str]) {
    let topology = topology(&RedisSettings::of(urls)).ok().unwrap();
    assert_eq!(places(&topology), expected);
}

#[test]
fn the_login_in_the_address_is_the_masters_and_the_sentinels_have_their_own() {
    let mut settings = RedisSettings::at("redis+sentinel://rita:p%40ss@one,two/main/3");
    settings.sentinel_user = Some("sam".to_owned());
    settings.sentinel_password = Some(SecretString::from("guard"));
    let Ok(Topology::Sentinels(master)) = topology(&settings) else {
        panic!("no sentinels");
    };
    let at_the_master = master.template.redis_settings();
    assert_eq!(at_the_master.username(), Some("rita"));
    assert_eq!(at_the_master.password(), Some("p@ss"));
    assert_eq!(at_the_master.db(), 3);
    for sentinel in &master.sentinels {
        let there = sentinel.redis_settings();
        assert_eq!(
            (there.username(), there.password()),
            (Some("sam"), Some("guard"))
        );
        assert_eq!(there.db(), 0);
    }
}

/// The complaint with what caused it.
fn complaint(settings: &RedisSettings) -> String {
    let error = topology(settings).err().unwrap();
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    format!("{error} {cause}")
}

#[rstest]
#[case::nothing(&[], "store.url is empty")]
#[case::another_scheme(&["http://hunter2@one"], "address 1: unknown scheme: expected redis://")]
#[case::no_scheme(&["one:6379"], "address 1: unknown scheme")]
#[case::no_number_for_the_port(&["redis://:hunter2@one:six"], "address 1 cannot be read")]
#[case::no_number_for_the_database(&["redis://:hunter2@one/two"], "address 1 cannot be read")]
#[case::several_hosts(&["redis://one,two:6379"], "a comma in the host")]
#[case::certificates_ignored(&["rediss://:hunter2@one/#insecure"], "#insecure is not supported")]
#[case::no_master(&["redis+sentinel://:hunter2@one,two"], "no name of a master")]
#[case::no_host(&["redis+sentinel://:hunter2@one,,two/main"], "a sentinel without a host")]
#[case::a_query(&["redis+sentinel://one/main?db=hunter2"], "no name of a master")]
#[case::sentinels_apart(&["redis+sentinel://one/main", "redis+sentinel://:hunter2@two/main"], "name all sentinels in one address")]
#[case::a_socket_in_a_cluster(&["redis://one", "unix:///s"], "address 2: a node of a cluster has no socket")]
#[case::a_database_in_a_cluster(&["redis://one", "redis://:hunter2@two/1"], "address 2: a cluster has the database 0 only")]
#[case::half_of_it_with_tls(&["redis://one", "rediss://two"], "address 2: some addresses have TLS")]
#[case::two_logins(&["redis://:hunter2@one", "redis://:hunter3@two"], "address 2: another user or password")]
fn a_wrong_address_is_explained_without_its_password(#[case] urls: &[&str], #[case] said: &str) {
    let complaint = complaint(&RedisSettings::of(urls));
    assert!(complaint.contains(said), "{complaint}");
    assert!(!complaint.contains("hunter"), "{complaint}");
}

#[test]
fn a_login_for_sentinels_is_whole_and_has_sentinels() {
    let mut settings = RedisSettings::at("redis://one");
    settings.sentinel_password = Some(SecretString::from("hunter2"));
    assert!(complaint(&settings).contains("need an address redis+sentinel://"));
    let mut settings = RedisSettings::at("redis+sentinel://one/main");
    settings.sentinel_user = Some("sam".to_owned());
    assert!(complaint(&settings).contains("store.sentinel_user needs store.sentinel_password"));
}

#[test]
fn no_secret_is_shown() {
    let mut settings = RedisSettings::at("redis+sentinel://rita:hunter2@one/main");
    settings.sentinel_password = Some(SecretString::from("hunter2"));
    assert!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
}
