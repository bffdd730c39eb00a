//! Rules are exchanged while calls come in, a thousand a second: no answer fails, and each is wholly of one version.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::support::office::{Office, PATIENT};
use crate::support::redis::RedisServer;

/// Connections, each with so many calls, one every so often: a thousand calls a second together, for six seconds.
const LINES: usize = 20;
const CALLS: usize = 300;
const EVERY: Duration = Duration::from_millis(20);
/// Below this it would be no load, even on a machine that has other things to do.
const LEAST_PER_SECOND: f64 = 500.0;
/// How long each content of the file stands once it is known.
const STANDS: Duration = Duration::from_millis(100);
/// Within this it has to be known.
const KNOWN_WITHIN: Duration = Duration::from_secs(10);

/// One version. Everything in its answers is its own.
#[derive(Clone, Copy, Debug)]
struct Version {
    name: &'static str,
    number: &'static str,
    ring: u64,
    conversation: u64,
}

const VERSIONS: [Version; 2] = [
    Version {
        name: "one",
        number: "+911140000001",
        ring: 11,
        conversation: 111,
    },
    Version {
        name: "two",
        number: "+911140000002",
        ring: 22,
        conversation: 222,
    },
];

impl Version {
    /// Its agents first, while there are any, then its number. Each has a queue that the other does not have.
    fn rules(&self) -> String {
        let Self {
            name,
            number,
            ring,
            conversation,
        } = self;
        format!(
            "country: IN\n\
            time_zone: Asia/Kolkata\n\
            presence: {{ heartbeat: 0 }}\n\
            answer: {{ start_call_playback: {{ text: {name} }}, max_conversation_duration: {conversation}s }}\n\
            queues: {{ team: {{ agents: {{ groups: [{name}] }} }} }}\n\
            rules:\n\
            - name: all\n\
            \x20 ring: {{ for: {ring}s }}\n\
            \x20 targets: [{{ queue: team }}, {{ numbers: ['{number}'] }}]\n\
            fallback: {{ numbers: ['+911140009999'] }}\n"
        )
    }

    /// Could it have given this answer?
    fn has_given(&self, answer: &Value) -> bool {
        let uri = answer["destination"][0]["contact_uri"].as_str();
        let is_own =
            |uri: &str| uri == self.number || uri.starts_with(&format!("sip:{}-", self.name));
        let playback = json!({ "type": "text", "value": self.name });
        answer["destination"]
            .as_array()
            .is_some_and(|all| all.len() == 1)
            && uri.is_some_and(is_own)
            && answer["max_ringing_duration"] == self.ring
            && answer["max_conversation_duration"] == self.conversation
            && answer["start_call_playback"] == playback
    }
}

/// A connection that stays open.
struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// The status line and the body of one answer.
    async fn ask(&mut self, sid: &str) -> (String, Value) {
        let path = format!("/ccm-programmable-connect?key=key&CallSid={sid}");
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert!(read > 0, "the connection was closed on a call");
            if let Some(answer) = whole(&self.buffer) {
                return answer;
            }
        }
    }
}

/// An answer, once all of it is there.
fn whole(bytes: &[u8]) -> Option<(String, Value)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))?;
    (body.len() == length.parse::<usize>().unwrap()).then(|| {
        let status = head.lines().next().unwrap().to_owned();
        (status, serde_json::from_str(body).unwrap())
    })
}

/// The calls of one line. How many answers did each version give?
async fn calls(address: SocketAddr, line: usize) -> BTreeMap<&'static str, usize> {
    let mut connection = Line::open(address).await;
    let mut answers = BTreeMap::new();
    let mut ticks = interval(EVERY);
    // A call that was late does not keep the next ones back.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for n in 0..CALLS {
        ticks.tick().await;
        let (status, answer) = connection.ask(&format!("{line}-{n}")).await;
        assert_eq!(status, "HTTP/1.1 200 OK");
        let version = VERSIONS.iter().find(|version| version.has_given(&answer));
        let version = version.unwrap_or_else(|| panic!("of no version: {answer}"));
        *answers.entry(version.name).or_default() += 1;
    }
    answers
}

/// Writes the rules, and waits until the log has so many lines with this.
async fn edit(office: &Office, rules: &str, said: &str, times: usize) {
    let process = &office.processes[0];
    fs::write(process.folder().join("rules/default.yaml"), rules).unwrap();
    let since = Instant::now();
    while process.log().matches(said).count() < times {
        assert!(since.elapsed() < KNOWN_WITHIN, "{said}\n{}", process.log());
        sleep(Duration::from_millis(5)).await;
    }
    sleep(STANDS).await;
}

/// A broken file, the other good version, and so on, until the calls are over: how often was a good one exchanged?
async fn edits(office: &Office, are_over: &Cell<bool>) -> usize {
    let mut exchanges = 0;
    while !are_over.get() {
        exchanges += 1;
        let broken = format!("{}rulse: {exchanges}\n", VERSIONS[exchanges % 2].rules());
        edit(office, &broken, "this rules file can't be used", exchanges).await;
        let good = VERSIONS[exchanges % 2].rules();
        edit(office, &good, "rules loaded", exchanges + 1).await;
    }
    exchanges
}

async fn exchanged_under_load(office: &Office) {
    let agents = VERSIONS.iter().flat_map(|version| {
        (0..500).map(|n| (format!("{}-{n}", version.name), vec![version.name]))
    });
    office.staff(&agents.collect::<Vec<_>>()).await;
    let address = office.processes[0].address();
    let (start, are_over) = (Instant::now(), Cell::new(false));
    let lines = async {
        let answers = join_all((0..LINES).map(|line| calls(address, line))).await;
        are_over.set(true);
        (answers, start.elapsed())
    };
    let ((answers, took), exchanges) = join(lines, edits(office, &are_over)).await;

    let total = |name| {
        answers
            .iter()
            .filter_map(|line| line.get(name))
            .sum::<usize>()
    };
    let (one, two) = (total("one"), total("two"));
    assert_eq!(one + two, LINES * CALLS);
    let rate = f64::from(u32::try_from(one + two).unwrap()) / took.as_secs_f64();
    assert!(rate > LEAST_PER_SECOND, "{rate:.0} calls a second");
    assert!(
        exchanges >= 4 && one > 500 && two > 500,
        "{exchanges}: {one}, {two}"
    );
    assert_eq!(
        office.processes[0].log().matches("ERROR").count(),
        exchanges
    );
}

#[tokio::test]
async fn on_the_embedded_store() {
    exchanged_under_load(&Office::in_memory(PATIENT, &VERSIONS[0].rules())).await;
}

#[tokio::test]
async fn on_redis() {
    let redis = RedisServer::start();
    exchanged_under_load(&Office::on_redis(1, &redis, PATIENT, &VERSIONS[0].rules())).await;
}
