//! What queueing theory says of calls that come without memory and conversations that end without memory.

/// What callers meet who wait for one of several agents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theory {
    /// The share who have to wait at all.
    pub(super) waits: f64,
    /// The mean wait of all callers, whether answered or not, in units of the mean conversation.
    pub(super) mean_wait: f64,
    /// The share who hang up.
    pub(super) abandons: f64,
}

/// Erlang C: `agents` at an offered load of `load` conversations at a time, and callers who wait for ever.
pub(super) fn erlang_c(agents: u32, load: f64) -> Theory {
    let count = f64::from(agents);
    // Erlang B, by its recurrence.
    let blocked = (1..=agents).fold(1.0, |blocked, agents| {
        load * blocked / (f64::from(agents) + load * blocked)
    });
    let used = load / count;
    let waits = blocked / (1.0 - used * (1.0 - blocked));
    Theory {
        waits,
        mean_wait: waits / (count - load),
        abandons: 0.0,
    }
}

/// Erlang A: callers hang up after an exponential time of this mean, in units of the mean conversation. The states of the
/// birth-and-death process are summed up as far as they have any weight.
pub(super) fn erlang_a(agents: u32, load: f64, patience: f64) -> Theory {
    let (mut weight, mut whole, mut waiting, mut queue) = (1.0, 1.0, 0.0, 0.0);
    for calls in 1..100_000_u32 {
        let (talking, queued) = (calls.min(agents), calls.saturating_sub(agents));
        weight *= load / (f64::from(talking) + f64::from(queued) / patience);
        whole += weight;
        if calls >= agents {
            waiting += weight;
            queue += weight * f64::from(queued);
        }
        if calls > agents && weight / whole < 1e-15 {
            break;
        }
    }
    let queue = queue / whole;
    Theory {
        waits: waiting / whole,
        // Little: what stands in the queue is the rate of arrivals times the mean wait.
        mean_wait: queue / load,
        // Each of those who wait hangs up at the rate of their impatience.
        abandons: queue / patience / load,
    }
}

#[test]
fn erlang_c_has_the_values_that_tables_have() {
    // One agent: the share who wait is the load (M/M/1); two: 2ρ²/(1 + ρ) with ρ = load / 2.
    assert!((erlang_c(1, 0.7).waits - 0.7).abs() < 1e-12);
    assert!((erlang_c(2, 1.0).waits - 1.0 / 3.0).abs() < 1e-12);
    // Ten agents, eight erlangs: 0.4092 in published tables.
    assert!((erlang_c(10, 8.0).waits - 0.4092).abs() < 5e-5);
    assert!((erlang_c(10, 8.0).mean_wait - 0.4092 / 2.0).abs() < 5e-5);
}

#[test]
fn erlang_a_lies_between_those_who_wait_for_ever_and_those_who_do_not_wait_at_all() {
    let patient = erlang_a(10, 8.0, 1e9);
    let theory = erlang_c(10, 8.0);
    assert!((patient.waits - theory.waits).abs() < 1e-6);
    assert!((patient.mean_wait - theory.mean_wait).abs() < 1e-6);
    // Nobody waits: who finds all ten busy is lost (Erlang B, 0.1217 at eight erlangs).
    let lost = erlang_a(10, 8.0, 1e-9);
    assert!((lost.abandons - 0.1217).abs() < 5e-5, "{lost:?}");
    // Patience as long as a conversation: every call, talking or waiting, leaves at the same rate, so that their number is
    // that of M/M/∞, which is Poisson.
    let equal = erlang_a(2, 1.0, 1.0);
    let poisson = 1.0 - 2.0 * (-1.0_f64).exp();
    assert!((equal.waits - poisson).abs() < 1e-12, "{equal:?}");
}
