//! The `veche` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    veche::cli::main()
}
