//! Sends what was ordered, until SIGTERM.

use events::Event;
use orders::Order;
use std::error::Error;
use std::time::Duration;
use storage::Storage;
use tokio::signal::unix::{SignalKind, signal};

/// What there is to tell of orders that have just been sent, a line each.
fn lines(sent: &[Order]) -> serde_json::Result<Vec<String>> {
    sent.iter()
        .map(|order| Event::Sent { order: order.id }.line())
        .collect()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    telemetry::start();
    let storage = Storage::default();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut ticks = tokio::time::interval(Duration::from_secs(config::read("INTERVAL", 5)?));
    loop {
        tokio::select! {
            _ = ticks.tick() => for line in lines(&storage.send().await)? {
                tracing::info!("{line}");
            },
            _ = terminate.recv() => break,
        }
    }
    tracing::info!("worker {} done", env!("CARGO_PKG_VERSION"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Id;

    #[test]
    fn tells_of_each_order() {
        let order = |is_sent| Order {
            id: Id::new(),
            lines: Vec::new(),
            is_sent,
        };
        assert_eq!(lines(&[order(true), order(true)]).unwrap().len(), 2);
    }
}
