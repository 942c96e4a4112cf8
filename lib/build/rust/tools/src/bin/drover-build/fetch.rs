//! Fetching what the lock file names.

use crate::run::run;

/// What cargo says, and what its reader should do.
const EXPLANATIONS: [(&str, &str); 5] = [
    (
        "--locked was passed",
        "Cargo.lock does not match the manifests: run `cargo check` and commit Cargo.lock",
    ),
    ("failed to authenticate", PRIVATE),
    ("could not read Username", PRIVATE),
    ("Authentication failed", PRIVATE),
    (
        "failed to select a version",
        "Cargo.lock does not match the manifests: run `cargo check` and commit Cargo.lock",
    ),
];

const PRIVATE: &str = "a dependency is private: name the secret with its credentials in the app's entry, \"build\": { \"gitCredentials\": \"…\" }; \
     pull requests have no secrets, and take such dependencies from the cache of the main branch";

/// Runs the command that fetches.
pub fn fetch(command: &[&str]) -> Result<(), String> {
    let outcome = run(command)?;
    if outcome.code == 0 {
        return Ok(());
    }
    let explained = EXPLANATIONS.iter().find(|(said, _)| outcome.output.contains(said));
    Err(match explained {
        Some((_, explanation)) => format!("\nerror: {explanation}"),
        None => "\nerror: the dependencies can't be fetched; see above".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explains_what_cargo_says() {
        let lock = fetch(&["sh", "-c", "echo 'cannot update because --locked was passed'; exit 101"]);
        assert!(lock.unwrap_err().contains("commit Cargo.lock"));
        let private = fetch(&["sh", "-c", "echo 'failed to authenticate when downloading'; exit 101"]);
        assert!(private.unwrap_err().contains("gitCredentials"));
        assert!(fetch(&["false"]).unwrap_err().contains("see above"));
        assert!(fetch(&["true"]).is_ok());
    }
}
