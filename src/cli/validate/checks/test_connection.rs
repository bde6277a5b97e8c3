//! Checks of the connection test: it fails when it must, and only then.

use crate::cli::validate::subject::Settings;
use crate::cli::validate::trial::{Stop, TEST_CONNECTION, Trial};
use serde_json::json;

pub async fn empty(trial: &mut Trial<'_>) -> Result<(), Stop> {
    if trial.ask(TEST_CONNECTION, json!({}), Settings::Empty).await.is_ok() {
        trial.problem("the connection test succeeds without any settings");
    }
    Ok(())
}

pub async fn success(trial: &mut Trial<'_>) -> Result<(), Stop> {
    trial.connected().await
}
