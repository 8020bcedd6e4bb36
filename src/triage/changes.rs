//! What a fresh clustering says of the clusters there are: which might better be merged, split, or give tickets away. Pure rules; what
//! becomes of it is up to people.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use uuid::Uuid;

/// Share of a cluster's tickets that must stand together anew for it to be one matter still.
const WHOLE: f32 = 0.6;
/// Share of a cluster's tickets that must lie in the window for anything to be said of it.
const SEEN: f32 = 0.5;
/// Tickets that smaller clusters must hold together to be merged into a larger one.
const LEAST_MERGED: u32 = 2;
/// Tickets that must belong to another cluster to be moved there.
const LEAST_MOVED: u32 = 2;
/// Tickets that must stand together, apart from the rest, to become a cluster of their own.
const LEAST_PARTED: u32 = 3;
/// Share of a cluster's tickets that those must be.
const PARTED: f32 = 0.2;
/// How much larger than it was refused something must be to be proposed again.
const GROWN: f32 = 1.5;

/// Whether the machine may propose another cluster for a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The machine put it where it is.
    Free,
    /// A person put it there: it stays.
    Pinned,
    /// It is over, or part of another ticket: it stays.
    Ended,
}

/// A ticket of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    pub ticket: Uuid,
    /// Where it is.
    pub cluster: Uuid,
    /// With whom the fresh clustering puts it, by a number that says nothing else.
    pub matter: u32,
    pub standing: Standing,
}

/// A cluster as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub id: Uuid,
    /// All its tickets, in the window or not.
    pub size: u32,
    /// Whether it may change: it is neither decided on nor merged.
    pub open: bool,
}

/// What might better be otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Clusters become part of another, the largest.
    Merge { target: Uuid, sources: Vec<Uuid> },
    /// Tickets leave a cluster for one of their own.
    Split { cluster: Uuid, tickets: Vec<Uuid> },
    /// Tickets leave a cluster for another.
    Move { from: Uuid, to: Uuid, tickets: Vec<Uuid> },
}

impl Change {
    /// Whether an open proposal of this change stands for `other` as well: between the same clusters and, where single tickets change
    /// their place, for more than half of them.
    pub fn covers(&self, other: &Self) -> bool {
        let half = |mine: &[Uuid], theirs: &[Uuid]| {
            let mine: BTreeSet<&Uuid> = mine.iter().collect();
            let shared = theirs.iter().filter(|ticket| mine.contains(ticket)).count();
            2 * shared > mine.len().max(theirs.len())
        };
        match (self, other) {
            (Self::Split { cluster, tickets }, Self::Split { cluster: same, tickets: theirs }) => cluster == same && half(tickets, theirs),
            (Self::Move { from, to, tickets }, Self::Move { from: same_from, to: same_to, tickets: theirs }) => {
                (from, to) == (same_from, same_to) && half(tickets, theirs)
            }
            _ => self == other,
        }
    }
}

/// What a person refused, and how many tickets it was about then: all those of the clusters for a merge, those to be moved otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub change: Change,
    pub size: u32,
}

/// How tickets of a cluster stand in one matter.
#[derive(Debug, Default)]
struct Part {
    all: u32,
    pinned: u32,
    free: Vec<Uuid>,
}

impl Part {
    /// Tickets that are not over.
    fn live(&self) -> u32 {
        self.pinned + count(&self.free)
    }

    /// Whether those that may be moved are most of those that are not over: the others would stay behind.
    fn goes(&self) -> bool {
        2 * count(&self.free) >= self.live()
    }
}

/// How a cluster stands in the fresh clustering.
#[derive(Debug, Default)]
struct Spread {
    parts: BTreeMap<u32, Part>,
    seen: u32,
}

impl Spread {
    /// The matter that holds most of it, and how many tickets that are.
    fn home(&self) -> (u32, u32) {
        let most = self.parts.iter().max_by_key(|(matter, part)| (part.all, Reverse(**matter)));
        most.map_or((0, 0), |(matter, part)| (*matter, part.all))
    }

    /// Whether nearly all of it stands together.
    fn is_whole(&self) -> bool {
        self.home().1 as f32 >= WHOLE * self.seen as f32
    }

    fn free(&self) -> u32 {
        self.parts.values().map(|part| count(&part.free)).sum()
    }

    fn live(&self) -> u32 {
        self.parts.values().map(Part::live).sum()
    }
}

fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}

