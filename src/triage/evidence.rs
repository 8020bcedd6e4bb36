//! Why a change of clusters is proposed, as data: how alike both sides are, which words they share and which tell them apart, examples.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::changes::{Change, Member};
use crate::nlp::{self, Idf, keywords, text};

/// Words of a side that are looked at, and those that are shown.
const LOOKED_AT: usize = 20;
const SHOWN: usize = 6;
/// Newest tickets of a side whose words are looked at.
const SAMPLE: usize = 60;
/// Typical tickets of a side.
const EXAMPLES: usize = 3;

/// One side of a proposal.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Tickets of the window.
    pub size: u32,
    /// Words that are typical of it and not of the other side, the most typical first.
    pub words: Vec<String>,
    /// The tickets nearest to its middle, nearest first.
    pub examples: Vec<Uuid>,
}

/// Why something is proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Cosine of the centroids of both sides, 0 to 1.
    pub similarity: f32,
    /// The same for tickets that are to be moved and those that they would leave; nothing for other changes.
    pub similarity_now: Option<f32>,
    /// Words that are typical of both sides.
    pub shared: Vec<String>,
    /// What stays where it is.
    pub staying: Side,
    /// What changes its cluster.
    pub moving: Side,
}

/// The tickets of the window with their vectors, in one order.
pub struct Window {
    members: Vec<Member>,
    vectors: Vec<Vec<f32>>,
    by_cluster: HashMap<Uuid, Vec<usize>>,
    by_ticket: HashMap<Uuid, usize>,
}

/// The tickets of both sides of a change, by place in the window.
struct Sides {
    staying: Vec<usize>,
    moving: Vec<usize>,
    /// Whom moved tickets leave.
    left: Vec<usize>,
}

impl Window {
    /// Of these tickets, newest last.
    pub fn new(members: Vec<Member>, vectors: Vec<Vec<f32>>) -> Self {
        let mut by_cluster: HashMap<Uuid, Vec<usize>> = HashMap::new();
        for (place, member) in members.iter().enumerate() {
            by_cluster.entry(member.cluster).or_default().push(place);
        }
        let by_ticket = members.iter().enumerate().map(|(place, member)| (member.ticket, place)).collect();
        Self { members, vectors, by_cluster, by_ticket }
    }

    /// The tickets.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The newest tickets of clusters, at most `most`.
    pub fn newest(&self, clusters: &[Uuid], most: usize) -> Vec<Uuid> {
        let mut places = self.of_clusters(clusters);
        places.sort_unstable();
        places.iter().rev().take(most).map(|place| self.members[*place].ticket).collect()
    }

    fn of_clusters(&self, clusters: &[Uuid]) -> Vec<usize> {
        clusters.iter().filter_map(|cluster| self.by_cluster.get(cluster)).flatten().copied().collect()
    }

    fn sides(&self, change: &Change) -> Sides {
        let but = |cluster: &Uuid, tickets: &[Uuid]| {
            let gone: BTreeSet<&Uuid> = tickets.iter().collect();
            let mut places = self.of_clusters(&[*cluster]);
            places.retain(|place| !gone.contains(&self.members[*place].ticket));
            places
        };
        let of = |tickets: &[Uuid]| tickets.iter().filter_map(|ticket| self.by_ticket.get(ticket)).copied().collect();
        match change {
            Change::Merge { target, sources } => {
                Sides { staying: self.of_clusters(&[*target]), moving: self.of_clusters(sources), left: Vec::new() }
            }
            Change::Split { cluster, tickets } => Sides { staying: but(cluster, tickets), moving: of(tickets), left: Vec::new() },
            Change::Move { from, to, tickets } => {
                Sides { staying: self.of_clusters(&[*to]), moving: of(tickets), left: but(from, tickets) }
            }
        }
    }

    /// The tickets whose texts [`Window::evidence`] looks at.
    pub fn samples(&self, change: &Change) -> Vec<Uuid> {
        let sides = self.sides(change);
        [sides.staying, sides.moving].into_iter().flat_map(|side| self.sample(side)).collect()
    }

    fn sample(&self, mut side: Vec<usize>) -> Vec<Uuid> {
        side.sort_unstable();
        side.iter().rev().take(SAMPLE).map(|place| self.members[*place].ticket).collect()
    }

    fn centroid(&self, side: &[usize]) -> Vec<f32> {
        let mut sum = side.first().map_or_else(Vec::new, |first| vec![0.0; self.vectors[*first].len()]);
        for place in side {
            sum.iter_mut().zip(&self.vectors[*place]).for_each(|(sum, x)| *sum += x);
        }
        nlp::normalise(&mut sum);
        sum
    }

