//! How programs say what they do.

use tracing_subscriber::EnvFilter;

/// Writes what happens to the standard output, as much of it as `RUST_LOG` says.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
}
