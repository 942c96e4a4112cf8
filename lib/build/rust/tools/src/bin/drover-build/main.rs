//! What the stages of a build call: see the Dockerfile that the pipeline renders.
//!
//! ```text
//! drover-build plan OUT [PACKAGE]      look at the checkout before anything is fetched or compiled
//! drover-build fetch COMMAND …         run it, and explain why it failed
//! drover-build step NAME COMMAND …     run it, and report the result instead of failing
//! drover-build verdict                 fail when any step has failed, with its reason
//! ```

mod binaries;
mod configuration;
mod fetch;
mod junit;
mod lock;
mod manifest;
mod patches;
mod plan;
mod run;
mod steps;
mod toolchain;

use std::path::Path;
use std::process::ExitCode;

/// Where steps leave their reports, and the verdict looks for them.
const REPORTS: &str = "/reports";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let reports = Path::new(REPORTS);
    let result = match arguments.as_slice() {
        ["plan", out] => plan::plan(Path::new("."), Path::new(out), None),
        ["plan", out, package] => plan::plan(Path::new("."), Path::new(out), Some(package)),
        ["fetch", command @ ..] if !command.is_empty() => fetch::fetch(command, fetch::CREDENTIALS),
        ["step", name, command @ ..] if !command.is_empty() => steps::step(reports, name, command),
        ["verdict"] => steps::verdict(reports),
        _ => Err("usage: drover-build plan OUT [PACKAGE] | fetch COMMAND … | step NAME COMMAND … | verdict".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
