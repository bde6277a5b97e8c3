//! A SCIM 2.0 connector service for identity governance platforms.
pub mod clock;
pub mod product;
pub mod protocol;
pub mod sandbox;
pub mod scim;
pub mod transport;
