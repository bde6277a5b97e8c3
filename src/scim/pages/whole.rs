//! Lists without pages: one answer with everything.

use super::{Page, Pages};
use crate::scim::error::{Error, Gap};
use crate::scim::query::Place;

impl<T: Send + 'static> Pages<T> {
    /// The one page.
    ///
    /// # Errors
    /// [`Incomplete`](crate::scim::error::Incomplete) when it says that there is another.
    pub async fn whole(self) -> Result<Page<T>, Error> {
        let filter = self.query.filter.as_ref();
        let page = self.fetch(self.question(Place::Whole, 0, filter, "the only page".to_owned())?).await?;
        if page.next_cursor.is_some() {
            return Err(self.incomplete(Gap::NotWhole, &page, 0).into());
        }
        Ok(page)
    }
}
