//! Quirks of whole answers: to changes, and to who asks what the server can do.

use super::exchange::{Answer, Asked, Content};
use super::playing::Turn;
use crate::sandbox::errors::Refusal;
use http::{Method, StatusCode};
use serde_json::{Value, json};

pub(super) fn patch_204(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    if asked.came_as == Method::PATCH {
        answer.empty(StatusCode::NO_CONTENT);
    }
}

pub(super) fn patch_200_empty(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    if asked.came_as == Method::PATCH {
        answer.content = Content::Json(json!({}));
    }
}

pub(super) fn put_empty(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    if asked.came_as == Method::PUT {
        answer.empty(StatusCode::OK);
    }
}

pub(super) fn no_patch(asked: &mut Asked, turn: &Turn<'_>) -> Result<(), Refusal> {
    if asked.came_as != Method::PATCH {
        return Ok(());
    }
    let status = u16::try_from(turn.number).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::METHOD_NOT_ALLOWED);
    Err(Refusal::new(status, None, "PATCH is not supported"))
}

pub(super) fn say_no_patch(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    if asked.is_config()
        && let Some(config) = answer.members_mut()
    {
        config.insert("patch".to_owned(), json!({"supported": false}));
    }
}

/// A user's deletion becomes the deactivation that it is.
pub(super) fn deactivate(asked: &mut Asked, _: &Turn<'_>) {
    if is_user_s_deletion(asked) {
        asked.method = Method::PATCH;
        asked.content = Content::Json(json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": false}],
        }));
    }
}

pub(super) fn say_deleted(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    if is_user_s_deletion(asked) {
        answer.empty(StatusCode::NO_CONTENT);
    }
}

fn is_user_s_deletion(asked: &Asked) -> bool {
    asked.came_as == Method::DELETE && asked.path.first().is_some_and(|endpoint| endpoint == "Users")
}

pub(super) fn no_discovery(asked: &mut Asked, _: &Turn<'_>) -> Result<(), Refusal> {
    if asked.is_discovery() { Err(Refusal::not_found(&asked.path.join("/"))) } else { Ok(()) }
}

pub(super) fn html_discovery(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    if asked.is_discovery() {
        answer.content = Content::Other("<!DOCTYPE html>\n<html><body><h1>Welcome</h1></body></html>\n".into());
        answer.set_content_type("text/html;charset=UTF-8");
    }
}

/// Flags as numbers, and members that must be there are not.
pub(super) fn wrong_discovery(answer: &mut Answer, asked: &Asked, _: &Turn<'_>) {
    let Some(config) = answer.members_mut().filter(|_| asked.is_config()) else { return };
    for required in ["schemas", "bulk", "etag", "authenticationSchemes"] {
        config.shift_remove(required);
    }
    if let Some(supported) = config.get_mut("filter").and_then(|filter| filter.get_mut("supported")) {
        *supported = Value::from(0);
    }
}
