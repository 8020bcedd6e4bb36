//! The nearest among very many vectors.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::dot;
use super::features::mix;

/// Links of a node on each upper layer, and twice as many on the lowest.
const LINKS: usize = 16;

/// Candidates kept while a new vector's links are looked for.
const BUILD_WIDTH: usize = 96;

/// Candidates kept in a search, at least.
const SEARCH_WIDTH: usize = 128;

/// Vectors up to which all pairs are compared rather than an index built.
const EXACT: usize = 2_000;

const NONE: u32 = u32::MAX;

/// A similarity and the number of a vector; greater is nearer, of equals the earlier one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Near {
    similarity: f32,
    id: u32,
}

impl Eq for Near {}

impl Ord for Near {
    fn cmp(&self, other: &Near) -> std::cmp::Ordering {
        self.similarity.total_cmp(&other.similarity).then(other.id.cmp(&self.id))
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Near) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Approximate search for the nearest vectors by cosine: a hierarchical navigable small world (Malkov and Yashunin, "Efficient and
/// robust approximate nearest neighbor search using HNSW graphs", 2018). The order of insertion decides, chance does not.
///
/// Vectors are held as one byte a coordinate: at a length of 384, 0.55 kB a vector with its links. Similarities are therefore right
/// to about 0.01.
#[derive(Clone, Debug)]
pub struct Index {
    dimensions: usize,
    codes: Vec<i8>,
    scales: Vec<f32>,
    /// Links on the lowest layer, unused ones [`NONE`].
    base: Vec<[u32; 2 * LINKS]>,
    /// Links on the layers above it; most vectors are on none.
    upper: Vec<Vec<[u32; LINKS]>>,
    entry: Option<u32>,
    visited: Visited,
}

impl Index {
    /// An empty index for vectors of one length.
    pub fn new(dimensions: usize) -> Index {
        let (codes, scales, base, upper) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Index { dimensions, codes, scales, base, upper, entry: None, visited: Visited::default() }
    }

    /// Number of vectors put in.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether nothing was put in.
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// Puts a vector of unit length in; its number, from 0 upwards. A zero vector, or one of another length, takes its number but
    /// is never found.
    pub fn insert(&mut self, vector: &[f32]) -> u32 {
        let id = self.len() as u32;
        let (code, scale) = quantise(vector, self.dimensions);
        let level = mix(u64::from(id)).trailing_zeros() as usize / LINKS.ilog2() as usize;
        self.codes.extend(&code);
        self.scales.push(scale);
        self.base.push([NONE; 2 * LINKS]);
        self.upper.push(vec![[NONE; LINKS]; if scale > 0.0 { level } else { 0 }]);
        if scale == 0.0 {
            return id;
        }
        let Some(entry) = self.entry else {
            self.entry = Some(id);
            return id;
        };
        let query = Query { code: &code, scale };
        let top = self.upper[entry as usize].len();
        let mut found = vec![self.near(&query, entry)];
        for layer in (level + 1..=top).rev() {
            found = self.greedy(&query, found, layer);
        }
        let mut visited = std::mem::take(&mut self.visited);
        for layer in (0..=level.min(top)).rev() {
            found = self.search(&query, &found, layer, BUILD_WIDTH, &mut visited);
            let chosen = self.diverse(&found, LINKS);
            self.set_links(id, layer, &chosen);
            for neighbour in chosen {
                self.link_back(neighbour, id, layer);
            }
        }
        self.visited = visited;
        if level > top {
            self.entry = Some(id);
        }
        id
    }

    /// Numbers and cosines of the `n` vectors nearest to one, nearest first; none for a zero vector.
    pub fn nearest(&self, vector: &[f32], n: usize) -> Vec<(u32, f32)> {
        let (code, scale) = quantise(vector, self.dimensions);
        let Some(entry) = self.entry.filter(|_| scale > 0.0) else {
            return Vec::new();
        };
        let query = Query { code: &code, scale };
        let mut found = vec![self.near(&query, entry)];
        for layer in (1..=self.upper[entry as usize].len()).rev() {
            found = self.greedy(&query, found, layer);
        }
        let found = self.search(&query, &found, 0, SEARCH_WIDTH.max(4 * n), &mut Visited::default());
        found.into_iter().take(n).map(|near| (near.id, near.similarity)).collect()
    }

    fn code(&self, id: u32) -> &[i8] {
        &self.codes[id as usize * self.dimensions..][..self.dimensions]
    }

    fn near(&self, query: &Query<'_>, id: u32) -> Near {
        Near { similarity: dot_codes(query.code, self.code(id)) as f32 * query.scale * self.scales[id as usize], id }
    }

    fn links(&self, id: u32, layer: usize) -> &[u32] {
        match layer {
            0 => &self.base[id as usize],
            _ => &self.upper[id as usize][layer - 1],
        }
    }

    fn set_links(&mut self, id: u32, layer: usize, links: &[Near]) {
        let slots: &mut [u32] = match layer {
            0 => &mut self.base[id as usize],
            _ => &mut self.upper[id as usize][layer - 1],
        };
        slots.fill(NONE);
        slots.iter_mut().zip(links).for_each(|(slot, near)| *slot = near.id);
    }

    /// Links a node to a new one; when it has too many links, the most diverse of them stay.
    fn link_back(&mut self, node: Near, new: u32, layer: usize) {
        let query = Query { code: self.code(node.id), scale: self.scales[node.id as usize] };
        let slots = self.links(node.id, layer);
        let mut links: Vec<Near> = slots.iter().filter(|to| **to != NONE).map(|to| self.near(&query, *to)).collect();
        links.push(Near { similarity: node.similarity, id: new });
        if links.len() > slots.len() {
            links.sort_unstable_by(|a, b| b.cmp(a));
            links = self.diverse(&links, slots.len());
        }
        self.set_links(node.id, layer, &links);
    }

    /// Of candidates, nearest first, those that are nearer to the query than to any chosen before (the paper's algorithm 4); then
    /// the nearest of the rest.
    fn diverse(&self, candidates: &[Near], most: usize) -> Vec<Near> {
        let (mut chosen, mut rest): (Vec<Near>, Vec<Near>) = (Vec::with_capacity(most), Vec::new());
        for candidate in candidates {
            if chosen.len() == most {
                break;
            }
            let query = Query { code: self.code(candidate.id), scale: self.scales[candidate.id as usize] };
            let alone = chosen.iter().all(|other| self.near(&query, other.id).similarity < candidate.similarity);
            if alone { &mut chosen } else { &mut rest }.push(*candidate);
        }
        let room = most - chosen.len();
        chosen.extend(rest.into_iter().take(room));
        chosen
    }

    /// Walks to the nearest node of an upper layer.
    fn greedy(&self, query: &Query<'_>, start: Vec<Near>, layer: usize) -> Vec<Near> {
        let Some(mut best) = start.into_iter().max() else {
            return Vec::new();
        };
        loop {
            let links = self.links(best.id, layer).iter().filter(|to| **to != NONE);
            match links.map(|to| self.near(query, *to)).max().filter(|near| *near > best) {
                Some(nearer) => best = nearer,
                None => return vec![best],
            }
        }
    }

    /// The `width` nearest nodes that can be reached on a layer, nearest first (the paper's algorithm 2).
    fn search(&self, query: &Query<'_>, start: &[Near], layer: usize, width: usize, visited: &mut Visited) -> Vec<Near> {
        visited.clear(self.len());
        start.iter().for_each(|near| {
            visited.first_time(near.id);
        });
        let mut open: BinaryHeap<Near> = start.iter().copied().collect();
        let mut found: BinaryHeap<Reverse<Near>> = start.iter().copied().map(Reverse).collect();
        while let Some(next) = open.pop() {
            if found.len() >= width && found.peek().is_some_and(|worst| next < worst.0) {
                break;
            }
            for &to in self.links(next.id, layer).iter().filter(|to| **to != NONE) {
                if !visited.first_time(to) {
                    continue;
                }
                let near = self.near(query, to);
                if found.len() < width || found.peek().is_some_and(|worst| near > worst.0) {
                    open.push(near);
                    found.push(Reverse(near));
                    if found.len() > width {
                        found.pop();
                    }
                }
            }
        }
        found.into_sorted_vec().into_iter().map(|near| near.0).collect()
    }
}

/// A vector that is looked for.
struct Query<'a> {
    code: &'a [i8],
    scale: f32,
}

/// Which nodes a search has seen.
#[derive(Clone, Debug, Default)]
struct Visited {
    bits: Vec<u64>,
    words: Vec<u32>,
}

impl Visited {
    fn clear(&mut self, nodes: usize) {
        self.words.drain(..).for_each(|word| self.bits[word as usize] = 0);
        self.bits.resize(nodes.div_ceil(64).max(self.bits.len()), 0);
    }

