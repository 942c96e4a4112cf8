//! Where everything is kept: in memory.

use catalog::Product;
use orders::Order;
use std::collections::BTreeMap;
use tokio::sync::RwLock;
use types::Id;

/// All products and orders.
#[derive(Debug, Default)]
pub struct Storage {
    products: RwLock<BTreeMap<Id, Product>>,
    orders: RwLock<BTreeMap<Id, Order>>,
}

impl Storage {
    pub async fn add_product(&self, product: Product) {
        self.products.write().await.insert(product.id, product);
    }

    pub async fn product(&self, id: Id) -> Option<Product> {
        self.products.read().await.get(&id).cloned()
    }

    pub async fn products(&self, words: &str) -> Vec<Product> {
        let products = self.products.read().await;
        let found = products.values().filter(|product| product.matches(words));
        found.cloned().collect()
    }

    pub async fn add_order(&self, order: Order) {
        self.orders.write().await.insert(order.id, order);
    }

    /// Orders that nobody has sent yet; from now on they are sent.
    pub async fn send(&self) -> Vec<Order> {
        let mut orders = self.orders.write().await;
        let mut sent = Vec::new();
        for order in orders.values_mut().filter(|order| !order.is_sent) {
            order.is_sent = true;
            sent.push(order.clone());
        }
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Money;

    #[tokio::test]
    async fn an_order_is_sent_once() {
        let storage = Storage::default();
        let hat = Product::new("Hat", Money(1999));
        storage.add_product(hat.clone()).await;
        storage.add_order(Order::of(&[(hat, 1)]).unwrap()).await;
        assert_eq!(storage.send().await.len(), 1);
        assert_eq!(storage.send().await.len(), 0);
        assert_eq!(storage.products("hat").await.len(), 1);
    }
}
