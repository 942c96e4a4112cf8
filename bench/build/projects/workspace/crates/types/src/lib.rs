//! What every part of the shop speaks of.

use named::Named;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul};
use uuid::Uuid;

/// Names a product, an order or a customer.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, Named, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Id(Uuid);

impl Id {
    /// One that nobody has had before.
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }
}

impl Default for Id {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// An amount of money, in cents.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Named, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Money(pub u64);

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Mul<u32> for Money {
    type Output = Self;

    fn mul(self, count: u32) -> Self {
        Self(self.0 * u64::from(count))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_added_up_and_shown() {
        let sum: Money = [Money(150) * 2, Money(5)].into_iter().sum();
        assert_eq!(sum.to_string(), "3.05");
        assert_eq!(Money::NAME, "Money");
    }

    #[test]
    fn an_id_travels_as_text() {
        let id = Id::new();
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
    }
}
