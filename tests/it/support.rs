//! What the tests start for themselves, and stop again.

pub(crate) mod redis;
