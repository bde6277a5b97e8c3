//! The product's names, in one place: a fork by copy renames itself here (and in `Cargo.toml` and `connector-spec.json`,
//! which a test compares with this file).
//!
//! A fork by dependency gives its [`Product`] to [`crate::Connector::builder`]. The product is the process's, and no value
//! that is handed from room to room: help texts, the texts of errors and the `User-Agent` need it where nothing can be
//! handed in, and a process is one product.

use std::sync::OnceLock;

/// The crate's, the binary's and the specification's name.
pub const NAME: &str = env!("CARGO_PKG_NAME");
/// The name that people read in headings.
pub const TITLE: &str = "SCIM Connector";
/// The crate's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The connector's specification, as the platform gets it. What a fork adds is patched into it.
pub const SPEC: &str = include_str!("../connector-spec.json");

/// What a program is called.
///
/// ```
/// use scim_connector::Product;
///
/// let product = Product::new("acme-connector", "1.2.0").title("ACME Connector");
/// assert_eq!(product.user_agent(), "acme-connector/1.2.0");
/// assert_eq!(product.env_prefix(), "ACME_CONNECTOR_");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Product {
    /// The binary's and the specification's name.
    pub name: &'static str,
    /// The name that people read in headings.
    pub title: &'static str,
    pub version: &'static str,
}

impl Product {
    /// A product whose title is its name. A fork's own are `env!("CARGO_PKG_NAME")` and `env!("CARGO_PKG_VERSION")`.
    pub const fn new(name: &'static str, version: &'static str) -> Self {
        Self { name, title: name, version }
    }

    /// The same product with another title.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = title;
        self
    }

    /// Every command line option is also an environment variable: this prefix and the option's name in capitals.
    pub fn env_prefix(&self) -> String {
        let name: String = self.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        format!("{}_", name.to_ascii_uppercase())
    }

    /// Sent with every request; some providers refuse requests without one (GitHub does).
    pub fn user_agent(&self) -> String {
        format!("{}/{}", self.name, self.version)
    }

    /// The version, and for a fork also what it is made of.
    pub fn long_version(&self) -> String {
        if *self == OWN { self.version.to_owned() } else { format!("{} ({NAME} {VERSION})", self.version) }
    }
}

const OWN: Product = Product::new(NAME, VERSION).title(TITLE);

static CURRENT: OnceLock<Product> = OnceLock::new();

/// This process's product.
pub fn get() -> &'static Product {
    CURRENT.get().unwrap_or(&OWN)
}

/// Makes the process this product.
///
/// # Errors
/// With the product that it is already, if that is another.
pub fn set(product: Product) -> Result<(), &'static Product> {
    let current = CURRENT.get_or_init(|| product);
    if *current == product { Ok(()) } else { Err(current) }
}
