use proptest::prelude::*;

use super::*;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Tickets of cluster `c` in matter `m`: (cluster, matter, how many, standing).
fn window(groups: &[(u128, u32, u128, Standing)]) -> Vec<Member> {
    let mut members = Vec::new();
    for (n, (cluster, matter, count, standing)) in groups.iter().enumerate() {
        let ticket = |i: u128| id(1_000_000 + 10_000 * n as u128 + i);
        members.extend((0..*count).map(|i| Member { ticket: ticket(i), cluster: id(*cluster), matter: *matter, standing: *standing }));
    }
    members
}

/// The clusters of a window, all open.
fn known(members: &[Member]) -> Vec<Known> {
    let mut sizes: BTreeMap<Uuid, u32> = BTreeMap::new();
    members.iter().for_each(|member| *sizes.entry(member.cluster).or_default() += 1);
    sizes.into_iter().map(|(id, size)| Known { id, size, open: true }).collect()
}

fn proposed(groups: &[(u128, u32, u128, Standing)]) -> Vec<Change> {
    let members = window(groups);
    propose(&known(&members), &members, &[])
}

/// The clusters after somebody accepted everything, with the tickets that they moved pinned.
fn accepted(members: &[Member], changes: &[Change]) -> Vec<Member> {
    let mut members = members.to_vec();
    for (n, change) in changes.iter().enumerate() {
        for member in &mut members {
            let to = match change {
                Change::Merge { target, sources } => sources.contains(&member.cluster).then_some(*target),
                Change::Split { tickets, .. } => tickets.contains(&member.ticket).then_some(id(900 + n as u128)),
                Change::Move { to, tickets, .. } => tickets.contains(&member.ticket).then_some(*to),
            };
            if let Some(to) = to {
                (member.cluster, member.standing) = (to, Standing::Pinned);
            }
        }
    }
    members
}

use Standing::{Ended, Free, Pinned};

#[test]
fn clusters_that_fell_together_are_merged_into_the_largest() {
    let merge = |target, sources: &[u128]| Change::Merge { target: id(target), sources: sources.iter().map(|n| id(*n)).collect() };
    assert_eq!(proposed(&[(1, 0, 5, Free), (2, 0, 9, Free), (3, 0, 1, Free), (4, 1, 5, Free)]), [merge(2, &[1, 3])]);
    // Of two that are as large the older stays.
    assert_eq!(proposed(&[(1, 0, 5, Free), (2, 0, 5, Free)]), [merge(1, &[2])]);
    // One ticket is not worth anybody's while; one that fell apart is merged into nothing.
    assert_eq!(proposed(&[(1, 0, 5, Free), (2, 0, 1, Free)]), []);
    assert_eq!(proposed(&[(1, 0, 9, Free), (2, 0, 2, Free), (2, 1, 1, Free), (2, 2, 1, Free)]), []);
    // Tickets that are over go with their cluster, those that a person put there do not.
    assert_eq!(proposed(&[(1, 0, 5, Free), (2, 0, 2, Ended), (2, 0, 1, Free)]), [merge(1, &[2])]);
    assert_eq!(proposed(&[(1, 0, 5, Free), (2, 0, 3, Ended)]), []);
    assert_eq!(proposed(&[(1, 0, 5, Free), (2, 0, 2, Pinned), (2, 0, 2, Free)]), []);
}

#[test]
fn what_fell_apart_is_split_or_moved() {
    let members = window(&[(1, 0, 6, Free), (1, 1, 3, Free), (1, 2, 2, Free), (2, 2, 5, Free), (1, 3, 1, Free)]);
    let tickets = |from: usize, to: usize| members[from..to].iter().map(|member| member.ticket).collect::<Vec<_>>();
    let changes = propose(&known(&members), &members, &[]);
    let expected =
        [Change::Split { cluster: id(1), tickets: tickets(6, 9) }, Change::Move { from: id(1), to: id(2), tickets: tickets(9, 11) }];
    assert_eq!(changes, expected);
    // Too few, too small a share, and tickets that stay where they are.
    assert_eq!(proposed(&[(1, 0, 6, Free), (1, 1, 2, Free)]), []);
    assert_eq!(proposed(&[(1, 0, 60, Free), (1, 1, 3, Free)]), []);
    assert_eq!(proposed(&[(1, 0, 6, Free), (1, 1, 5, Pinned)]), []);
    assert_eq!(proposed(&[(1, 0, 9, Free), (1, 1, 3, Free), (1, 1, 4, Pinned)]), []);
    assert_eq!(proposed(&[(1, 0, 9, Free), (1, 1, 6, Ended)]), []);
}

#[test]
fn nothing_is_said_of_clusters_that_are_closed_or_hardly_seen() {
    let members = window(&[(1, 0, 5, Free), (2, 0, 4, Free), (3, 1, 9, Free), (3, 2, 5, Free)]);
    let mut clusters = known(&members);
    clusters[0].open = false;
    clusters[2].size = 100;
    assert_eq!(propose(&clusters, &members, &[]), []);
    assert_eq!(propose(&known(&members), &members, &[]).len(), 2);
}

