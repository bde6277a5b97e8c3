//! The ids of a page, in order.

/// Ids that follow each other in one text: each of its own would be made in one thread and freed in another.
#[derive(Debug, Default)]
pub struct IdList {
    text: String,
    ends: Vec<usize>,
}

impl IdList {
    pub fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len());
    }

    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &str> + Clone {
        let start = |at: usize| at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.iter().enumerate().filter_map(move |(at, end)| self.text.get(start(at)..*end))
    }

    pub fn first(&self) -> Option<&str> {
        self.iter().next()
    }

    pub fn last(&self) -> Option<&str> {
        self.iter().next_back()
    }

    /// Keeps those whose place has `true`.
    pub fn retain(&mut self, kept: &[bool]) {
        if !kept.iter().all(|is_kept| *is_kept) {
            let ids = self.iter().zip(kept).filter_map(|(id, is_kept)| is_kept.then_some(id));
            *self = ids.collect();
        }
    }

    /// Gives back room that is not needed.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

impl<'a> Extend<&'a str> for IdList {
    fn extend<I: IntoIterator<Item = &'a str>>(&mut self, ids: I) {
        ids.into_iter().for_each(|id| self.push(id));
    }
}

impl<'a> FromIterator<&'a str> for IdList {
    fn from_iter<I: IntoIterator<Item = &'a str>>(ids: I) -> Self {
        let mut list = Self::default();
        list.extend(ids);
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_as_they_were_put_in() {
        let mut ids: IdList = ["a", "", "ccc", "dé"].into_iter().collect();
        assert_eq!((ids.len(), ids.first(), ids.last()), (4, Some("a"), Some("dé")));
        ids.retain(&[true; 4]);
        assert_eq!(ids.iter().collect::<Vec<_>>(), ["a", "", "ccc", "dé"]);
        ids.retain(&[false, true, false, true]);
        ids.extend(["e"]);
        assert_eq!(ids.iter().rev().collect::<Vec<_>>(), ["e", "dé", ""]);
        assert!(IdList::default().is_empty() && IdList::default().last().is_none());
    }
}
