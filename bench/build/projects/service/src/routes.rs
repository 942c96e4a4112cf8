//! What the service answers.

use crate::links::{Link, Links, Target};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use std::sync::Arc;
use std::time::Duration;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use uuid::Uuid;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// `GET /` lists links, `POST /` makes one, `GET /{id}` follows it.
pub fn router(links: Arc<Links>) -> Router {
    Router::new()
        .route("/", get(list).post(create))
        .route("/{id}", get(follow))
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            TIMEOUT,
        ))
        .layer(TraceLayer::new_for_http())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .with_state(links)
}

async fn list(State(links): State<Arc<Links>>) -> Json<Vec<Link>> {
    Json(links.popular())
}

async fn create(
    State(links): State<Arc<Links>>,
    Json(target): Json<Target>,
) -> (StatusCode, Json<Link>) {
    (StatusCode::CREATED, Json(links.add(target)))
}

async fn follow(State(links): State<Arc<Links>>, Path(id): Path<Uuid>) -> Response {
    match links.follow(id) {
        Some(url) => Redirect::temporary(url.as_str()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
