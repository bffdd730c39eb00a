//! Arguments and an exit code.

fn main() {}