    /// Marks a node; false when it was marked before.
    fn first_time(&mut self, id: u32) -> bool {
        let bits = &mut self.bits[id as usize / 64];
        if *bits == 0 {
            self.words.push(id / 64);
        }
        let bit = 1 << (id % 64);
        let first = *bits & bit == 0;
        *bits |= bit;
        first
    }
}

/// A vector as bytes, and the value of one step; a step of 0 for what cannot be searched.
fn quantise(vector: &[f32], dimensions: usize) -> (Vec<i8>, f32) {
    let step = vector.iter().fold(0f32, |most, x| most.max(x.abs())) / f32::from(i8::MAX);
    if vector.len() != dimensions || !step.is_normal() {
        return (vec![0; dimensions], 0.0);
    }
    (vector.iter().map(|x| (x / step).round() as i8).collect(), step)
}

/// In sixteen sums: as one, the compiler takes twice as long for it.
fn dot_codes(a: &[i8], b: &[i8]) -> i32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let product = |x: i8, y: i8| i32::from(i16::from(x) * i16::from(y));
    let mut sums = [0; 16];
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a).zip(b).for_each(|((sum, x), y)| *sum += product(*x, *y));
    }
    sums.iter().sum::<i32>() + a_rest.iter().zip(b_rest).map(|(x, y)| product(*x, *y)).sum::<i32>()
}

