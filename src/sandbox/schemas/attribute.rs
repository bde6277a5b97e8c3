//! The definition of an attribute (RFC 7643 §7): what its values may be, and who may change them. The definitions
//! themselves are `salesforce`'s and `rfc`'s.

use serde_json::{Value, json};

/// An attribute, or a sub-attribute of a complex one.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "the characteristics that RFC 7643 §7 lists")]
pub(in crate::sandbox) struct Attribute {
    pub name: &'static str,
    pub kind: Kind,
    pub is_multi: bool,
    pub is_required: bool,
    pub mutability: Mutability,
    is_exact: bool,
    is_unique: bool,
    references: &'static [&'static str],
    canonical: &'static [&'static str],
    pub parts: Vec<Self>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Kind {
    Text,
    Boolean,
    Complex,
    Reference,
    Binary,
}

/// Who may change a value, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Mutability {
    ReadWrite,
    ReadOnly,
    /// Set together with what it belongs to, and never again.
    Immutable,
    /// Never answered.
    WriteOnly,
}

impl Attribute {
    fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            is_multi: false,
            is_required: false,
            mutability: Mutability::ReadWrite,
            is_exact: false,
            is_unique: false,
            references: &[],
            canonical: &[],
            parts: Vec::new(),
        }
    }

    pub(super) fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }

    pub(super) fn boolean(name: &'static str) -> Self {
        Self::new(name, Kind::Boolean)
    }

    pub(super) fn binary(name: &'static str) -> Self {
        Self { is_exact: true, ..Self::new(name, Kind::Binary) }
    }

    /// `references` are names of resource types, or `external`.
    pub(super) fn reference(name: &'static str, references: &'static [&'static str]) -> Self {
        Self { references, is_exact: true, ..Self::new(name, Kind::Reference) }
    }

    pub(super) fn complex(name: &'static str, parts: Vec<Self>) -> Self {
        Self { parts, ..Self::new(name, Kind::Complex) }
    }

    pub(super) fn multi(name: &'static str, parts: Vec<Self>) -> Self {
        Self { is_multi: true, ..Self::complex(name, parts) }
    }

    pub(super) fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    pub(super) fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    pub(super) fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    pub(super) fn write_only(self) -> Self {
        Self { mutability: Mutability::WriteOnly, ..self }
    }

    /// Its case counts.
    pub(super) fn exact(self) -> Self {
        Self { is_exact: true, ..self }
    }

    pub(super) fn unique(self) -> Self {
        Self { is_unique: true, ..self }
    }

    /// The values that it usually has (`canonicalValues`).
    pub(super) fn usually(self, canonical: &'static [&'static str]) -> Self {
        Self { canonical, ..self }
    }

    /// The sub-attribute with that name, in whatever case.
    pub(in crate::sandbox) fn part(&self, name: &str) -> Option<&Self> {
        self.parts.iter().find(|part| part.name.eq_ignore_ascii_case(name))
    }

    /// As it stands in a schema's document.
    pub(super) fn document(&self) -> Value {
        let mut document = json!({
            "name": self.name,
            "type": match self.kind {
                Kind::Text => "string",
                Kind::Boolean => "boolean",
                Kind::Complex => "complex",
                Kind::Reference => "reference",
                Kind::Binary => "binary",
            },
            "multiValued": self.is_multi,
            "description": self.name,
            "required": self.is_required,
            "caseExact": self.is_exact,
            "mutability": match self.mutability {
                Mutability::ReadWrite => "readWrite",
                Mutability::ReadOnly => "readOnly",
                Mutability::Immutable => "immutable",
                Mutability::WriteOnly => "writeOnly",
            },
            "returned": if self.mutability == Mutability::WriteOnly { "never" } else { "default" },
            "uniqueness": if self.is_unique { "server" } else { "none" },
        });
        if let Some(members) = document.as_object_mut() {
            if !self.references.is_empty() {
                members.insert("referenceTypes".to_owned(), json!(self.references));
            }
            if !self.canonical.is_empty() {
                members.insert("canonicalValues".to_owned(), json!(self.canonical));
            }
            if !self.parts.is_empty() {
                members.insert("subAttributes".to_owned(), self.parts.iter().map(Self::document).collect());
            }
        }
        document
    }
}
