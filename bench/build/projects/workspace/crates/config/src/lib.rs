//! What the environment says.

use std::str::FromStr;
use thiserror::Error;

/// A variable that can't be used.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{name} is not what it should be: {value}")]
pub struct Unusable {
    name: String,
    value: String,
}

/// Reads a variable, or takes a default where there is none.
pub fn read<T: FromStr>(name: &str, default: T) -> Result<T, Unusable> {
    parse(name, std::env::var(name).ok(), default)
}

fn parse<T: FromStr>(name: &str, value: Option<String>, default: T) -> Result<T, Unusable> {
    let Some(value) = value else {
        return Ok(default);
    };
    value.parse().map_err(|_| Unusable {
        name: name.to_owned(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_or_refused() {
        assert_eq!(parse("PORT", None, 8080), Ok(8080));
        assert_eq!(parse("PORT", Some("3000".to_owned()), 8080), Ok(3000));
        let error = parse("PORT", Some("http".to_owned()), 8080).unwrap_err();
        assert_eq!(error.to_string(), "PORT is not what it should be: http");
    }
}
