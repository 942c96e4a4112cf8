//! The shop's API: `GET /products?words=…`, `POST /products`, `POST /orders`.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use catalog::Product;
use orders::Order;
use serde::Deserialize;
use std::error::Error;
use std::sync::Arc;
use storage::Storage;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use types::{Id, Money};

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    words: String,
}

#[derive(Deserialize)]
struct NewProduct {
    title: String,
    price: Money,
}

#[derive(Deserialize)]
struct NewLine {
    product: Id,
    count: u32,
}

fn router(storage: Arc<Storage>) -> Router {
    Router::new()
        .route(
            "/",
            get(async || concat!("api ", env!("CARGO_PKG_VERSION"))),
        )
        .route("/products", get(search).post(add))
        .route("/orders", post(order))
        .with_state(storage)
}

async fn search(
    State(storage): State<Arc<Storage>>,
    Query(search): Query<Search>,
) -> Json<Vec<Product>> {
    Json(storage.products(&search.words).await)
}

async fn add(
    State(storage): State<Arc<Storage>>,
    Json(NewProduct { title, price }): Json<NewProduct>,
) -> (StatusCode, Json<Product>) {
    let product = Product::new(&title, price);
    storage.add_product(product.clone()).await;
    (StatusCode::CREATED, Json(product))
}

async fn order(State(storage): State<Arc<Storage>>, Json(lines): Json<Vec<NewLine>>) -> Response {
    let mut products = Vec::new();
    for line in lines {
        let Some(product) = storage.product(line.product).await else {
            return (
                StatusCode::NOT_FOUND,
                format!("no product {}", line.product),
            )
                .into_response();
        };
        products.push((product, line.count));
    }
    match Order::of(&products) {
        Ok(order) => {
            storage.add_order(order.clone()).await;
            (StatusCode::CREATED, Json(order)).into_response()
        }
        Err(reason) => (StatusCode::UNPROCESSABLE_ENTITY, reason.to_string()).into_response(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    telemetry::start();
    let mut terminate = signal(SignalKind::terminate())?;
    let port: u16 = config::read("PORT", 8080)?;
    let listener = TcpListener::bind(("0.0.0.0", port)).await?;
    tracing::info!("api {} on port {port}", env!("CARGO_PKG_VERSION"));
    axum::serve(listener, router(Arc::default()))
        .with_graceful_shutdown(async move {
            terminate.recv().await;
        })
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, header};
    use tower::ServiceExt;

    async fn send(storage: &Arc<Storage>, path: &str, body: String) -> (StatusCode, String) {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .unwrap();
        let answer = router(storage.clone()).oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 4096).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_product_is_ordered() {
        let storage = Arc::default();
        let product = r#"{ "title": "Hat", "price": 1999 }"#.to_owned();
        let (_, product) = send(&storage, "/products", product).await;
        let product: Product = serde_json::from_str(&product).unwrap();
        let lines = format!(r#"[{{ "product": "{}", "count": 2 }}]"#, product.id);
        let (status, order) = send(&storage, "/orders", lines).await;
        assert_eq!(status, StatusCode::CREATED);
        let order: Order = serde_json::from_str(&order).unwrap();
        assert_eq!(order.total(), Money(3998));
    }

    #[tokio::test]
    async fn an_empty_order_is_refused() {
        let (status, reason) = send(&Arc::default(), "/orders", "[]".to_owned()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(reason, "an order has at least one line");
    }
}
