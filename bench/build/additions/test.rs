//! A test that was not there before.

#[test]
fn is_there() {
    assert_eq!(env!("CARGO_PKG_VERSION"), "0.1.0");
}
