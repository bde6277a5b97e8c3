//! A SCIM 2.0 client (RFC 7643, RFC 7644): resources, attribute paths, filters, list responses, pages, providers.
//!
//! It knows no word of the platform: accounts and entitlements are `mapping`'s.

pub mod filter;
pub mod path;
pub mod resource;
