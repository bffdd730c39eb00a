//! The virtual day agrees with theory where theory has an answer, within the confidence interval of the run.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use ringmaster::rules::{RuleBook, Scenario};
use ringmaster::simulate::{
    CallOutcome, CallRecord, PlayOptions, Record, ServiceSettings, play_embedded,
};

use super::erlang::{Theory, erlang_a, erlang_c};

/// Agents answer at once and are free at once. Numbers of the fetch loop do not matter here: nothing rings in vain.
const RULES: &str = r"
country: IN
time_zone: Asia/Kolkata
answer: { events: true, max_conversation_duration: 75m }
queues:
  desk: { agents: { groups: [desk] } }
rules:
  - { name: all, targets: [{ queue: desk }] }
fallback: { numbers: [] }
";

/// The mean conversation, in seconds. The longest that Exotel allows is forty-five times as long: none is cut.
const TALK: f64 = 100.0;

/// The flow asks again fifty times in a conversation: an agent who comes free while somebody waits is idle for a hundredth of
/// a conversation, so that the load is a little higher than theory has it, by less than is measured here.
const AGAIN: &str = "2s";

const AGENTS: u32 = 10;

/// The runs of one experiment, each with a seed of its own, from which means and their certainty come.
const RUNS: u64 = 12;

/// Of each run, the first calls come while the desk is still quiet: they are left out.
const WARM_UP: usize = 200;

/// Student's t for 99 % and eleven degrees of freedom, on both sides.
const STUDENT: f64 = 3.106;

/// A mean over the runs, and how sure it is: half the width of its 99 % confidence interval.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    mean: f64,
    margin: f64,
}

impl Estimate {
    fn of(values: &[f64]) -> Self {
        let count = f64::from(u32::try_from(values.len()).unwrap());
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|value| (value - mean).powi(2));
        let deviation = (squares.sum::<f64>() / (count - 1.0)).sqrt();
        Self {
            mean,
            margin: STUDENT * deviation / count.sqrt(),
        }
    }

    fn agrees_with(self, theory: f64) -> bool {
        (self.mean - theory).abs() <= self.margin
    }
}

/// What was measured, in the words of the theory.
struct Measured {
    waits: Estimate,
    mean_wait: Estimate,
    abandons: Estimate,
}

async fn play(load: f64, patience: Option<f64>, seed: u64, calls: u64) -> Record {
    let rules = RuleBook::parse("rules.yaml", RULES).unwrap();
    let per_hour = load * 3_600.0 / TALK;
    let mut scenario = format!(
        "start: \"2026-11-23T09:00\"\nlength: 300d\ntalk: {{ mean: {TALK}s, like: exponential }}\n\
         arrivals: [{{ name: all, to: \"01135124157\", per_hour: {per_hour} }}]\n\
         phones: {{ pick_up: {{ mean: 0, like: fixed }} }}\n\
         agents: {{ desk: {{ count: {AGENTS}, groups: [desk] }} }}\n\
         callers: {{ again: {AGAIN}, most: 100d"
    );
    if let Some(patience) = patience {
        write!(scenario, ", patience: {}s", patience * TALK).unwrap();
    }
    scenario.push_str(" }\n");
    let scenario = Scenario::parse("scenario.yaml", &scenario, &rules).unwrap();
    let settings = ServiceSettings {
        margin: Duration::from_secs(5),
        replay_window: Duration::from_millis(100),
    };
    let options = PlayOptions {
        seed: Some(seed),
        calls: Some(calls),
    };
    let rules = Arc::new(rules);
    let played = play_embedded(&scenario, rules, settings, options, &mut |_| {}).await;
    let (record, _) = played.unwrap();
    assert_eq!(record.breaches, []);
    record
}

async fn measure(load: f64, patience: Option<f64>, calls: u64) -> Measured {
    let (mut waits, mut mean_wait, mut abandons) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 1..=RUNS {
        let mut record = play(load, patience, seed, calls).await;
        record.calls.sort_by_key(|call| call.arrived);
        let calls = &record.calls[WARM_UP..];
        let share = |is_meant: fn(&CallRecord) -> bool| {
            let meant = calls.iter().filter(|call| is_meant(call)).count();
            f64::from(u32::try_from(meant).unwrap())
                / f64::from(u32::try_from(calls.len()).unwrap())
        };
        waits.push(share(|call| !call.waited.is_zero()));
        abandons.push(share(|call| call.outcome == CallOutcome::Abandoned));
        let waited: f64 = calls.iter().map(|call| call.waited.as_secs_f64()).sum();
        mean_wait.push(waited / TALK / f64::from(u32::try_from(calls.len()).unwrap()));
    }
    Measured {
        waits: Estimate::of(&waits),
        mean_wait: Estimate::of(&mean_wait),
        abandons: Estimate::of(&abandons),
    }
}

fn assert_agreement(measured: &Measured, theory: Theory) {
    for (what, seen, said) in [
        ("who waits", measured.waits, theory.waits),
        ("mean wait", measured.mean_wait, theory.mean_wait),
        ("abandoned", measured.abandons, theory.abandons),
    ] {
        assert!(seen.agrees_with(said), "{what}: {seen:?}, theory {said}");
        // A margin as wide as the value would agree with anything.
        assert!(seen.margin <= 0.3 * said, "{what}: {seen:?}, theory {said}");
    }
}

#[tokio::test]
async fn patient_callers_wait_as_erlang_c_says() {
    let measured = measure(7.0, None, 2_600).await;
    assert_agreement(&measured, erlang_c(AGENTS, 7.0));
    // It would be seen if an agent were idle all the time, or one too many.
    for agents in [AGENTS - 1, AGENTS + 1] {
        let other = erlang_c(agents, 7.0);
        assert!(!measured.waits.agrees_with(other.waits), "{agents} agents");
        assert!(
            !measured.mean_wait.agrees_with(other.mean_wait),
            "{agents} agents"
        );
    }
}

#[tokio::test]
async fn impatient_callers_wait_and_leave_as_erlang_a_says() {
    let measured = measure(9.0, Some(0.5), 1_800).await;
    assert_agreement(&measured, erlang_a(AGENTS, 9.0, 0.5));
}
