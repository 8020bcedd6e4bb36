//! A map of vectors: what is near in many dimensions stays near in two.

use super::dot;

/// Points that can be laid out in a few seconds: the time grows with the square.
pub const MOST: usize = 500;

/// Rounds of the layout; in the first ones what is near is drawn together harder, so that groups form.
const ROUNDS: usize = 400;
const EARLY: usize = 100;
const EXAGGERATION: f64 = 4.0;
/// About how many neighbours each point minds.
const PERPLEXITY: f64 = 15.0;
/// Rounds of power iteration, and of bisection.
const ITERATIONS: usize = 60;

type Point = [f64; 2];

/// A place between 0 and 1 each way for each vector, all of unit length and of one dimension. The same vectors always give the same map.
///
/// Exact t-SNE (van der Maaten and Hinton, "Visualizing Data using t-SNE", 2008) from a start by principal components, which keeps
/// the large in its order (Kobak and Linderman, 2021). Of fewer than four vectors the principal components alone.
pub fn project(vectors: &[Vec<f32>]) -> Vec<(f32, f32)> {
    let mut points = principal(vectors);
    if points.len() >= 4 {
        scale(&mut points, 1e-4);
        layout(&mut points, &affinities(vectors));
    }
    fit(&points)
}

/// The vectors by their first two principal components, found by power iteration.
fn principal(vectors: &[Vec<f32>]) -> Vec<Point> {
    let Some(dimensions) = vectors.first().map(Vec::len) else { return Vec::new() };
    let count = vectors.len() as f32;
    let mut mean = vec![0f32; dimensions];
    vectors.iter().for_each(|v| mean.iter_mut().zip(v).for_each(|(m, x)| *m += x / count));
    let centred: Vec<Vec<f32>> = vectors.iter().map(|v| v.iter().zip(&mean).map(|(x, m)| x - m).collect()).collect();
    let mut points = vec![[0.0; 2]; vectors.len()];
    let mut axes: Vec<Vec<f32>> = Vec::new();
    for component in 0..2 {
        // Any start does that is not at a right angle to the axis.
        let mut axis: Vec<f32> = (0..dimensions).map(|i| 1.0 + (i * (component + 2) % 7) as f32).collect();
        for _ in 0..ITERATIONS {
            let mut next = vec![0f32; dimensions];
            for v in &centred {
                let along = dot(v, &axis);
                next.iter_mut().zip(v).for_each(|(n, x)| *n += along * x);
            }
            for other in &axes {
                let along = dot(&next, other);
                next.iter_mut().zip(other).for_each(|(n, x)| *n -= along * x);
            }
            super::normalise(&mut next);
            axis = next;
        }
        // An axis has two directions; one of them must be chosen for the map to be the same again.
        let largest = axis.iter().fold(0f32, |most, x| if x.abs() > most.abs() { *x } else { most });
        let sign = if largest < 0.0 { -1.0 } else { 1.0 };
        points.iter_mut().zip(&centred).for_each(|(point, v)| point[component] = f64::from(sign * dot(v, &axis)));
        axes.push(axis);
    }
    points
}

/// Brings the standard deviation of the first coordinate to a size.
fn scale(points: &mut [Point], size: f64) {
    let deviation = (points.iter().map(|p| p[0] * p[0]).sum::<f64>() / points.len() as f64).sqrt();
    let factor = if deviation > 0.0 { size / deviation } else { 0.0 };
    for (i, point) in points.iter_mut().enumerate() {
        // Equal vectors need some distance to move apart.
        *point = [point[0] * factor + size * 1e-3 * (i % 13) as f64, point[1] * factor + size * 1e-3 * (i % 11) as f64];
    }
}

/// How much each pair belongs together, row by row: symmetric, all together 1.
fn affinities(vectors: &[Vec<f32>]) -> Vec<f64> {
    let n = vectors.len();
    let target = PERPLEXITY.min((n - 1) as f64 / 3.0).max(1.0).ln();
    let mut shares = vec![0.0; n * n];
    for (i, row) in shares.chunks_exact_mut(n).enumerate() {
        let distances: Vec<f64> = vectors.iter().map(|other| f64::from(2.0 - 2.0 * dot(&vectors[i], other)).max(0.0)).collect();
        let (mut low, mut high, mut precision) = (0.0, f64::INFINITY, 1.0);
        for _ in 0..ITERATIONS {
            let mut sum = 0.0;
            for (j, (share, distance)) in row.iter_mut().zip(&distances).enumerate() {
                *share = if i == j { 0.0 } else { (-distance * precision).exp() };
                sum += *share;
            }
            let sum = sum.max(f64::MIN_POSITIVE);
            row.iter_mut().for_each(|share| *share /= sum);
            let entropy: f64 = row.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum();
            if entropy > target {
                low = precision;
                precision = if high.is_finite() { (low + high) / 2.0 } else { precision * 2.0 };
            } else {
                high = precision;
                precision = (low + high) / 2.0;
            }
        }
    }
    let both = |i: usize, j: usize| (shares[i * n + j] + shares[j * n + i]) / (2 * n) as f64;
    (0..n * n).map(|at| both(at / n, at % n)).collect()
}

