//! What is looked at in a resource, so that the rest of it need not be kept.

mod key;
mod name;

use super::attribute::is_core;
use super::path::Path;
pub use key::{Key, Named};
use name::{Ends, Name};
use scim_v2::filter::{AttrExp, AttrPath, Filter, PatchPath, ValFilter};

/// So many members of one object are told apart; of one with more all are read.
const MAX_MEMBERS: usize = 128;
/// One with a longer name is not told apart either.
const MAX_NAME_BYTES: usize = 255;

/// The members that are looked at, at each depth. It may name more than is needed, and never less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan(Part);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// The whole value.
    All,
    /// Of an object, and of each object in an array, these; what is neither is read as it is.
    Members(Members),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Members {
    /// In the order of their numbers.
    list: Vec<Member>,
    /// The numbers of those whose names have so many bytes.
    by_length: Vec<Vec<usize>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    name: Name,
    plan: Plan,
}

impl Plan {
    /// Whole resources.
    pub const fn all() -> Self {
        Self(Part::All)
    }

    /// The `id` alone.
    pub fn id() -> Self {
        Self::none().with_member(&["id"])
    }

    const fn none() -> Self {
        Self(Part::Members(Members { list: Vec::new(), by_length: Vec::new() }))
    }

    /// Looks also at a member, or at one inside of it.
    #[must_use]
    pub fn with_member(mut self, names: &[&str]) -> Self {
        names.iter().fold(&mut self, |plan, name| plan.at(name)).take_all();
        self
    }

    /// Looks also at what a path leads to, and at what decides where it leads.
    #[must_use]
    pub fn with_path(mut self, path: &Path) -> Self {
        match path.parsed() {
            PatchPath::Attr(path) => self.add(path),
            PatchPath::Value(path) => {
                let attribute = self.attribute(&path.attr);
                attribute.add_value_filter(&path.filter);
                attribute.add_sub(path.sub_attr.as_deref());
            }
        }
        self
    }

    /// Looks also at the whole attribute at a path's start: at what stands beside the values that it leads to.
    #[must_use]
    pub fn with_attribute_of(mut self, path: &Path) -> Self {
        self.attribute(path.attribute()).take_all();
        self
    }

    /// Looks also at what a filter compares.
    #[must_use]
    pub fn with_filter(mut self, filter: &Filter) -> Self {
        self.add_filter(filter);
        self
    }

    /// Looks also at what another plan looks at.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.join(other);
        self
    }

    fn join(&mut self, other: &Self) {
        match &other.0 {
            Part::All => self.take_all(),
            Part::Members(members) => {
                members.list.iter().for_each(|member| self.at(member.name.as_str()).join(&member.plan));
            }
        }
    }

    pub(super) const fn is_all(&self) -> bool {
        matches!(self.0, Part::All)
    }

    /// How many members of an object are told apart.
    pub(super) const fn width(&self) -> usize {
        match &self.0 {
            Part::All => 0,
            Part::Members(members) => members.list.len(),
        }
    }

    /// Of an object that is read in parts, what is looked at in the member with this name, if anything; with the number that
    /// the member has among those, below [`Plan::width`].
    pub(super) fn of_member(&self, name: &str) -> Option<(&Self, usize)> {
        match &self.0 {
            Part::All => None,
            Part::Members(members) => {
                let number = members.number(name, Ends::of(name))?;
                members.list.get(number).map(|member| (&member.plan, number))
            }
        }
    }

    /// The plan of the member with this name, which is looked at from now on.
    fn at(&mut self, name: &str) -> &mut Self {
        let may_take = |members: &Members| {
            let is_known = members.number(name, Ends::of(name)).is_some();
            is_known || members.list.len() < MAX_MEMBERS && name.len() <= MAX_NAME_BYTES
        };
        if matches!(&self.0, Part::Members(members) if !may_take(members)) {
            self.take_all();
        }
        match self {
            Self(Part::All) => self,
            Self(Part::Members(members)) => members.at(name),
        }
    }

    fn take_all(&mut self) {
        self.0 = Part::All;
    }

    fn add(&mut self, path: &AttrPath) {
        self.attribute(path).add_sub(path.sub_attr.as_deref());
    }

    fn add_sub(&mut self, sub: Option<&str>) {
        match sub {
            Some(name) => self.at(name).take_all(),
            None => self.take_all(),
        }
    }

    /// An extension's attributes stand in the member that has its URN (RFC 7643 §3.3).
    fn attribute(&mut self, path: &AttrPath) -> &mut Self {
        match path.uri.as_deref().filter(|urn| !is_core(urn)) {
            Some(urn) => self.at(urn).at(&path.name),
            None => self.at(&path.name),
        }
    }

    fn add_filter(&mut self, filter: &Filter) {
        match filter {
            Filter::Attr(expression) => self.add(compared(expression)),
            Filter::ValuePath(path) if path.attr.sub_attr.is_some() => self.attribute(&path.attr).take_all(),
            Filter::ValuePath(path) => self.attribute(&path.attr).add_value_filter(&path.filter),
            Filter::Not(inner) => self.add_filter(inner),
            Filter::And(operands) | Filter::Or(operands) => operands.iter().for_each(|one| self.add_filter(one)),
        }
    }

    fn add_value_filter(&mut self, filter: &ValFilter) {
        match filter {
            ValFilter::Attr(expression) => self.add(compared(expression)),
            ValFilter::Not(inner) => self.add_value_filter(inner),
            ValFilter::And(operands) | ValFilter::Or(operands) => {
                operands.iter().for_each(|one| self.add_value_filter(one));
            }
        }
    }
}

impl Members {
    fn number(&self, name: &str, ends: Ends) -> Option<usize> {
        let is_it = |number: &usize| self.list.get(*number).is_some_and(|member| member.name.is(name, ends));
        self.by_length.get(name.len())?.iter().copied().find(is_it)
    }

    /// The plan of the member with this name, which is among them from now on.
    fn at(&mut self, name: &str) -> &mut Plan {
        let number = self.number(name, Ends::of(name)).unwrap_or_else(|| {
            self.by_length.resize_with(self.by_length.len().max(name.len() + 1), Vec::new);
            self.by_length.get_mut(name.len()).into_iter().for_each(|numbers| numbers.push(self.list.len()));
            self.list.push(Member { name: Name::new(name), plan: Plan::none() });
            self.list.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found there, or just put there")]
        let member = &mut self.list[number];
        &mut member.plan
    }
}

fn compared(expression: &AttrExp) -> &AttrPath {
    match expression {
        AttrExp::Present(path) | AttrExp::Comparison(path, ..) => path,
    }
}
