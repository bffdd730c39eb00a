use super::super::address::{Topology, topology};
use super::super::settings::RedisSettings;
use super::*;

#[test]
fn a_sentinels_word_is_read_and_one_without_an_epoch_is_an_error() {
    let said = |name: &str, value: &str| {
        let fields = HashMap::from([(name.to_owned(), value.to_owned())]);
        word((fields, ("10.0.0.1".to_owned(), 6379)))
    };
    let expected = Word {
        host: "10.0.0.1".to_owned(),
        port: 6379,
        epoch: 7,
    };
    assert_eq!(said("config-epoch", "7").unwrap(), expected);
    assert!(said("config-epoch", "seven").is_err());
    assert!(said("ip", "10.0.0.1").is_err());
}

fn said(host: &str, epoch: u64) -> Word {
    Word {
        host: host.to_owned(),
        port: 6379,
        epoch,
    }
}

#[test]
fn a_later_word_on_another_server_ends_the_tenure_and_an_earlier_one_does_not() {
    let settings = RedisSettings::at("redis+sentinel://127.0.0.1:1/main");
    let Ok(Topology::Sentinels(master)) = topology(&settings) else {
        panic!("no sentinels");
    };
    let sentinels = Sentinels::new(master).unwrap();
    assert!(
        !sentinels.is_news(&said("one", 1)),
        "nobody has been found yet"
    );
    let first = sentinels.begin(said("one", 1));
    assert!(!sentinels.is_news(&said("one", 2)));
    assert!(!sentinels.is_news(&said("two", 1)));
    assert!(sentinels.is_news(&said("two", 2)));
    let again = sentinels.begin(said("one", 2));
    assert!(!first.load(Ordering::Relaxed) && !again.load(Ordering::Relaxed));
    let second = sentinels.begin(said("two", 3));
    assert!(first.load(Ordering::Relaxed) && again.load(Ordering::Relaxed));
    assert!(!second.load(Ordering::Relaxed));
}
