//! Values that users hold: they are gathered from all users, and kept for a while, since somebody types letter by letter.

use crate::connector::session::Session;
use crate::connector::values::{Held, sweep};
use crate::protocol::Failure;
use crate::scim::filter::to_query;
use crate::scim::path::Path;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// So long values are shown as they were read.
const FRESH: Duration = Duration::from_mins(5);

/// What was read last, by where it was read.
#[derive(Default)]
pub struct Kept(Mutex<HashMap<String, (Instant, Arc<Held>)>>);

impl Kept {
    /// The values at this path of the users. Whoever comes while they are read waits for them.
    ///
    /// # Errors
    /// When the users cannot be read completely.
    pub async fn values(&self, session: &Session, path: &Path, doing: &str) -> Result<Arc<Held>, Failure> {
        let asked_for = session.config.filters.accounts.asked_for.as_ref();
        let name = format!("{path} {}", asked_for.map(|asked_for| to_query(&asked_for.filter)).unwrap_or_default());
        let mut kept = self.0.lock().await;
        kept.retain(|_, (read, _)| read.elapsed() < FRESH);
        if let Some((_, held)) = kept.get(&name) {
            return Ok(Arc::clone(held));
        }
        let held = Arc::new(sweep(session, path, doing).await?);
        kept.insert(name, (Instant::now(), Arc::clone(&held)));
        Ok(held)
    }
}