#[test]
fn what_was_refused_comes_again_only_when_it_has_grown() {
    let members = window(&[(1, 0, 5, Free), (2, 0, 5, Free)]);
    let refused = |size| Refused { change: Change::Merge { target: id(2), sources: vec![id(1), id(7)] }, size };
    assert_eq!(propose(&known(&members), &members, &[refused(7)]), []);
    assert_eq!(propose(&known(&members), &members, &[refused(6)]).len(), 1);

    // The tickets of a refused split are pinned; of others of the same matter there must be half as many.
    let members = window(&[(1, 0, 10, Free), (1, 1, 4, Pinned), (1, 1, 6, Free), (1, 2, 6, Free)]);
    let pinned: Vec<Uuid> = members.iter().filter(|member| member.standing == Pinned).map(|member| member.ticket).collect();
    let refused = |size| Refused { change: Change::Split { cluster: id(1), tickets: pinned.clone() }, size };
    assert_eq!(propose(&known(&members), &members, &[refused(12)]).len(), 2);
    assert_eq!(propose(&known(&members), &members, &[refused(13)]).len(), 1);
}

#[test]
fn an_open_proposal_stands_for_nearly_the_same() {
    let split = |tickets: &[u128]| Change::Split { cluster: id(1), tickets: tickets.iter().map(|n| id(*n)).collect() };
    assert!(split(&[1, 2, 3]).covers(&split(&[2, 3, 4])));
    assert!(!split(&[1, 2, 3]).covers(&split(&[3, 4, 5])));
    let merge = |sources: &[u128]| Change::Merge { target: id(1), sources: sources.iter().map(|n| id(*n)).collect() };
    assert!(merge(&[2]).covers(&merge(&[2])) && !merge(&[2]).covers(&merge(&[2, 3])));
}

/// Any window of up to six clusters in up to five matters.
fn any_window() -> impl Strategy<Value = Vec<Member>> {
    let standing = prop_oneof![6 => Just(Free), 1 => Just(Pinned), 1 => Just(Ended)];
    proptest::collection::vec((1..7_u128, 0..5_u32, standing), 0..80).prop_map(|groups| {
        let member = |(n, (cluster, matter, standing)): (usize, (u128, u32, Standing))| Member {
            ticket: id(1_000 + n as u128),
            cluster: id(cluster),
            matter,
            standing,
        };
        groups.into_iter().enumerate().map(member).collect()
    })
}

proptest! {
    #[test]
    fn the_order_says_nothing(members in any_window().prop_shuffle(), seed in any::<usize>()) {
        let clusters = known(&members);
        let mut turned = members.clone();
        turned.rotate_left(seed % members.len().max(1));
        prop_assert_eq!(propose(&clusters, &members, &[]), propose(&clusters, &turned, &[]));
    }

    #[test]
    fn only_free_tickets_are_moved_and_only_once(members in any_window()) {
        let mut seen = BTreeSet::new();
        for change in propose(&known(&members), &members, &[]) {
            if let Change::Split { cluster: from, tickets } | Change::Move { from, tickets, .. } = change {
                for ticket in tickets {
                    let member = members.iter().find(|member| member.ticket == ticket).unwrap();
                    prop_assert_eq!((member.standing, member.cluster), (Free, from));
                    prop_assert!(seen.insert(ticket));
                }
            }
        }
    }

    #[test]
    fn accepting_everything_comes_to_an_end(members in any_window()) {
        let mut members = members;
        for _ in 0..100 {
            let changes = propose(&known(&members), &members, &[]);
            if changes.is_empty() {
                return Ok(());
            }
            members = accepted(&members, &changes);
        }
        prop_assert!(false, "still something to propose: {:?}", propose(&known(&members), &members, &[]));
    }

    #[test]
    fn what_the_clusters_say_themselves_proposes_nothing(members in any_window()) {
        let own: Vec<Member> = members.into_iter().map(|member| Member { matter: member.cluster.as_u128() as u32, ..member }).collect();
        prop_assert_eq!(propose(&known(&own), &own, &[]), []);
    }

    #[test]
    fn what_was_refused_at_once_is_not_proposed_again(members in any_window()) {
        let clusters = known(&members);
        let changes = propose(&clusters, &members, &[]);
        let size = |change: &Change| match change {
            Change::Merge { target, sources } => members.iter().filter(|m| m.cluster == *target || sources.contains(&m.cluster)).count(),
            Change::Split { tickets, .. } | Change::Move { tickets, .. } => tickets.len(),
        };
        let refused: Vec<Refused> =
            changes.iter().map(|change| Refused { change: change.clone(), size: u32::try_from(size(change)).unwrap() }).collect();
        let again = propose(&clusters, &members, &refused);
        let merges: Vec<&Change> = changes.iter().filter(|change| matches!(change, Change::Merge { .. })).collect();
        prop_assert!(!merges.iter().any(|change| again.contains(change)));
    }
}
