//! A model of the platform: whatever happens at the provider between two lists of changes, what they tell adds up to what a
//! list of everything tells.

use super::World;
use crate::harness::{Answer, pass};
use rstest::rstest;
use scim_connector::sandbox::Dialect;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Accounts by identity, as the platform has them.
type Accounts = BTreeMap<String, Value>;

fn apply(accounts: &mut Accounts, answer: &Answer) {
    for output in answer.outputs() {
        let identity = output["identity"].as_str().unwrap().to_owned();
        if output["deleted"] == true {
            assert!(accounts.remove(&identity).is_some(), "{identity} was not there");
        } else {
            accounts.insert(identity, output);
        }
    }
}

/// Numbers that look random and are the same each time (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((number ^ (number >> 31)) % bound as u64).unwrap()
    }
}

async fn happen(world: &World, numbers: &mut Numbers, step: usize) {
    let (users, groups) = (world.ids("Users"), world.ids("Groups"));
    let user = &users[numbers.below(users.len())];
    let group = &groups[numbers.below(groups.len())];
    match numbers.below(7) {
        0 => drop(world.create(&format!("new{step}.{}", numbers.below(1_000_000))).await),
        1 if users.len() > 5 => world.delete(user).await,
        2 | 3 => world.join("add", group, user).await,
        4 => world.join("remove", group, user).await,
        5 => world.change(user, "Secret").await,
        _ => world.change(user, &format!("Title {}", numbers.below(3))).await,
    }
}

#[rstest]
#[case::the_standard(Dialect::Rfc, json!({}))]
#[case::groups_of_users(Dialect::Rfc, json!({"groupMembership": "user"}))]
#[case::with_filters(Dialect::Rfc, json!({"filterString": "title == \"Secret\"", "userFilter": "userName sw \"n\" or userName pr"}))]
#[case::salesforce(Dialect::Salesforce, json!({}))]
#[tokio::test]
async fn changes_add_up_to_everything(#[case] dialect: Dialect, #[case] settings: Value) {
    for seed in 0..4 {
        let mut settings = settings.clone();
        settings["deltaDeletions"] = true.into();
        // A few of twelve may be half of them.
        settings["shrinkLimitPercent"] = 0.into();
        let world = World::start(dialect, 12, "", settings).await;
        let mut numbers = Numbers(seed);
        let mut accounts = Accounts::new();
        let mut last = world.list(None).await;
        apply(&mut accounts, &last);
        for step in 0..8 {
            // Sometimes the overlap shows what was told, sometimes it is long ago.
            pass(Duration::from_secs([1, 60, 900, 7_200][numbers.below(4)])).await;
            for _ in 0..numbers.below(5) {
                happen(&world, &mut numbers, step).await;
            }
            let next = world.list(last.state()).await;
            apply(&mut accounts, &next);
            last = next;
            let whole: Accounts = world
                .whole()
                .await
                .into_iter()
                .map(|one| (one["identity"].as_str().unwrap().to_owned(), one))
                .collect();
            assert_eq!(accounts, whole, "seed {seed}, step {step}");
        }
    }
}
