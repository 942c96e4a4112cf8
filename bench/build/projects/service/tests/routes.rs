//! The service as its users meet it.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use links::links::{Link, Links};
use links::routes::router;
use std::sync::Arc;
use tower::ServiceExt;

#[tokio::test]
async fn a_link_is_made_and_followed() {
    let links = Arc::new(Links::default());
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(
            r#"{ "url": "https://example.com/a/long/path" }"#,
        ))
        .unwrap();
    let answer = router(links.clone()).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let body = to_bytes(answer.into_body(), 4096).await.unwrap();
    let link: Link = serde_json::from_slice(&body).unwrap();

    let request = Request::get(format!("/{}", link.id))
        .body(Body::empty())
        .unwrap();
    let answer = router(links).oneshot(request).await.unwrap();
    assert_eq!(
        answer.headers()[header::LOCATION],
        "https://example.com/a/long/path"
    );
}

#[tokio::test]
async fn an_unknown_link_leads_nowhere() {
    let request = Request::get("/00000000-0000-0000-0000-000000000000")
        .body(Body::empty())
        .unwrap();
    let answer = router(Arc::default()).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}
