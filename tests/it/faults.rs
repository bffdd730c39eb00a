//! What goes wrong at night, under load and with real processes: an instance is killed, Redis freezes, dies, comes back
//! empty, is slow or at the end of a dead connection, the disk for logs is full, a clock is wrong.
//!
//! Each time every caller is answered with 200 within [`IN_TIME`], by the caller's watch; nobody is promised to two callers,
//! as the soak's ledger judges from the answers alone; and [`BACK_WITHIN`] after the fault all instances decide again.
//! Another Redis in the place of the master is the matter of `redis_fails_over`.

mod balanced;
mod book;
mod clock;
mod disk;
mod house;
mod load;
mod machine;
mod redis;
mod thawed;

use std::time::Duration;

/// How long an answer may take, whatever happens.
const IN_TIME: Duration = Duration::from_millis(1_500);
/// How soon after a fault all instances decide again.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// How long a fault lasts: longer than every time limit that it could be hidden by.
const LASTS: Duration = Duration::from_secs(4);

/// How many agents are offered for a moment, and how many for longer than a fault lasts.
const AGENTS: usize = 30;
const BRIEFLY: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(7);

/// In no rule, so that a fallback is seen.
const FALLBACK: &str = "+911140009999";
const RULES: &str = r#"
country: IN
time_zone: Asia/Kolkata
presence: { heartbeat: 60s }
queues:
  brief: { agents: { groups: [brief] } }
  long: { agents: { groups: [long] }, strategy: round_robin }
rules:
  - name: held for a moment
    when: { digits: "1" }
    ring: { for: 1s }
    targets: [{ queue: brief }]
  - name: held for longer than a fault lasts
    when: { digits: "2" }
    ring: { for: 7s }
    targets: [{ queue: long }]
fallback: { numbers: ["+911140009999"] }
"#;
