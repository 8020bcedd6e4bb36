//! Offline clustering: all texts of a window at once, without being told how many clusters there are.

use std::sync::atomic::{AtomicU8, Ordering};

use super::communities::{self, Graph};
use super::{index, normalise};

/// Neighbours of a text that may be of its matter.
const NEIGHBOURS: usize = 20;

/// Numbers of neighbours in the graphs that communities are looked for in.
const GRAPHS: [usize; 2] = [10, 30];

/// Resolutions at which they are looked for, from themes to single events.
const RESOLUTIONS: [f64; 5] = [0.5, 1.0, 2.0, 4.0, 8.0];

/// Orders of the nodes in which each search is made.
const SEEDS: u64 = 6;

/// Share of the searches that must put two neighbours together for them to be of one matter.
const AGREEMENT: f32 = 0.8;

/// Cosine of their centroids from which two matters are one: what many people write in the same words is so dense that fine
/// resolutions split it.
const SAME: f32 = 0.9;

/// Resolution at which matters are gathered to themes.
const THEMES: f64 = 3.0;

/// Where a text belongs. Numbers start at 0 in the order of the texts and say nothing beyond one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The theme: some matters with something in common.
    pub theme: u32,
    /// The matter, part of one theme; a text like no other is a matter of its own.
    pub matter: u32,
}

/// Groups vectors of unit length into matters within themes; a zero vector belongs nowhere. Vectors less similar than `least`
/// ([`super::Thresholds::similar`]) are no neighbours.
///
/// Evidence accumulation (Fred and Jain, "Combining Multiple Clusterings Using Evidence Accumulation", 2005) over graph
/// communities (as Lancichinetti and Fortunato, "Consensus clustering in complex networks", 2012): communities of the graph of
/// nearest neighbours are found at many resolutions, and neighbours that nearly all of them leave together are of one matter. What
/// the resolutions disagree on is cut, so nobody says how many there are, and outliers stay alone. The same for the same input.
pub fn regroup(vectors: &[Vec<f32>], least: f32) -> Vec<Option<Label>> {
    let widest = GRAPHS.into_iter().max().unwrap_or(NEIGHBOURS);
    let nearest = index::all_nearest(vectors, widest);
    let graph = |most: usize| -> Graph {
        let near = nearest.iter().map(|found| found.iter().copied().filter(|near| near.1 >= least).take(most));
        communities::undirected(near, vectors.len())
    };
    let candidates = graph(NEIGHBOURS);
    let agreement = agreement(&candidates, &GRAPHS.map(graph));
    let needed = (AGREEMENT * (GRAPHS.len() * RESOLUTIONS.len()) as f32 * SEEDS as f32).ceil() as u8;
    let (parts, count) = communities::components(&candidates, |node, at| agreement[node][at].load(Ordering::Relaxed) >= needed);
    let (matters, count) = join_same(vectors, &parts, count);
    let themes = communities::louvain(&communities::contract(&candidates, &matters, count), THEMES, 0);
    let label = |(vector, matter): (&Vec<f32>, u32)| {
        let usable = vector.iter().any(|x| *x != 0.0);
        usable.then(|| Label { theme: themes[matter as usize], matter })
    };
    vectors.iter().zip(matters).map(label).collect()
}

/// Joins groups whose centroids point the same way.
fn join_same(vectors: &[Vec<f32>], groups: &[u32], count: usize) -> (Vec<u32>, usize) {
    let mut centroids = vec![vec![0.0; vectors.first().map_or(0, Vec::len)]; count];
    for (vector, group) in vectors.iter().zip(groups) {
        centroids[*group as usize].iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
    }
    centroids.iter_mut().for_each(|centroid| normalise(centroid));
    let same = index::all_nearest(&centroids, NEIGHBOURS).into_iter().map(|found| found.into_iter().filter(|near| near.1 >= SAME));
    let (joined, count) = communities::components(&communities::undirected(same, count), |_, _| true);
    (groups.iter().map(|group| joined[*group as usize]).collect(), count)
}

/// Of each edge among the candidates, how many searches for communities leave its ends together.
fn agreement(candidates: &Graph, graphs: &[Graph]) -> Vec<Vec<AtomicU8>> {
    let agreement: Vec<Vec<AtomicU8>> = candidates.iter().map(|edges| edges.iter().map(|_| AtomicU8::new(0)).collect()).collect();
    let mut searches = Vec::new();
    for graph in graphs {
        searches.extend(RESOLUTIONS.iter().flat_map(|resolution| (1..=SEEDS).map(move |seed| (graph, *resolution, seed))));
    }
    index::in_parallel(searches.len(), |i| {
        let (graph, resolution, seed) = searches[i];
        let found = communities::louvain(graph, resolution, seed);
        for (node, edges) in candidates.iter().enumerate() {
            for (edge, agreed) in edges.iter().zip(&agreement[node]) {
                if found[node] == found[edge.0 as usize] {
                    agreed.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    });
    agreement
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors around some directions, and two that are near nothing.
    fn scattered(directions: usize, each: usize) -> Vec<Vec<f32>> {
        let noise = |i: usize| (super::super::features::mix(i as u64) % 1000) as f32 / 1000.0 - 0.5;
        let mut vectors = Vec::new();
        for i in 0..directions * each {
            let mut vector: Vec<f32> = (0..16).map(|j| 0.2 * noise(i * 16 + j)).collect();
            vector[i % directions] += 1.0;
            vectors.push(vector);
        }
        vectors.extend([14, 15].map(|axis| (0..16).map(|j| if j == axis { 1.0 } else { 0.0 }).collect()));
        vectors.iter_mut().for_each(|vector| normalise(vector));
        vectors
    }

    #[test]
    fn finds_what_is_there_and_leaves_outliers_alone() {
        let labels = regroup(&scattered(5, 30), 0.3);
        let matters: Vec<u32> = labels.iter().map(|label| label.unwrap().matter).collect();
        let expected: Vec<u32> = (0..150).map(|i| i % 5).chain([5, 6]).collect();
        assert_eq!(matters, expected);
        assert_eq!(labels, regroup(&scattered(5, 30), 0.3));
    }

    #[test]
    fn a_handful_is_grouped_too() {
        let vectors = [[1.0, 0.0], [0.995, 0.0998], [0.0, 1.0], [0.0, 0.0]].map(|v| v.to_vec());
        let labels = regroup(&vectors, 0.3);
        assert_eq!(labels[0], labels[1]);
        assert_ne!(labels[0], labels[2]);
        assert_eq!(labels[3], None);
        assert!(regroup(&[], 0.3).is_empty());
    }
}
