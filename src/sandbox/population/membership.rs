//! Which users are in which groups, by arithmetic in both directions, so that a group's members are found without a scan of
//! the users.
//!
//! The users stand in rows as long as there are groups. A user is in the group of its column, and maybe in those a first
//! and a second fixed distance to the right.

use super::Population;

/// The groups of a user: one to three, ascending.
pub(in crate::sandbox) fn groups_of(population: &Population, user: u64) -> Vec<u64> {
    if population.groups == 0 || user >= population.users {
        return Vec::new();
    }
    let column = user % population.groups;
    let distances = distances(population.groups).into_iter();
    let mut groups: Vec<u64> = distances
        .zip(0..how_many(population, user))
        .map(|(distance, _)| (column + distance) % population.groups)
        .collect();
    groups.sort_unstable();
    groups
}

/// The users in a group, ascending.
pub(in crate::sandbox) fn members_of(population: &Population, group: u64) -> impl Iterator<Item = u64> {
    let width = population.groups.max(1);
    // The columns whose users may be in the group, with how many groups such a user must have for it.
    let mut columns: Vec<(u64, u64)> = distances(width)
        .into_iter()
        .zip(1..=how_many_at_most(width))
        .map(|(distance, groups)| ((group + width - distance) % width, groups))
        .collect();
    columns.sort_unstable();
    let rows = if group < population.groups { population.users.div_ceil(width) } else { 0 };
    (0..rows).flat_map(move |row| {
        let row: Vec<u64> = columns
            .iter()
            .map(|(column, groups)| (row * width + column, *groups))
            .filter(|(user, groups)| *user < population.users && *groups <= how_many(population, *user))
            .map(|(user, _)| user)
            .collect();
        row
    })
}

fn how_many(population: &Population, user: u64) -> u64 {
    (1 + population.chance(user, "groups") % 3).min(how_many_at_most(population.groups))
}

fn how_many_at_most(groups: u64) -> u64 {
    groups.min(3)
}

/// Distinct below `groups`, as far as that has room for them.
fn distances(groups: u64) -> [u64; 3] {
    let first = (groups / 5).max(1);
    [0, first, first + (groups / 4).max(1)]
}

#[cfg(test)]
mod tests {
    use super::super::tests::population;
    use super::*;

    #[rstest::rstest]
    fn users_and_groups_agree(
        #[values(0, 1, 8, 97, 500)] users: u64,
        #[values(0, 1, 2, 3, 4, 5, 9, 40, 300)] groups: u64,
    ) {
        let population = population(users, groups);
        let mut of_users = Vec::new();
        for user in 0..users {
            let groups_of_user = groups_of(&population, user);
            assert!((groups.min(1)..=groups.min(3)).contains(&(groups_of_user.len() as u64)));
            assert!(groups_of_user.windows(2).all(|pair| pair[0] < pair[1]));
            of_users.extend(groups_of_user.into_iter().map(|group| (group, user)));
        }
        of_users.sort_unstable();
        let of_groups: Vec<(u64, u64)> =
            (0..groups).flat_map(|group| members_of(&population, group).map(move |user| (group, user))).collect();
        assert_eq!(of_users, of_groups);
    }
}
