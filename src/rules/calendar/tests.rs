//! Which moments are open.
