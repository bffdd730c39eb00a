//! What the tests start for themselves, and stop again.

pub(crate) mod certificates;
pub(crate) mod cluster;
pub(crate) mod desk;
pub(crate) mod flaky;
pub(crate) mod log;
pub(crate) mod nodes;
pub(crate) mod office;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod redis;
pub(crate) mod sentinels;
pub(crate) mod server;