/// Compares the clusters there are with the matters that the fresh clustering found; the same for the same input in any order.
///
/// A matter has the identity of the largest cluster that has its home there, most of its tickets. Other clusters that have their home
/// there are merged into that one; smaller parts of clusters go to where the identity of their matter is, or apart when it is nobody's.
/// Nothing is said of clusters that are decided on or lie mostly outside the window, and of tickets that are pinned or over. One
/// change of a cluster at a time: those that are to be merged are not parted as well.
pub fn propose(clusters: &[Known], members: &[Member], refused: &[Refused]) -> Vec<Change> {
    let sizes: BTreeMap<Uuid, u32> = clusters.iter().map(|known| (known.id, known.size)).collect();
    let mut spreads: BTreeMap<Uuid, Spread> = BTreeMap::new();
    for member in members {
        let spread = spreads.entry(member.cluster).or_default();
        let part = spread.parts.entry(member.matter).or_default();
        spread.seen += 1;
        part.all += 1;
        match member.standing {
            Standing::Free => part.free.push(member.ticket),
            Standing::Pinned => part.pinned += 1,
            Standing::Ended => (),
        }
    }
    for part in spreads.values_mut().flat_map(|spread| spread.parts.values_mut()) {
        part.free.sort_unstable();
    }
    let fit: BTreeSet<Uuid> = clusters
        .iter()
        .filter(|known| known.open && spreads.get(&known.id).is_some_and(|spread| spread.seen as f32 >= SEEN * known.size as f32))
        .map(|known| known.id)
        .collect();
    let mut residents: BTreeMap<u32, Vec<Uuid>> = BTreeMap::new();
    for (cluster, spread) in &spreads {
        residents.entry(spread.home().0).or_default().push(*cluster);
    }
    let size = |cluster: &Uuid| sizes.get(cluster).copied().unwrap_or(0);
    // Which cluster each matter is, where it is one at all.
    let owners: BTreeMap<u32, Uuid> = residents
        .iter()
        .filter_map(|(matter, found)| {
            let whole = found.iter().filter(|cluster| fit.contains(cluster) && spreads[*cluster].is_whole());
            Some((*matter, *whole.max_by_key(|cluster| (size(cluster), Reverse(**cluster)))?))
        })
        .collect();

    let mut changes = Vec::new();
    let mut merged: BTreeSet<Uuid> = BTreeSet::new();
    for (matter, target) in &owners {
        let goes = |cluster: &&Uuid| {
            let spread = &spreads[*cluster];
            // Most of what may still change was put there by the machine.
            let free = 2 * spread.free() > spread.live();
            *cluster != target && fit.contains(cluster) && spread.is_whole() && free && !is_refused(refused, *target, **cluster, size)
        };
        let sources: Vec<Uuid> = residents[matter].iter().filter(goes).copied().collect();
        if sources.iter().map(|source| spreads[source].seen).sum::<u32>() >= LEAST_MERGED {
            merged.extend(sources.iter().chain([target]));
            changes.push(Change::Merge { target: *target, sources });
        }
    }
    for (cluster, spread) in spreads.iter().filter(|(cluster, _)| fit.contains(cluster) && !merged.contains(cluster)) {
        let home = spread.home().0;
        for (matter, part) in spread.parts.iter().filter(|(matter, part)| **matter != home && part.goes()) {
            let tickets = part.free.clone();
            let moved = count(&tickets);
            if !has_grown(refused, *cluster, *matter, moved, members) {
                continue;
            }
            match (owners.get(matter), residents.contains_key(matter)) {
                (Some(owner), _) if moved >= LEAST_MOVED => changes.push(Change::Move { from: *cluster, to: *owner, tickets }),
                (None, false) if moved >= LEAST_PARTED && moved as f32 >= PARTED * spread.live() as f32 => {
                    changes.push(Change::Split { cluster: *cluster, tickets });
                }
                _ => (),
            }
        }
    }
    changes.sort_unstable();
    changes
}

/// Whether somebody refused to merge these two and their clusters have not grown much since.
fn is_refused(refused: &[Refused], target: Uuid, source: Uuid, size: impl Fn(&Uuid) -> u32) -> bool {
    refused.iter().any(|refused| match &refused.change {
        Change::Merge { target: a, sources } => {
            let all: Vec<&Uuid> = sources.iter().chain([a]).collect();
            let now: u32 = all.iter().map(|cluster| size(cluster)).sum();
            all.contains(&&target) && all.contains(&&source) && (now as f32) < GROWN * refused.size as f32
        }
        _ => false,
    })
}

/// Whether nobody refused to take tickets of this matter out of the cluster, or enough others have come since: those that were refused
/// are pinned.
fn has_grown(refused: &[Refused], cluster: Uuid, matter: u32, moved: u32, members: &[Member]) -> bool {
    refused.iter().all(|refused| match &refused.change {
        Change::Split { cluster: from, tickets } | Change::Move { from, tickets, .. } if *from == cluster => {
            let there = members.iter().filter(|member| member.matter == matter && tickets.contains(&member.ticket)).count();
            2 * there < tickets.len() || moved as f32 >= (GROWN - 1.0) * refused.size as f32
        }
        _ => true,
    })
}

#[cfg(test)]
mod tests;
