//! Redis loses everything at once: the queues are known to it again without anybody's help but for the agents, who
//! must be put again.

use std::time::{Duration, Instant};

use reqwest::Method;
use rstest::rstest;

use crate::support::redis::RedisServer;
use crate::support::server::{TestServer, shown};

/// A queue, and numbers for when nobody in it is ready.
const RULES: &str = "
country: IN
time_zone: Asia/Kolkata
queues:
  sales: { agents: { groups: [sales] } }
rules:
  - targets: [{ queue: sales }, { numbers: ['+911140002222'] }]
fallback: { numbers: ['+911140001234'] }
";
const ASHA: &str = "+919812345678";

async fn call(server: &TestServer, sid: &str) -> String {
    let answer = shown(server.connect(&format!("CallSid={sid}")).await).await;
    assert!(answer.starts_with("200"), "{answer}");
    answer
}

/// With calls between the loss and the agents' return, and with none before it.
#[rstest]
#[case::while_calls_come_in(5)]
#[case::while_nobody_calls(0)]
#[tokio::test]
async fn an_agent_put_again_is_offered_calls_at_once(#[case] calls: usize) {
    let redis = RedisServer::start();
    let server = TestServer::on_redis_with_rules(&redis.url(), RULES).await;
    server.agent("asha", ASHA).await;
    assert!(call(&server, "before").await.contains(ASHA));
    redis.command(&["FLUSHALL"]);
    let emptied = Instant::now();
    for n in 0..calls {
        let answer = call(&server, &format!("meanwhile{n}")).await;
        assert!(!answer.contains(ASHA), "{answer}");
    }
    server.agent("asha", ASHA).await;
    let mut answers = Vec::new();
    for n in 0..5 {
        answers.push(call(&server, &format!("after{n}")).await);
        if answers.iter().any(|answer| answer.contains(ASHA)) {
            assert!(emptied.elapsed() < Duration::from_secs(2), "{answers:#?}");
            return;
        }
    }
    panic!("nobody was offered to {answers:#?}");
}

/// A version with another layout of its records finds none of them: the agents and what they chose are still there. What a
/// version before left under other names, in whatever form, is no concern.
#[tokio::test]
async fn agents_outlive_a_change_of_the_layout() {
    let redis = RedisServer::start();
    redis.command(&["HSET", "rm:{default}:records", "asha", "of another form"]);
    redis.command(&["SET", "rm:{default}:call:before", "of another form"]);
    let server = TestServer::on_redis_with_rules(&redis.url(), RULES).await;
    server.agent("asha", ASHA).await;
    assert!(call(&server, "before").await.contains(ASHA));
    let forget = "for _, key in ipairs(redis.call('KEYS', 'rm:{default}:[0-9]*')) do redis.call('DEL', key) end";
    redis.command(&["EVAL", forget, "0"]);
    let mut answers = Vec::new();
    for n in 0..20 {
        answers.push(call(&server, &format!("after{n}")).await);
        if answers.iter().any(|answer| answer.contains(ASHA)) {
            return;
        }
        let _until_it_is_known = server
            .admin(Method::POST, "/agents/asha/heartbeat", None)
            .await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nobody was offered to {answers:#?}");
}
