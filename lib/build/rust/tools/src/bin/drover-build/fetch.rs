//! Fetching what the lock file names.

use crate::run::run;
use std::path::Path;

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

const REFUSED: &str = "a dependency is private, and the credentials in the secret that the app's entry names, \"build\": { \"gitCredentials\": \"…\" }, were refused: \
     see whether they have expired, and whether they may read it";

/// Where a build has the credentials that the app's entry names.
pub const CREDENTIALS: &str = "/run/secrets/git-credentials";

/// Runs the command that fetches, with credentials where there are some.
pub fn fetch(command: &[&str], credentials: &str) -> Result<(), String> {
    let outcome = run(command)?;
    if outcome.code == 0 {
        return Ok(());
    }
    let explained = EXPLANATIONS.iter().find(|(said, _)| outcome.output.contains(said));
    Err(match explained {
        Some((_, PRIVATE)) if Path::new(credentials).exists() => format!("\nerror: {REFUSED}"),
        Some((_, explanation)) => format!("\nerror: {explanation}"),
        None => "\nerror: the dependencies can't be fetched; see above".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explains_what_cargo_says() {
        let lock = fetch(
            &["sh", "-c", "echo 'cannot update because --locked was passed'; exit 101"],
            "",
        );
        assert!(lock.unwrap_err().contains("commit Cargo.lock"));
        let asking = ["sh", "-c", "echo 'failed to authenticate when downloading'; exit 101"];
        assert!(fetch(&asking, "").unwrap_err().contains("name the secret"));
        assert!(fetch(&asking, "/").unwrap_err().contains("were refused"));
        assert!(fetch(&["false"], "").unwrap_err().contains("see above"));
        assert!(fetch(&["true"], "").is_ok());
    }
}