    /// Why a change is proposed, given the texts of its [`Window::samples`].
    pub fn evidence(&self, change: &Change, texts: &HashMap<Uuid, String>, idf: &Idf) -> Evidence {
        let sides = self.sides(change);
        let [staying, moving, left] = [&sides.staying, &sides.moving, &sides.left].map(|side| self.centroid(side));
        let cosine = |a: &[f32], b: &[f32]| if a.len() == b.len() { nlp::dot(a, b).clamp(0.0, 1.0) } else { 0.0 };
        let words = |side: &[usize]| {
            let read: Vec<&String> = self.sample(side.to_vec()).iter().filter_map(|ticket| texts.get(ticket)).collect();
            keywords::keywords(&read, idf, LOOKED_AT)
        };
        let (ours, theirs) = (words(&sides.staying), words(&sides.moving));
        let (shared, only_ours) = parted(&ours, &theirs);
        let side = |places: &[usize], centroid: &[f32], words| Side {
            size: u32::try_from(places.len()).unwrap_or(u32::MAX),
            words,
            examples: self.nearest(places, centroid),
        };
        Evidence {
            similarity: cosine(&staying, &moving),
            similarity_now: (!sides.left.is_empty()).then(|| cosine(&left, &moving)),
            shared,
            staying: side(&sides.staying, &staying, only_ours),
            moving: side(&sides.moving, &moving, parted(&theirs, &ours).1),
        }
    }

    /// The tickets of a side nearest to a direction.
    fn nearest(&self, side: &[usize], direction: &[f32]) -> Vec<Uuid> {
        let near = |place: &usize| (nlp::dot(&self.vectors[*place], direction), self.members[*place].ticket);
        let mut found: Vec<(f32, Uuid)> = side.iter().map(near).collect();
        found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        found.into_iter().take(EXAMPLES).map(|(_, ticket)| ticket).collect()
    }
}

/// The words of `ours` that also stand in `theirs`, in whichever form, and the others.
fn parted(ours: &[String], theirs: &[String]) -> (Vec<String>, Vec<String>) {
    let stem = |word: &String| {
        let plain = text::normalise(word);
        text::stem(&plain).into_owned()
    };
    let known: BTreeSet<String> = theirs.iter().map(stem).collect();
    let (mut shared, mut only): (Vec<String>, Vec<String>) = ours.iter().cloned().partition(|word| known.contains(&stem(word)));
    shared.truncate(SHOWN);
    only.truncate(SHOWN);
    (shared, only)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::changes::Standing;

    const TEXTS: [(u128, &str, [f32; 2]); 6] = [
        (1, "Не горит фонарь на улице Садовой", [1.0, 0.0]),
        (1, "Фонари не горят, улица тёмная", [0.96, 0.28]),
        (1, "Темно на улице, фонарь разбит", [0.96, 0.28]),
        (2, "Фонарь у школы мигает, улица", [0.8, 0.6]),
        (2, "У школы мигает фонарь", [0.6, 0.8]),
        (3, "Яма на дороге", [0.0, 1.0]),
    ];

    fn id(n: usize) -> Uuid {
        Uuid::from_u128(n as u128)
    }

    fn window() -> (Window, HashMap<Uuid, String>) {
        let member = |(n, (cluster, _, _)): (usize, &(u128, &str, [f32; 2]))| Member {
            ticket: id(10 + n),
            cluster: Uuid::from_u128(*cluster),
            matter: 0,
            standing: Standing::Free,
        };
        let texts = TEXTS.iter().enumerate().map(|(n, text)| (id(10 + n), text.1.to_owned())).collect();
        (Window::new(TEXTS.iter().enumerate().map(member).collect(), TEXTS.iter().map(|text| text.2.to_vec()).collect()), texts)
    }

    #[test]
    fn both_sides_are_described() {
        let (window, texts) = window();
        let merge = Change::Merge { target: id(1), sources: vec![id(2)] };
        assert_eq!(window.samples(&merge).len(), 5);
        let found = window.evidence(&merge, &texts, &Idf::new());
        assert_eq!((found.staying.size, found.moving.size, found.similarity_now), (3, 2, None));
        assert!((0.8..0.9).contains(&found.similarity), "{found:?}");
        assert_eq!(found.staying.examples.len(), 3);
        assert!(found.shared.iter().any(|word| word.starts_with("фонар")), "{found:?}");
        assert!(found.moving.words.iter().any(|word| word == "мигает") && !found.staying.words.iter().any(|word| word == "мигает"));
    }

    #[test]
    fn moved_tickets_are_compared_with_those_they_leave() {
        let (window, texts) = window();
        let moved = Change::Move { from: id(2), to: id(3), tickets: vec![id(14)] };
        let found = window.evidence(&moved, &texts, &Idf::new());
        assert_eq!((found.staying.examples, found.moving.examples), (vec![id(15)], vec![id(14)]));
        assert!((found.similarity - 0.8).abs() < 1e-4 && (found.similarity_now.unwrap() - 0.96).abs() < 1e-4);
        let split = Change::Split { cluster: id(1), tickets: vec![id(10)] };
        assert_eq!(window.evidence(&split, &texts, &Idf::new()).staying.size, 2);
        assert_eq!(window.newest(&[id(1), id(3)], 2), [id(15), id(12)]);
    }
}