/// Of each vector the `n` others nearest to it with their cosines, nearest first: exact up to some thousands, then by an [`Index`].
pub fn all_nearest(vectors: &[Vec<f32>], n: usize) -> Vec<Vec<(u32, f32)>> {
    let usable = |vector: &[f32]| vector.iter().any(|x| *x != 0.0);
    if vectors.len() <= EXACT {
        let usable: Vec<bool> = vectors.iter().map(|vector| usable(vector)).collect();
        return in_parallel(vectors.len(), |i| {
            let others = (0..vectors.len()).filter(|&j| j != i && usable[i] && usable[j]);
            let mut found: Vec<Near> = others.map(|j| Near { similarity: dot(&vectors[i], &vectors[j]), id: j as u32 }).collect();
            if found.len() > n {
                found.select_nth_unstable_by(n, |a, b| b.cmp(a));
                found.truncate(n);
            }
            found.sort_unstable_by(|a, b| b.cmp(a));
            found.into_iter().map(|near| (near.id, near.similarity)).collect()
        });
    }
    let mut index = Index::new(vectors.first().map_or(0, Vec::len));
    vectors.iter().for_each(|vector| {
        index.insert(vector);
    });
    in_parallel(vectors.len(), |i| {
        let mut found = index.nearest(&vectors[i], n + 1);
        found.retain(|near| near.0 as usize != i);
        found.truncate(n);
        found
    })
}

/// Does `count` numbered jobs on all cores; their results in order.
pub fn in_parallel<T: Send>(count: usize, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    let work = || {
        let mut mine = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                break;
            }
            mine.push((i, job(i)));
        }
        done.lock().unwrap_or_else(PoisonError::into_inner).append(&mut mine);
    };
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (1..cores.min(count)).for_each(|_| {
            scope.spawn(work);
        });
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::super::normalise;
    use super::*;

    /// Vectors in loose bunches, as texts are.
    fn vectors(count: usize, dimensions: usize) -> Vec<Vec<f32>> {
        let noise = |seed: u64| (mix(seed) % 2001) as f32 / 1000.0 - 1.0;
        let one = |i: usize| {
            let bunch = i % 40;
            let mut v: Vec<f32> =
                (0..dimensions).map(|j| noise((bunch * 1000 + j) as u64) + noise((1 << 32) + (i * 1000 + j) as u64)).collect();
            normalise(&mut v);
            v
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn finds_nearly_all_that_are_nearest() {
        let vectors = vectors(3000, 32);
        let exact = all_nearest(&vectors, 10);
        let mut index = Index::new(32);
        vectors.iter().for_each(|vector| {
            index.insert(vector);
        });
        let mut hits = 0;
        for (i, exact) in exact.iter().enumerate().step_by(10) {
            let found = index.nearest(&vectors[i], 11);
            assert_eq!(found[0].0 as usize, i);
            hits += exact.iter().filter(|near| found.iter().any(|other| other.0 == near.0)).count();
        }
        assert!(hits as f32 / 3000.0 >= 0.95, "{hits} of 3000");
    }

    #[test]
    fn zeros_and_strangers_are_never_found() {
        let mut index = Index::new(2);
        assert!(index.nearest(&[1.0, 0.0], 3).is_empty());
        assert_eq!([index.insert(&[0.0, 0.0]), index.insert(&[0.6, 0.8]), index.insert(&[1.0]), index.insert(&[0.0, 1.0])], [0, 1, 2, 3]);
        let found: Vec<u32> = index.nearest(&[0.0, 1.0], 5).iter().map(|near| near.0).collect();
        assert_eq!(found, [3, 1]);
        assert!(index.nearest(&[0.0, 0.0], 5).is_empty());
        assert_eq!(all_nearest(&[vec![0.0], vec![1.0], vec![1.0]], 5)[1], [(2, 1.0)]);
    }

    #[test]
    fn jobs_return_in_order() {
        assert_eq!(in_parallel(1000, |i| i * 2), (0..1000).map(|i| i * 2).collect::<Vec<_>>());
        assert!(in_parallel(0, |i| i).is_empty());
    }
}
