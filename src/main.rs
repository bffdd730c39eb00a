//! Arguments and an exit code.

fn main() -> std::process::ExitCode {
    ringmaster::cli::run()
}
