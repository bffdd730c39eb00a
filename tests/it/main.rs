//! The integration tests, one binary: a file per feature, helpers in `support`.

mod store;
mod support;
