//! Themes: shelves that clusters stand on. Which theme of today is which of yesterday; pure rules.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use uuid::Uuid;

/// Clusters of a theme at the least: a shelf for one helps nobody.
const LEAST: usize = 2;

/// Clusters with something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// The theme that it was before, if any.
    pub was: Option<Uuid>,
    /// Its clusters, by key.
    pub clusters: Vec<Uuid>,
}

/// Puts clusters on shelves: each on that of most of its tickets, given as cluster and number of the theme that the fresh clustering
/// found. A shelf keeps the identity of the theme before that it shares most tickets with, each identity once. The same for the same
/// tickets in any order.
pub fn shelve(tickets: &[(Uuid, u32)], before: &BTreeMap<Uuid, Uuid>) -> Vec<Shelf> {
    let mut counts: BTreeMap<Uuid, BTreeMap<u32, u32>> = BTreeMap::new();
    for (cluster, theme) in tickets {
        *counts.entry(*cluster).or_default().entry(*theme).or_default() += 1;
    }
    let mut shelves: BTreeMap<u32, BTreeSet<Uuid>> = BTreeMap::new();
    for (cluster, themes) in &counts {
        if let Some((theme, _)) = themes.iter().max_by_key(|(theme, count)| (**count, Reverse(**theme))) {
            shelves.entry(*theme).or_default().insert(*cluster);
        }
    }
    let mut shelves: Vec<Vec<Uuid>> =
        shelves.into_values().filter(|found| found.len() >= LEAST).map(|found| found.into_iter().collect()).collect();
    // The numbers of themes may come in any order, their clusters do not.
    shelves.sort_unstable();
    let mut shared: BTreeMap<(usize, Uuid), u32> = BTreeMap::new();
    for (shelf, clusters) in shelves.iter().enumerate() {
        for cluster in clusters {
            if let Some(theme) = before.get(cluster) {
                *shared.entry((shelf, *theme)).or_default() += counts[cluster].values().sum::<u32>();
            }
        }
    }
    let mut pairs: Vec<((usize, Uuid), u32)> = shared.into_iter().collect();
    pairs.sort_unstable_by_key(|(pair, count)| (Reverse(*count), *pair));
    let (mut kept, mut taken): (BTreeMap<usize, Uuid>, BTreeSet<Uuid>) = Default::default();
    for ((shelf, theme), _) in pairs {
        if !kept.contains_key(&shelf) && taken.insert(theme) {
            kept.insert(shelf, theme);
        }
    }
    shelves.into_iter().enumerate().map(|(shelf, clusters)| Shelf { was: kept.get(&shelf).copied(), clusters }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(n: u32) -> Uuid {
        Uuid::from_u128(n.into())
    }

    /// Cluster `c` with so many tickets in theme `t`.
    fn tickets(groups: &[(u32, u32, usize)]) -> Vec<(Uuid, u32)> {
        groups.iter().flat_map(|(cluster, theme, count)| std::iter::repeat_n((id(*cluster), *theme), *count)).collect()
    }

    fn shelf(was: Option<u32>, clusters: &[u32]) -> Shelf {
        Shelf { was: was.map(id), clusters: clusters.iter().map(|n| id(*n)).collect() }
    }

    #[test]
    fn clusters_stand_where_most_of_their_tickets_are() {
        let found = shelve(&tickets(&[(1, 7, 3), (1, 8, 2), (2, 7, 1), (3, 8, 1), (4, 8, 2), (5, 9, 4)]), &BTreeMap::new());
        assert_eq!(found, [shelf(None, &[1, 2]), shelf(None, &[3, 4])]);
    }

    #[test]
    fn identities_go_where_most_tickets_went_each_once() {
        let before = BTreeMap::from([(1, 100), (2, 100), (3, 100), (4, 200)].map(|(cluster, theme)| (id(cluster), id(theme))));
        let now = tickets(&[(1, 0, 1), (2, 1, 5), (5, 0, 9), (3, 1, 1), (4, 0, 1), (6, 2, 1), (7, 2, 1)]);
        assert_eq!(shelve(&now, &before), [shelf(Some(200), &[1, 4, 5]), shelf(Some(100), &[2, 3]), shelf(None, &[6, 7])]);
    }

    proptest! {
        #[test]
        fn the_same_again_keeps_every_identity(groups in proptest::collection::vec((1..9_u32, 0..4_u32, 1..4_usize), 0..20)) {
            let tickets = tickets(&groups);
            let first = shelve(&tickets, &BTreeMap::new());
            let named = |(n, shelf): (usize, &Shelf)| shelf.clusters.iter().map(|c| (*c, id(1_000 + n as u32))).collect::<Vec<_>>();
            let before: BTreeMap<Uuid, Uuid> = first.iter().enumerate().flat_map(named).collect();
            let mut turned = tickets;
            turned.reverse();
            let again = shelve(&turned, &before);
            prop_assert!(again.iter().all(|shelf| shelf.clusters.iter().all(|c| before.get(c) == shelf.was.as_ref())));
            prop_assert_eq!(again.len(), first.len());
        }
    }
}
