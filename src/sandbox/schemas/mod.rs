//! What resources there are and what attributes they have: the discovery documents (RFC 7643 §5 to §7), and the same
//! definitions for whoever checks and changes resources.

mod attribute;
mod rfc;
mod salesforce;

pub(super) use attribute::{Attribute, Kind, Mutability};

use super::dialect::Dialect;
use super::options::Options;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A kind of resource, with its own schema and at most one extension.
#[derive(Debug)]
pub(super) struct ResourceType {
    pub name: &'static str,
    pub endpoint: &'static str,
    pub schema: Schema,
    pub extension: Option<Schema>,
}

#[derive(Debug)]
pub(super) struct Schema {
    pub urn: &'static str,
    name: &'static str,
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// The attribute with that name, in whatever case.
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn is(&self, urn: &str) -> bool {
        self.urn.eq_ignore_ascii_case(urn)
    }
}

impl ResourceType {
    /// The attribute with that name, in whatever case.
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// The attributes of its own schema, and those that every resource has (RFC 7643 §3.1).
    pub(super) fn attributes(&self) -> impl Iterator<Item = &Attribute> + Clone {
        COMMON.iter().filter(|common| self.schema.attribute(common.name).is_none()).chain(&self.schema.attributes)
    }

    fn schemas(&self) -> impl Iterator<Item = &Schema> {
        std::iter::once(&self.schema).chain(&self.extension)
    }
}

pub(super) fn resource_types(dialect: Dialect) -> &'static [ResourceType] {
    static SALESFORCE: LazyLock<Vec<ResourceType>> = LazyLock::new(salesforce::resource_types);
    static RFC: LazyLock<Vec<ResourceType>> = LazyLock::new(rfc::resource_types);
    match dialect {
        Dialect::Salesforce => &SALESFORCE,
        Dialect::Rfc => &RFC,
    }
}

/// What the server can do. It is answered at `path`, which is in the plural in Salesforce.
pub(super) fn service_provider_config(base_url: &str, path: &str, options: &Options) -> Value {
    let mut config = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": options.max_page_size },
        "changePassword": { "supported": true },
        "sort": { "supported": false },
        "etag": { "supported": false },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "Authentication scheme using the OAuth Bearer Token Standard",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base_url}/{path}"),
        },
    });
    if let (Dialect::Rfc, Some(config)) = (options.dialect, config.as_object_mut()) {
        // RFC 9865 §4.
        let pagination = json!({
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": options.page_size,
            "maxPageSize": options.max_page_size,
        });
        config.shift_insert(4, "pagination".to_owned(), pagination);
    }
    config
}

/// The resource types that this server has.
fn served(options: &Options) -> impl Iterator<Item = &'static ResourceType> {
    let has_roles = options.dialect == Dialect::Salesforce || options.roles;
    resource_types(options.dialect).iter().filter(move |resource| has_roles || resource.name != rfc::ROLE)
}

pub(super) fn resource_type_documents(options: &Options, base_url: &str) -> Vec<Value> {
    let document = |resource: &ResourceType| {
        let extension = |schema: &Schema| json!({ "schema": schema.urn, "required": false });
        let name = resource.name;
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": format!("/{}", resource.endpoint),
            "schema": resource.schema.urn,
            "schemaExtensions": resource.extension.iter().map(extension).collect::<Vec<_>>(),
            "meta": { "resourceType": "ResourceType", "location": format!("{base_url}/ResourceTypes/{name}") },
        })
    };
    served(options).map(document).collect()
}

pub(super) fn schema_documents(options: &Options, base_url: &str) -> Vec<Value> {
    let document = |schema: &Schema| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": schema.urn,
            "name": schema.name,
            "description": schema.name,
            "attributes": schema.attributes.iter().map(Attribute::document).collect::<Vec<_>>(),
            "meta": { "resourceType": "Schema", "location": format!("{base_url}/Schemas/{}", schema.urn) },
        })
    };
    served(options).flat_map(ResourceType::schemas).map(document).collect()
}

/// The attributes of every resource, which no schema lists.
static COMMON: LazyLock<[Attribute; 4]> = LazyLock::new(|| {
    [
        Attribute::text("schemas").read_only(),
        Attribute::text("id").exact().read_only(),
        Attribute::text("externalId").exact(),
        Attribute::complex("meta", META.map(Attribute::text).to_vec()).read_only(),
    ]
});

const META: [&str; 5] = ["resourceType", "created", "lastModified", "location", "version"];
