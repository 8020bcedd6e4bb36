//! Communities in a weighted graph.

use std::collections::VecDeque;

use super::features::mix;

/// An undirected graph: of each node its neighbours with the weights of the edges, each edge at both ends, no loops.
pub type Graph = Vec<Vec<(u32, f32)>>;

/// Joins directed edges into an undirected graph; an edge that runs both ways counts once, with the greater weight.
pub fn undirected(directed: impl Iterator<Item = impl IntoIterator<Item = (u32, f32)>>, nodes: usize) -> Graph {
    let mut graph: Graph = vec![Vec::new(); nodes];
    for (from, edges) in directed.enumerate() {
        for (to, weight) in edges {
            graph[from].push((to, weight));
            graph[to as usize].push((from as u32, weight));
        }
    }
    for edges in &mut graph {
        edges.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        edges.dedup_by_key(|edge| edge.0);
    }
    graph
}

/// The community of each node, numbered from 0, that greatest modularity at a resolution gives (Blondel et al., "Fast unfolding of
/// communities in large networks", 2008; with a queue of the nodes to look at, Traag et al. 2019). The greater the `resolution`,
/// the smaller the communities; 1 is Newman's modularity. The seed orders the nodes.
pub fn louvain(graph: &Graph, resolution: f64, seed: u64) -> Vec<u32> {
    let mut communities: Vec<u32> = (0..graph.len() as u32).collect();
    let mut level = Level { graph: graph.clone(), loops: vec![0.0; graph.len()] };
    loop {
        let (joined, count) = numbered(&level.move_nodes(resolution, seed));
        if count == level.graph.len() {
            return communities;
        }
        communities.iter_mut().for_each(|c| *c = joined[*c as usize]);
        level = level.contract(&joined, count);
    }
}

/// A graph whose nodes are communities of the level below.
struct Level {
    graph: Graph,
    /// Weight inside each node, both ends counted.
    loops: Vec<f64>,
}

impl Level {
    /// Moves single nodes to the neighbouring community that gains most, until no move gains.
    fn move_nodes(&self, resolution: f64, seed: u64) -> Vec<u32> {
        let nodes = self.graph.len();
        let degree = |i: usize| self.loops[i] + self.graph[i].iter().map(|edge| f64::from(edge.1)).sum::<f64>();
        let degrees: Vec<f64> = (0..nodes).map(degree).collect();
        let scale = resolution / degrees.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let mut community: Vec<u32> = (0..nodes as u32).collect();
        let mut totals = degrees.clone();
        let mut order: Vec<usize> = (0..nodes).collect();
        order.sort_by_cached_key(|i| mix(*i as u64 ^ seed << 40));
        let mut queue: VecDeque<usize> = order.into();
        let mut queued = vec![true; nodes];
        let mut links = vec![0.0; nodes];
        while let Some(node) = queue.pop_front() {
            queued[node] = false;
            for &(to, weight) in &self.graph[node] {
                links[community[to as usize] as usize] += f64::from(weight);
            }
            let own = community[node];
            totals[own as usize] -= degrees[node];
            let gain = |c: u32| links[c as usize] - scale * degrees[node] * totals[c as usize];
            let (mut best, mut most) = (own, gain(own));
            for &(to, _) in &self.graph[node] {
                let (candidate, gain) = (community[to as usize], gain(community[to as usize]));
                if gain > most + 1e-12 {
                    (best, most) = (candidate, gain);
                }
            }
            totals[best as usize] += degrees[node];
            self.graph[node].iter().for_each(|edge| links[community[edge.0 as usize] as usize] = 0.0);
            if best != own {
                community[node] = best;
                for &(to, _) in &self.graph[node] {
                    let to = to as usize;
                    if community[to] != best && !queued[to] {
                        queued[to] = true;
                        queue.push_back(to);
                    }
                }
            }
        }
        community
    }

