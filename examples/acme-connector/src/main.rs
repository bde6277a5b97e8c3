//! A fork by dependency: ACME's own connector. `docs/CUSTOMIZING.md` walks through it.

use scim_connector::error::{Entry, refuse};
use scim_connector::futures::{StreamExt as _, TryStreamExt as _};
use scim_connector::serde_json::{Value, json};
use scim_connector::{Attribute, Command, Connector, Product, attribute, set_attribute};
use std::process::ExitCode;

const COST_CENTER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter";

static NO_COST_CENTER: Entry = Entry::new("ACME_NO_COST_CENTER", &[])
    .says("nobody is named who pays for the account", "Name a cost centre, or set one for newcomers in the source.");

fn main() -> ExitCode {
    Connector::builder()
        .product(Product::new("acme-connector", "1.0.0").title("ACME Connector"))
        .profile("acme-directory", include_str!("acme-directory.json"))
        .attribute(Attribute::new("costCenter", COST_CENTER).takes_any_text().describe("Who pays for the user."))
        .setting(json!({"key": "defaultCostCenter", "label": "Cost centre of newcomers", "type": "text"}))
        .error(&NO_COST_CENTER)
        .before(Command::AccountCreate, async |context, mut input| {
            if attribute(&input, "costCenter").is_none() {
                let default = context.setting("defaultCostCenter");
                let default = default.ok_or_else(|| refuse(&NO_COST_CENTER, "Creating the account", &[]))?;
                set_attribute(&mut input, "costCenter", default.clone());
            }
            Ok(input)
        })
        .after(Command::OF_ACCOUNTS, async |_, mut account| {
            if let Some(phone) = attribute(&account, "phone").and_then(Value::as_str) {
                let phone = phone.replace(' ', "");
                set_attribute(&mut account, "phone", phone);
            }
            Ok(account)
        })
        .command("acme:members:list", async |context, _| {
            let sizes = |group: Value| {
                let members = group.get("members").and_then(Value::as_array).map_or(0, Vec::len);
                json!({"group": group.get("displayName"), "members": members})
            };
            Ok(context.scim().list("Groups", None).map_ok(sizes).boxed())
        })
        .run()
}
