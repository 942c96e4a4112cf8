//! What there is to buy.

use named::Named;
use serde::{Deserialize, Serialize};
use types::{Id, Money};

/// Something to buy.
#[derive(Clone, Debug, Deserialize, Eq, Named, PartialEq, Serialize)]
pub struct Product {
    pub id: Id,
    pub title: String,
    pub price: Money,
}

impl Product {
    /// A product that is new to the shop.
    pub fn new(title: &str, price: Money) -> Self {
        Self {
            id: Id::new(),
            title: title.to_owned(),
            price,
        }
    }

    /// Whether somebody who looks for these words means this product.
    pub fn matches(&self, words: &str) -> bool {
        let title = self.title.to_lowercase();
        words
            .split_whitespace()
            .all(|word| title.contains(&word.to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_by_all_words() {
        let product = Product::new("Red wool hat", Money(1999));
        assert!(product.matches("hat RED"));
        assert!(!product.matches("red shoes"));
    }
}
