//! What the path of an edit leads to, by the schemas of the resource.

use crate::sandbox::errors::Refusal;
use crate::sandbox::schemas::{Attribute, ResourceType, Schema};
use crate::scim::path::Path;
use scim_v2::filter::{PatchPath, ValFilter};

/// The place that a path names.
#[derive(Debug)]
pub(in crate::sandbox) enum Target {
    /// A schema extension as a whole.
    Extension(&'static Schema),
    Attribute {
        /// The extension that the attribute belongs to; none for the resource's own.
        extension: Option<&'static Schema>,
        attribute: &'static Attribute,
        /// Which elements of a multi-valued attribute.
        filter: Option<ValFilter>,
        /// The sub-attribute.
        part: Option<&'static Attribute>,
    },
}

impl Target {
    pub(in crate::sandbox) fn parse(path: &str, resource: &'static ResourceType) -> Result<Self, Refusal> {
        if let Some(extension) = resource.extension.as_ref().filter(|extension| extension.is(path)) {
            return Ok(Self::Extension(extension));
        }
        let parsed: Path = path.parse().map_err(|error| refusal(format!("Invalid path: {error}")))?;
        let (attribute_path, filter, part) = match parsed.parsed() {
            PatchPath::Attr(path) => (path, None, path.sub_attr.as_deref()),
            PatchPath::Value(path) => (&path.attr, Some(path.filter.clone()), path.sub_attr.as_deref()),
        };
        let no_attribute = || refusal(format!("\"{path}\" names no attribute of a {}", resource.name));
        let (extension, attribute) = match &attribute_path.uri {
            None => (None, resource.attribute(&attribute_path.name)),
            Some(urn) if resource.schema.is(urn) => (None, resource.attribute(&attribute_path.name)),
            Some(urn) => {
                let extension = resource.extension.as_ref().filter(|extension| extension.is(urn));
                (extension, extension.and_then(|extension| extension.attribute(&attribute_path.name)))
            }
        };
        let attribute = attribute.ok_or_else(no_attribute)?;
        let part = part.map(|name| attribute.part(name).ok_or_else(no_attribute)).transpose()?;
        if filter.is_some() && !attribute.is_multi {
            return Err(refusal(format!("\"{}\" has one value only, and no filter chooses among it", attribute.name)));
        }
        Ok(Self::Attribute { extension, attribute, filter, part })
    }

    /// Whether the path leads into that attribute of the resource's own.
    pub(in crate::sandbox) fn is_within(&self, name: &str) -> bool {
        matches!(self, Self::Attribute { extension: None, attribute, .. } if attribute.name == name)
    }
}

fn refusal(detail: String) -> Refusal {
    Refusal::bad_request("invalidPath", detail)
}
