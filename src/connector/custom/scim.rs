//! interim
use super::Context;
pub struct Scim<'a> {
    context: &'a Context,
}
impl<'a> Scim<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        Self { context }
    }
}