/// Moves the points until near ones are near: gradient descent with momentum.
fn layout(points: &mut [Point], affinities: &[f64]) {
    let n = points.len();
    // As large a step as does not swing to and fro while the near are drawn together harder.
    let rate = n as f64 / 8.0;
    let mut speeds = vec![[0.0; 2]; n];
    let mut near = vec![0.0; n * n];
    for round in 0..ROUNDS {
        let (pull, momentum) = if round < EARLY { (EXAGGERATION, 0.5) } else { (1.0, 0.8) };
        let mut all = 0.0;
        for i in 0..n {
            for j in 0..i {
                let (dx, dy) = (points[i][0] - points[j][0], points[i][1] - points[j][1]);
                let closeness = 1.0 / (1.0 + dx * dx + dy * dy);
                (near[i * n + j], near[j * n + i]) = (closeness, closeness);
                all += 2.0 * closeness;
            }
        }
        let force = |i: usize| {
            let mut force = [0.0; 2];
            for j in (0..n).filter(|j| *j != i) {
                let closeness = near[i * n + j];
                let strength = 4.0 * (pull * affinities[i * n + j] - closeness / all) * closeness;
                force[0] += strength * (points[i][0] - points[j][0]);
                force[1] += strength * (points[i][1] - points[j][1]);
            }
            force
        };
        let forces: Vec<Point> = (0..n).map(force).collect();
        for ((point, speed), force) in points.iter_mut().zip(&mut speeds).zip(forces) {
            for axis in 0..2 {
                speed[axis] = momentum * speed[axis] - rate * force[axis];
                point[axis] += speed[axis];
            }
        }
    }
}

/// Puts the points into the unit square, both ways by one measure.
fn fit(points: &[Point]) -> Vec<(f32, f32)> {
    let bounds = |axis: usize| {
        let values = points.iter().map(|p| p[axis]).filter(|x| x.is_finite());
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
    };
    let bounds = [bounds(0), bounds(1)];
    let span = bounds.iter().map(|(low, high)| high - low).fold(0.0, f64::max);
    let place = |point: &Point, axis: usize| {
        let (low, high) = bounds[axis];
        let at = 0.5 + (point[axis] - (low + high) / 2.0) / span;
        if at.is_finite() { at.clamp(0.0, 1.0) as f32 } else { 0.5 }
    };
    points.iter().map(|point| (place(point, 0), place(point, 1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A unit vector near one of the axes, by a number for its own direction.
    fn vector(axis: usize, own: usize) -> Vec<f32> {
        let mut v = vec![0.05; 16];
        v[axis] = 1.0;
        v[8 + own % 8] += 0.3;
        crate::nlp::normalise(&mut v);
        v
    }

    fn distance(a: (f32, f32), b: (f32, f32)) -> f32 {
        (a.0 - b.0).hypot(a.1 - b.1)
    }

    #[test]
    fn near_stays_near_and_the_map_is_always_the_same() {
        let vectors: Vec<Vec<f32>> = (0..40).map(|i| vector(i % 4, i / 4)).collect();
        let map = project(&vectors);
        assert_eq!(map, project(&vectors));
        // The nearest on the map is of the same kind nearly always.
        let nearest = |i: usize| (0..40).filter(|j| *j != i).min_by(|a, b| distance(map[i], map[*a]).total_cmp(&distance(map[i], map[*b])));
        let kept = (0..40).filter(|i| nearest(*i).is_some_and(|j| j % 4 == i % 4)).count();
        assert!(kept >= 36, "{kept} of 40: {map:?}");
        // It uses the room that there is.
        assert!(map.iter().any(|p| p.0.min(p.1) < 0.1) && map.iter().any(|p| p.0.max(p.1) > 0.9));
    }

    #[test]
    fn a_few_find_their_places_too() {
        assert!(project(&[]).is_empty());
        assert_eq!(project(&[vector(0, 0)]), [(0.5, 0.5)]);
        let two = project(&[vector(0, 0), vector(1, 0)]);
        assert!(distance(two[0], two[1]) > 0.5, "{two:?}");
        // All the same: they lie somewhere on the map.
        assert_eq!(project(&vec![vector(0, 0); 5]).len(), 5);
    }

    proptest! {
        #[test]
        fn every_place_is_on_the_map(vectors in proptest::collection::vec(proptest::collection::vec(-1.0f32..1.0, 8), 0..12)) {
            let mut vectors = vectors;
            vectors.iter_mut().for_each(|v| crate::nlp::normalise(v));
            let map = project(&vectors);
            prop_assert_eq!(map.len(), vectors.len());
            prop_assert!(map.iter().all(|(x, y)| (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y)));
        }
    }
}
