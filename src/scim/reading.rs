//! What the resources of a page become: read at one go and only where somebody looks, or, where that meets anything
//! unusual, as whole values, which tells what is wrong.

use super::id_list::IdList;
use super::json::{self, Node, Tape};
use super::list::{self, Head, ListPage};
use super::plan::Plan;
use super::resource;
use std::sync::Arc;

/// What is looked at in each resource of a list, and what is made of it.
pub struct Read<T> {
    plan: Arc<Plan>,
    make: Arc<Make<T>>,
}

type Make<T> = dyn Fn(Node<'_>, &mut Vec<u8>) -> T + Send + Sync;

impl<T> Clone for Read<T> {
    fn clone(&self) -> Self {
        Self { plan: Arc::clone(&self.plan), make: Arc::clone(&self.make) }
    }
}

impl<T> Read<T> {
    /// Makes of each resource what the caller wants of it. Runs off the reactor, one resource in memory at a time. It sees
    /// no more of it than the plan names, and the `id`.
    pub fn new(plan: Plan, make: impl Fn(Node<'_>) -> T + Send + Sync + 'static) -> Self {
        Self::writing(plan, move |node, _| make(node))
    }

    /// The same, and what it writes of the resources that are read together stands in one place.
    pub fn writing(plan: Plan, make: impl Fn(Node<'_>, &mut Vec<u8>) -> T + Send + Sync + 'static) -> Self {
        Self { plan: Arc::new(plan.with_member(&["id"])), make: Arc::new(make) }
    }

    /// Makes it of one resource.
    ///
    /// # Errors
    /// What is wrong with it, to go on after its name.
    pub(super) fn of_text(&self, text: &[u8], written: &mut Vec<u8>) -> Result<T, String> {
        self.look(text, |node| (self.make)(node, written))
    }

    /// The id of a resource that can be read.
    ///
    /// # Errors
    /// As for [`Read::of_text`].
    pub(super) fn id_in(&self, text: &[u8]) -> Result<Option<Box<str>>, String> {
        self.look(text, id)
    }

    fn look<R>(&self, text: &[u8], look: impl FnOnce(Node<'_>) -> R) -> Result<R, String> {
        json::check_size(text)?;
        let mut tape = Tape::new(&self.plan);
        match std::str::from_utf8(text).ok().and_then(|text| tape.read_all(text)) {
            Some(node) => Ok(look(node)),
            None => whole(text, look),
        }
    }
}

fn id(resource: Node<'_>) -> Option<Box<str>> {
    resource::id(resource).map(Box::from)
}

/// Looks at a resource that is read as a whole.
fn whole<R>(text: &[u8], look: impl FnOnce(Node<'_>) -> R) -> Result<R, String> {
    let value = json::parse(text)?;
    let tape = Tape::of(&value);
    tape.node().map(look).ok_or_else(|| "it is empty".to_owned())
}

/// A page whose resources were read.
pub struct PageRead<T> {
    pub head: Head,
    /// The resources' ids, in order, of those that have one.
    pub ids: IdList,
    /// The position of the first resource without an id.
    pub nameless: Option<usize>,
    pub made: Made<T>,
}

/// What became of resources that were read together.
pub struct Made<T> {
    /// As many as there are resources.
    pub items: Vec<T>,
    /// What was written meanwhile.
    pub written: Vec<u8>,
}

impl<T> IntoIterator for Made<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self { items: Vec::new(), written: Vec::new() }
    }
}

impl<T> PageRead<T> {
    /// Reads the body of an answer.
    ///
    /// # Errors
    /// What is wrong with it, to go on after its name; with the position of the resource where it is in one.
    pub fn parse(body: &[u8], read: &Read<T>) -> Result<Self, (Option<usize>, String)> {
        let mut page = Self { head: Head::default(), ids: IdList::default(), nameless: None, made: Made::default() };
        // A page of more values than one resource may have is read resource by resource, where each is weighed.
        if json::check_size(body).is_ok()
            && let Some(head) = list::each(body, &read.plan, |node| page.take(node, read))
        {
            // It may wait for its turn for long.
            page.made.written.shrink_to_fit();
            page.ids.shrink();
            return Ok(Self { head, ..page });
        }
        let whole_page = ListPage::parse(body).map_err(|reason| (None, reason))?;
        let are_read = page.made.items.len();
        for (position, raw) in whole_page.resources.iter().enumerate().skip(are_read) {
            let taken = whole(raw.get().as_bytes(), |node| page.take(node, read));
            taken.map_err(|reason| (Some(position), reason))?;
        }
        Ok(Self { head: whole_page.head, ..page })
    }

    fn take(&mut self, node: Node<'_>, read: &Read<T>) {
        match resource::id(node) {
            Some(id) => self.ids.push(&id),
            None => self.nameless = self.nameless.or(Some(self.made.items.len())),
        }
        self.made.items.push((read.make)(node, &mut self.made.written));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_no_more_values_than_one_resource_may_have_unless_they_are_of_several() {
        let ids: Read<Option<Box<str>>> = Read::new(Plan::id().with_member(&["emails"]), id);
        let user = |emails: usize| format!(r#"{{"id":"1","emails":[{}0]}}"#, "0,".repeat(emails - 1));
        let parse = |users: &[String]| {
            let body = format!(r#"{{"totalResults":1,"Resources":[{}]}}"#, users.join(","));
            PageRead::parse(body.as_bytes(), &ids).map(|page| page.ids.len())
        };
        assert_eq!(parse(&[user(2_000_001)]), Err((Some(0), "it has more than 2000000 values".to_owned())));
        assert_eq!(parse(&[user(1_100_000), user(1_100_000)]), Ok(2));
    }
}
