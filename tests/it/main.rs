//! The integration tests, one binary: a file per feature, helpers in `support`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::as_conversions,
    clippy::let_underscore_must_use,
    clippy::wildcard_enum_match_arm,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on fails"
)]

mod agents;
mod agents_files;
mod agents_follow;
mod architecture;
mod attempts;
mod bad_input;
mod call_reports;
mod calls;
mod connect;
mod console;
mod decisions;
mod demo;
mod deploy;
mod explain;
mod fairness;
mod faults;
mod fuzz;
mod guard;
mod health;
mod limits;
mod log_lines;
mod max_calls;
mod metrics;
mod never_dead_air;
mod no_double_booking;
mod openapi;
mod outcomes;
mod problems;
mod readme;
mod redis_emptied;
mod redis_fails;
mod redis_fails_over;
mod redis_lines;
mod redis_refuses;
mod redis_under_load;
mod replay;
mod rules_check;
mod rules_in_use;
mod rules_refused;
mod rules_reload;
mod rules_test;
mod rules_under_load;
mod sample;
mod shipped_rules;
mod shutdown;
mod simulate;
mod soak;
#[cfg(target_os = "linux")]
mod stalled;
mod steady;
mod sticky;
mod store;
mod support;
#[cfg(feature = "otel")]
mod traces;
mod voice;