    /// Makes one node of each community.
    fn contract(&self, community: &[u32], count: usize) -> Level {
        let mut level = Level { graph: vec![Vec::new(); count], loops: vec![0.0; count] };
        for (node, edges) in self.graph.iter().enumerate() {
            let own = community[node];
            level.loops[own as usize] += self.loops[node];
            for &(to, weight) in edges {
                match community[to as usize] {
                    other if other == own => level.loops[own as usize] += f64::from(weight),
                    other => level.graph[own as usize].push((other, weight)),
                }
            }
        }
        for edges in &mut level.graph {
            edges.sort_by_key(|edge| edge.0);
            edges.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
        }
        level
    }
}

/// A graph of the given communities: its edges are the sums of those between them.
pub fn contract(graph: &Graph, community: &[u32], count: usize) -> Graph {
    let level = Level { graph: graph.clone(), loops: vec![0.0; graph.len()] };
    level.contract(community, count).graph
}

/// The connected component of each node, numbered from 0, when only edges for which `holds` is true connect.
pub fn components(graph: &Graph, holds: impl Fn(usize, usize) -> bool) -> (Vec<u32>, usize) {
    let mut component = vec![u32::MAX; graph.len()];
    let mut count = 0;
    for start in 0..graph.len() {
        if component[start] != u32::MAX {
            continue;
        }
        component[start] = count;
        let mut reached = vec![start];
        while let Some(node) = reached.pop() {
            for (at, edge) in graph[node].iter().enumerate() {
                let to = edge.0 as usize;
                if component[to] == u32::MAX && holds(node, at) {
                    component[to] = count;
                    reached.push(to);
                }
            }
        }
        count += 1;
    }
    (component, count as usize)
}

/// Labels numbered from 0 in order of first sight, and how many there are.
fn numbered(labels: &[u32]) -> (Vec<u32>, usize) {
    let mut numbers = vec![u32::MAX; labels.len()];
    let mut count = 0;
    let number = |label: &u32| {
        let entry = &mut numbers[*label as usize];
        if *entry == u32::MAX {
            *entry = count;
            count += 1;
        }
        *entry
    };
    (labels.iter().map(number).collect(), count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two triangles with one weak edge between them, and a node alone.
    fn two_triangles() -> Graph {
        let edges = [vec![(1, 1.0), (2, 1.0)], vec![(2, 1.0)], vec![(3, 0.1)], vec![(4, 1.0), (5, 1.0)], vec![(5, 1.0)], vec![], vec![]];
        undirected(edges.into_iter(), 7)
    }

    #[test]
    fn what_is_dense_is_a_community() {
        for seed in 0..8 {
            let (found, count) = numbered(&louvain(&two_triangles(), 1.0, seed));
            assert_eq!((found, count), (vec![0, 0, 0, 1, 1, 1, 2], 3));
        }
    }

    #[test]
    fn resolution_decides_how_fine() {
        let count = |resolution| numbered(&louvain(&two_triangles(), resolution, 1)).1;
        assert_eq!((count(0.01), count(1.0), count(20.0)), (2, 3, 7));
    }

    #[test]
    fn edges_that_run_both_ways_count_once() {
        let graph = undirected([vec![(1, 0.5)], vec![(0, 0.7)]].into_iter(), 2);
        assert_eq!(graph, [vec![(1, 0.7)], vec![(0, 0.7)]]);
    }

    #[test]
    fn components_follow_only_what_holds() {
        let graph = two_triangles();
        assert_eq!(components(&graph, |_, _| true), (vec![0, 0, 0, 0, 0, 0, 1], 2));
        assert_eq!(components(&graph, |node, at| graph[node][at].1 > 0.5).1, 3);
        assert_eq!(components(&Graph::new(), |_, _| true).1, 0);
    }

    #[test]
    fn contraction_sums_the_edges_between() {
        let graph = contract(&two_triangles(), &[0, 0, 0, 1, 1, 1, 2], 3);
        assert_eq!(graph, [vec![(1, 0.1)], vec![(0, 0.1)], vec![]]);
    }
}
