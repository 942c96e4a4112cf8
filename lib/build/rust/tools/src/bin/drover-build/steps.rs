//! The steps of a check. A stage of a build that fails exports neither its files nor its cache, so a step that fails
//! only notes that it has; the verdict fails afterwards.

use crate::junit::{Case, report};
use crate::run::{last_lines, run};
use std::fs;
use std::path::Path;

/// Lines of a failed step that are said once more at the end.
const LAST_LINES: usize = 40;

/// Where nextest writes its own report, which has every test in it.
const NEXTEST_REPORT: &str = "nextest/default/junit.xml";

/// Runs a step. Only what keeps it from running at all is an error.
pub fn step(reports: &Path, name: &str, command: &[&str]) -> Result<(), String> {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let of_nextest = Path::new(&target).join(NEXTEST_REPORT);
    // One of an earlier step would be taken for this one's.
    let _ = fs::remove_file(&of_nextest);

    let outcome = run(command)?;
    let reason = last_lines(&outcome.output, LAST_LINES);
    let failure = (outcome.code != 0).then_some(reason.as_str());
    let xml = fs::read_to_string(&of_nextest).unwrap_or_else(|_| {
        report(&Case {
            name,
            time: outcome.time,
            failure,
        })
    });

    write(reports, &format!("{name}.xml"), &xml)?;
    write(reports, &format!("{name}.log"), &outcome.output)?;
    let line = format!("{} {:.1}\n", outcome.code, outcome.time.as_secs_f64());
    write(reports, &format!("{name}.result"), &line)
}

fn write(folder: &Path, file: &str, content: &str) -> Result<(), String> {
    let path = folder.join(file);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, content))
        .map_err(|error| format!("can't write {}: {error}", path.display()))
}

/// Fails when a step has failed, and says why in the last lines.
pub fn verdict(reports: &Path) -> Result<(), String> {
    let mut results = results(reports)?;
    if results.is_empty() {
        return Err("no step has left a result".to_owned());
    }
    results.sort();
    for result in &results {
        let word = if result.code == 0 { "ok" } else { "FAILED" };
        println!("{:<10} {word:<7} {:>7} s", result.name, result.seconds);
    }
    let failed: Vec<&StepResult> = results.iter().filter(|result| result.code != 0).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let reasons = failed.iter().map(|StepResult { name, code, .. }| {
        let log = fs::read_to_string(reports.join(format!("{name}.log"))).unwrap_or_default();
        format!(
            "\n{name} failed with exit code {code}:\n{}",
            last_lines(&log, LAST_LINES)
        )
    });
    Err(reasons.collect::<Vec<_>>().join("\n"))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct StepResult {
    name: String,
    code: i32,
    seconds: String,
}

fn results(reports: &Path) -> Result<Vec<StepResult>, String> {
    let cannot = |error: std::io::Error| format!("can't read {}: {error}", reports.display());
    let mut results = Vec::new();
    for entry in fs::read_dir(reports).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let (Some(name), Some("result")) = (
            path.file_stem().and_then(|name| name.to_str()),
            path.extension().and_then(|extension| extension.to_str()),
        ) else {
            continue;
        };
        let line = fs::read_to_string(&path).map_err(cannot)?;
        let (code, seconds) = line.trim().split_once(' ').unwrap_or(("", ""));
        // What can't be read is no success.
        let code = code.parse().unwrap_or(1);
        results.push(StepResult {
            name: name.to_owned(),
            code,
            seconds: seconds.to_owned(),
        });
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("drover-build-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn a_step_that_fails_is_reported_and_told_by_the_verdict() {
        let reports = folder("failing");
        step(&reports, "rustfmt", &["true"]).unwrap();
        verdict(&reports).unwrap();
        step(&reports, "clippy", &["sh", "-c", "echo 'error: lint'; exit 101"]).unwrap();
        let reason = verdict(&reports).unwrap_err();
        assert!(
            reason.ends_with("clippy failed with exit code 101:\nerror: lint"),
            "{reason}"
        );
        assert!(
            fs::read_to_string(reports.join("clippy.xml"))
                .unwrap()
                .contains("<failure")
        );
        assert!(
            !fs::read_to_string(reports.join("rustfmt.xml"))
                .unwrap()
                .contains("<failure")
        );
        fs::remove_dir_all(reports).unwrap();
    }

    #[test]
    fn no_result_is_no_success() {
        let reports = folder("empty");
        fs::create_dir_all(&reports).unwrap();
        assert_eq!(verdict(&reports).unwrap_err(), "no step has left a result");
        fs::write(reports.join("tests.result"), "").unwrap();
        assert!(verdict(&reports).is_err());
        fs::remove_dir_all(reports).unwrap();
    }
}
