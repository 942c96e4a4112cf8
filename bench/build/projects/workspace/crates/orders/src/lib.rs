//! What was bought.

use catalog::Product;
use named::Named;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use types::{Id, Money};

/// How many of a product.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Line {
    pub product: Id,
    pub price: Money,
    pub count: u32,
}

/// What somebody has bought.
#[derive(Clone, Debug, Deserialize, Eq, Named, PartialEq, Serialize)]
pub struct Order {
    pub id: Id,
    pub lines: Vec<Line>,
    pub is_sent: bool,
}

/// Why something was not bought.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Refused {
    #[error("an order has at least one line")]
    Empty,
    #[error("an order has at most {0} of a product")]
    TooMany(u32),
}

/// The most that an order may have of a product.
const MOST: u32 = 100;

impl Order {
    /// An order of these products.
    pub fn of(products: &[(Product, u32)]) -> Result<Self, Refused> {
        if products.is_empty() {
            return Err(Refused::Empty);
        }
        if products.iter().any(|(_, count)| *count > MOST) {
            return Err(Refused::TooMany(MOST));
        }
        let line = |(product, count): &(Product, u32)| Line {
            product: product.id,
            price: product.price,
            count: *count,
        };
        Ok(Self {
            id: Id::new(),
            lines: products.iter().map(line).collect(),
            is_sent: false,
        })
    }

    /// What it costs.
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.price * line.count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_what_its_lines_cost() {
        let hat = Product::new("Hat", Money(1999));
        let sock = Product::new("Sock", Money(250));
        assert_eq!(
            Order::of(&[(hat, 1), (sock, 2)]).unwrap().total(),
            Money(2499)
        );
    }

    #[test]
    fn is_refused_with_a_reason() {
        assert_eq!(Order::of(&[]), Err(Refused::Empty));
        let hat = Product::new("Hat", Money(1999));
        let error = Order::of(&[(hat, 101)]).unwrap_err();
        assert_eq!(error.to_string(), "an order has at most 100 of a product");
    }
}
