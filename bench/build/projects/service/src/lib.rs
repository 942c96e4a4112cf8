//! Short links, kept in memory.

pub mod links;
pub mod routes;
