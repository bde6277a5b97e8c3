//! Pages by `id gt "<last id>"`, one after the other.

use super::chain::Chain;
use super::{Page, Pages};
use crate::scim::error::Error;
use crate::scim::filter;
use crate::scim::query::Place;
use async_stream::try_stream;
use futures::Stream;
use http::StatusCode;
use scim_v2::filter::AttrPath;

impl<T: Send + 'static> Pages<T> {
    /// The pages by `id gt` that go on from the chain, to its end.
    ///
    /// # Errors
    /// As for [`Pages::next_of`].
    pub(super) fn by_key_from(self, chain: Chain) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        let mut chain = chain;
        try_stream! {
            while !chain.has_ended() {
                let (left_out, page) = self.next_of(&mut chain).await?;
                if let Some(left_out) = left_out {
                    yield left_out;
                }
                yield page;
            }
        }
    }

    /// The same from the beginning.
    pub fn by_key(self) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        self.by_key_from(Chain::default())
    }

    /// Whether nothing stands before the resource with this id.
    pub async fn is_first(&self, id: &str) -> Result<bool, Error> {
        let before = filter::less(AttrPath::with_name("id"), id);
        let filter = self.wanted_and(Some(before));
        match self.fetch(self.question(Place::Unsaid, 1, filter.as_ref(), format!("id lt \"{id}\""))?).await {
            // A provider that ignores the filter shows nothing that stands before.
            Ok(page) => Ok(page.ids.iter().all(|other| other >= id)),
            // That a provider takes `gt` does not say that it takes `lt`.
            Err(Error::Send(error)) if error.fault.status().is_some_and(|it| it.status == StatusCode::BAD_REQUEST) => {
                tracing::debug!("the provider does not filter by id lt: the list is taken to begin where it does");
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }
}
