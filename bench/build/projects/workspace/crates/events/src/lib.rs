//! What parts of the shop tell each other.

use named::Named;
use orders::Order;
use serde::{Deserialize, Serialize};
use types::Id;

/// Something that has happened.
#[derive(Clone, Debug, Deserialize, Eq, Named, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    Ordered { order: Order },
    Sent { order: Id },
}

impl Event {
    /// The event as one line of text.
    pub fn line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travels_as_a_line() {
        let event = Event::Sent { order: Id::new() };
        let line = event.line().unwrap();
        assert!(line.starts_with(r#"{"kind":"sent","order":""#), "{line}");
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }
}
