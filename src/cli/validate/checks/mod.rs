//! The checks, in the order in which they are carried out: a new one is a function and an entry here.

mod account_create;
mod account_update;
mod read;
mod test_connection;

use super::spec::Spec;
use super::trial::{
    CREATE, DELETE, DISABLE, ENTITLEMENT_LIST, ENTITLEMENT_READ, LIST, READ, Stop, TEST_CONNECTION, Trial, UPDATE,
};
use futures::future::{BoxFuture, FutureExt as _};

/// One check of a connector's behaviour.
pub struct Check {
    pub id: &'static str,
    /// What it asserts, as a sentence.
    pub asserts: &'static str,
    /// Whether it makes or changes accounts.
    pub mutates: bool,
    /// The commands that it cannot do without: of each group one at least.
    needs: &'static [&'static [&'static str]],
    pub run: for<'a> fn(&'a mut Trial<'_>) -> BoxFuture<'a, Result<(), Stop>>,
}

impl Check {
    /// Why it cannot be carried out with a connector that says this of itself.
    pub fn lacks(&self, spec: &Spec) -> Option<String> {
        let missing = self.needs.iter().filter(|any| !any.iter().any(|command| spec.has(command)));
        let missing: Vec<String> = missing.map(|any| any.join(" or ")).collect();
        (!missing.is_empty()).then(|| format!("the specification lacks {}", missing.join(", ")))
    }
}

/// A way to be rid of an account that a check made.
const TAKE_BACK: &[&str] = &[DELETE, DISABLE];

pub const CHECKS: &[Check] = &[
    Check {
        id: "account-create-empty",
        asserts: "Creating an account without attributes fails.",
        mutates: true,
        needs: &[&[CREATE]],
        run: |trial| account_create::empty(trial).boxed(),
    },
    Check {
        id: "account-create-minimal",
        asserts: "An account with the fields that the template requires is created, reads back as sent, and is deleted.",
        mutates: true,
        needs: &[&[CREATE], &[READ], &[DELETE]],
        run: |trial| account_create::minimal(trial).boxed(),
    },
    Check {
        id: "account-create-maximal",
        asserts: "An account with all fields of the template is created, reads back as sent, and is deleted.",
        mutates: true,
        needs: &[&[CREATE], &[READ], &[DELETE]],
        run: |trial| account_create::maximal(trial).boxed(),
    },
    Check {
        id: "account-create-list-delete",
        asserts: "A new account is listed and reads back as created; a deleted one is neither listed nor readable.",
        mutates: true,
        needs: &[&[CREATE], &[LIST], &[READ], &[DELETE]],
        run: |trial| account_create::list_delete(trial).boxed(),
    },
    Check {
        id: "account-list-and-read",
        asserts: "Listed accounts read back just as they were listed.",
        mutates: false,
        needs: &[&[LIST], &[READ]],
        run: |trial| read::account_list_and_read(trial).boxed(),
    },
    Check {
        id: "account-not-found",
        asserts: "Reading an account that does not exist fails.",
        mutates: false,
        needs: &[&[READ]],
        run: |trial| read::account_not_found(trial).boxed(),
    },
    Check {
        id: "account-schema-check",
        asserts: "Every attribute of every account is of the type that the account schema says.",
        mutates: false,
        needs: &[&[LIST]],
        run: |trial| read::account_schema(trial).boxed(),
    },
    Check {
        id: "account-update-single-attrs",
        asserts: "Each writable attribute of a new account takes a new value and keeps it.",
        mutates: true,
        needs: &[&[CREATE], &[READ], &[UPDATE], TAKE_BACK],
        run: |trial| account_update::single_attributes(trial).boxed(),
    },
    Check {
        id: "account-update-entitlement",
        asserts: "Groups are added to a new account and removed from it, and no other changes with them.",
        mutates: true,
        needs: &[&[CREATE], &[READ], &[UPDATE], &[ENTITLEMENT_LIST], TAKE_BACK],
        run: |trial| account_update::entitlement(trial).boxed(),
    },
    Check {
        id: "entitlement-not-found",
        asserts: "Reading a group that does not exist fails.",
        mutates: false,
        needs: &[&[ENTITLEMENT_READ]],
        run: |trial| read::entitlement_not_found(trial).boxed(),
    },
    Check {
        id: "entitlement-list-read",
        asserts: "Listed groups read back just as they were listed, values in the same order.",
        mutates: false,
        needs: &[&[ENTITLEMENT_LIST], &[ENTITLEMENT_READ]],
        run: |trial| read::entitlement_list_and_read(trial).boxed(),
    },
    Check {
        id: "entitlement-schema-check",
        asserts: "Every attribute of every group is of the type that the schema of groups says.",
        mutates: false,
        needs: &[&[ENTITLEMENT_LIST]],
        run: |trial| read::entitlement_schema(trial).boxed(),
    },
    Check {
        id: "test-connection-empty",
        asserts: "The connection test fails without settings.",
        mutates: false,
        needs: &[&[TEST_CONNECTION]],
        run: |trial| test_connection::empty(trial).boxed(),
    },
    Check {
        id: "test-connection-success",
        asserts: "The connection test succeeds with the given settings.",
        mutates: false,
        needs: &[&[TEST_CONNECTION]],
        run: |trial| test_connection::success(trial).boxed(),
    },
];
