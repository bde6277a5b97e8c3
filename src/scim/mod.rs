//! A SCIM 2.0 client (RFC 7643, RFC 7644, RFC 9865): resources, attribute paths, filters, list responses, pages, providers.
//!
//! It knows no word of the platform: accounts and entitlements are `mapping`'s. `filter`, `path`, `provider` and `resource`
//! are pure.

mod ahead;
mod attribute;
mod client;
mod discovery;
mod error;
pub mod filter;
mod id_list;
mod ids;
mod json;
mod list;
mod list_all;
mod pages;
pub mod patch;
pub mod path;
mod plan;
mod proof;
pub mod provider;
mod query;
mod reading;
mod refusal;
pub mod resource;
mod route;
mod spelling;

pub use client::{Client, Options, Target};
pub use discovery::{Discovery, Missing, Pagination, ServerConfig, Survey, Way};
pub use error::{Error, Gap, Incomplete};
pub use json::{Json, Kind as JsonKind, Node, write_text as write_json_text};
pub use list_all::Batch;
pub use pages::{Openings, Part, Query, Rows};
pub use plan::Plan;
pub use reading::{Made, PageRead, Read};
pub use refusal::Refusal;
#[cfg(feature = "fuzzing")]
pub(crate) use {json::parse as parse_json, list::ListPage};
