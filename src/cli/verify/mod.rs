//! `verify`: whether two lists of one source, or of two, are the same: before a cut-over, or an upgrade.
//!
//! The first list is held in memory, each object as few bytes; the second is compared as it comes. A list that ends in an
//! error is compared with nothing: the exit code says so, and so does the report, which has no figures then.

mod args;
mod item;
mod report;
mod side;

use super::CliError;
use super::invoke::progress;
use crate::connector::custom::Custom;
use crate::telemetry::{self, Format};
pub use args::VerifyArgs;
use futures::StreamExt as _;
use item::{Item, Terms};
use report::{Change, Report, Tally, Which};
use side::{Results, Side};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(super) async fn run(args: VerifyArgs, custom: Arc<Custom>) -> Result<(), CliError> {
    telemetry::init(Format::Human, args.target.debug);
    let terms = Terms { key: args.key.clone(), ignored: args.ignore.iter().cloned().collect() };
    let (before, after) = Side::both(&args, &custom)?;
    let mut report = if args.json { Report::lines() } else { Report::table(args.limit) };
    let tally = compare(&before, &after, args.kind.as_deref(), &terms, &mut report).await.map_err(unreadable)?;
    report.end(&tally, if args.kind.is_some() { "entitlements" } else { "accounts" })?;
    if tally.are_equal() { Ok(()) } else { Err(CliError::Failed("the lists differ".to_owned())) }
}

/// A list that could not be read is no difference.
fn unreadable(error: CliError) -> CliError {
    match error {
        CliError::Failed(message) => CliError::Usage(format!("nothing can be said of the lists: {message}")),
        other => other,
    }
}

async fn compare(
    before: &Side,
    after: &Side,
    kind: Option<&str>,
    terms: &Terms,
    report: &mut Report,
) -> Result<Tally, CliError> {
    let mut tally = Tally::default();
    let mut held = hold(before.read(kind).await?, terms, report, &mut tally).await?;
    let mut added = HashSet::new();
    let mut results = after.read(kind).await?;
    let progress = progress();
    while let Some(result) = results.next().await {
        let item = parsed(result?, terms, Which::After)?;
        progress.inc(1);
        tally.after += 1;
        let change = match held.get_mut(&*item.key).map(|entry| std::mem::replace(entry, Held::Met)) {
            Some(Held::Waiting(packed)) if packed == item.packed()? => continue,
            Some(Held::Waiting(packed)) => {
                let differences = Item::unpacked(&item.key, &packed)?.differences(&item);
                Change::Changed(item, differences)
            }
            None if added.insert(item.key.clone()) => Change::Added(item),
            Some(Held::Met) | None => Change::Twice(item.key, Which::After),
        };
        tally.count(&change);
        progress.suspend(|| report.take(change))?;
    }
    progress.finish_and_clear();
    let mut missing: Vec<(Box<str>, Box<[u8]>)> = held.into_iter().filter_map(Held::left).collect();
    missing.sort_unstable();
    for (key, packed) in missing {
        let change = Change::Missing(Item::unpacked(&key, &packed)?);
        tally.count(&change);
        report.take(change)?;
    }
    Ok(tally)
}

/// One object of the first list.
enum Held {
    /// Its values, which wait for the object in the second list.
    Waiting(Box<[u8]>),
    /// The second list has it.
    Met,
}

impl Held {
    /// What the second list does not have.
    fn left((key, held): (Box<str>, Self)) -> Option<(Box<str>, Box<[u8]>)> {
        match held {
            Self::Waiting(packed) => Some((key, packed)),
            Self::Met => None,
        }
    }
}

/// Reads the first list.
async fn hold(
    mut results: Results,
    terms: &Terms,
    report: &mut Report,
    tally: &mut Tally,
) -> Result<HashMap<Box<str>, Held>, CliError> {
    let mut held = HashMap::new();
    let progress = progress();
    while let Some(result) = results.next().await {
        let item = parsed(result?, terms, Which::Before)?;
        progress.inc(1);
        tally.before += 1;
        let packed = item.packed()?;
        if held.contains_key(&*item.key) {
            let change = Change::Twice(item.key, Which::Before);
            tally.count(&change);
            progress.suspend(|| report.take(change))?;
        } else {
            held.insert(item.key.into(), Held::Waiting(packed));
        }
    }
    progress.finish_and_clear();
    Ok(held)
}

fn parsed(result: serde_json::Value, terms: &Terms, which: Which) -> Result<Item, CliError> {
    Item::new(result, terms).map_err(|problem| CliError::Usage(format!("in the list {}: {problem}", which.word())))
}
