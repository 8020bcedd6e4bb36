//! The map of matters: clusters as circles, near ones beside each other, and the same as a table.

use askama::Template;
use serde::Deserialize;
use serde_json::json;

use crate::web::{
    parts::Named,
    ui::{Answer, Ui},
};

/// Clusters that are drawn: more than that, nobody tells apart.
const DRAWN: i32 = 150;
/// Width and height of the drawing in its own units, and the room that is left free at its edges.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 700.0;
const EDGE: f64 = 60.0;
/// Radius of the smallest circle, which can still be hit with a finger, and of the largest.
const SMALLEST: f64 = 18.0;
const LARGEST: f64 = 48.0;
/// Rounds in which circles that cover each other are pushed apart.
const ROUNDS: usize = 200;
/// Circles that are called by their names at the most, words and characters of a name, and half the width of a character.
const NAMED: usize = 12;
const WORDS: usize = 2;
const NAME: usize = 24;
const HALF: f64 = 4.8;
/// Colours of groups; further ones share the last.
const COLOURS: usize = 6;

const MAP: &str = "query($first: Int!) { ...Shell clusterMap(first: $first) { x y cluster { id label size group { id name } } } }";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    cluster_map: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    x: f64,
    y: f64,
    cluster: Cluster,
}

#[derive(Deserialize)]
struct Cluster {
    id: String,
    label: String,
    size: i64,
    group: Option<Named>,
}

/// A cluster on the map.
struct Circle {
    id: String,
    label: String,
    size: i64,
    group: String,
    colour: usize,
    x: f64,
    y: f64,
    radius: f64,
    /// What stands beneath it, for the largest.
    name: Option<String>,
}

impl Circle {
    fn cx(&self) -> String {
        format!("{:.1}", self.x)
    }

    fn cy(&self) -> String {
        format!("{:.1}", self.y)
    }

    fn r(&self) -> String {
        format!("{:.1}", self.radius)
    }

    /// Where its name stands: beneath it, and whole on the paper.
    fn below(&self) -> String {
        format!("{:.1}", self.y + self.radius + 16.0)
    }

    fn middle(&self) -> String {
        let half = self.name.as_ref().map_or(0.0, |name| half_width(name));
        format!("{:.1}", self.x.clamp(half, WIDTH - half))
    }
}

/// A group and its colour.
struct Legend {
    name: String,
    colour: usize,
}

#[derive(Template)]
#[template(path = "experts/map.html")]
struct Page {
    ui: Ui,
    circles: Vec<Circle>,
    legend: Vec<Legend>,
}

/// The map.
pub async fn show(ui: Ui) -> Answer {
    let data: Data = ui.ask(MAP, json!({ "first": DRAWN })).await?;
    let mut legend: Vec<Legend> = Vec::new();
    let most = data.cluster_map.iter().map(|point| point.cluster.size).max().unwrap_or(1).max(1);
    let circle = |Point { x, y, cluster }: Point| {
        let group = cluster.group.map_or_else(|| ui.t("queue-group-desk"), |group| group.name);
        let colour = legend.iter().position(|known| known.name == group).unwrap_or(legend.len()).min(COLOURS - 1);
        if legend.iter().all(|known| known.name != group) {
            legend.push(Legend { name: group.clone(), colour });
        }
        Circle {
            id: cluster.id,
            label: if cluster.label.is_empty() { ui.t("cluster-unnamed") } else { cluster.label },
            size: cluster.size,
            group,
            colour,
            x: EDGE + x * (WIDTH - 2.0 * EDGE),
            y: EDGE + y * (HEIGHT - 2.0 * EDGE),
            // The area says how many.
            radius: SMALLEST + (LARGEST - SMALLEST) * (cluster.size as f64 / most as f64).sqrt(),
            name: None,
        }
    };
    let mut circles: Vec<Circle> = data.cluster_map.into_iter().map(circle).collect();
    push_apart(&mut circles);
    name(&mut circles);
    ui.page(&Page { circles, legend, ui: ui.clone() })
}

/// Moves circles that cover each other apart, the smaller ones further, and keeps all on the paper.
fn push_apart(circles: &mut [Circle]) {
    for round in 0..ROUNDS {
        let mut moved = false;
        for i in 0..circles.len() {
            for j in 0..i {
                let (dx, dy) = (circles[i].x - circles[j].x, circles[i].y - circles[j].y);
                let (distance, wanted) = (dx.hypot(dy), circles[i].radius + circles[j].radius + 4.0);
                if distance >= wanted {
                    continue;
                }
                moved = true;
                // In one and the same place: each goes its own way.
                let turn = (i * 7 + j * 3 + round) as f64;
                let (ux, uy) = if distance > 0.01 { (dx / distance, dy / distance) } else { (turn.cos(), turn.sin()) };
                let share = circles[j].radius / (circles[i].radius + circles[j].radius);
                let gap = wanted - distance;
                circles[i].x += ux * gap * share;
                circles[i].y += uy * gap * share;
                circles[j].x -= ux * gap * (1.0 - share);
                circles[j].y -= uy * gap * (1.0 - share);
            }
        }
        for circle in circles.iter_mut() {
            circle.x = circle.x.clamp(circle.radius, WIDTH - circle.radius);
            circle.y = circle.y.clamp(circle.radius, HEIGHT - circle.radius - 20.0);
        }
        if !moved {
            return;
        }
    }
}

fn half_width(name: &str) -> f64 {
    name.chars().count() as f64 * HALF
}

/// Calls the largest by their names where these do not cover each other.
fn name(circles: &mut [Circle]) {
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    for circle in circles.iter_mut() {
        let mut name = circle.label.split(", ").take(WORDS).collect::<Vec<_>>().join(", ");
        if name.chars().count() > NAME {
            name = name.chars().take(NAME - 1).chain(['…']).collect();
        }
        let (half, y) = (half_width(&name), circle.y + circle.radius + 16.0);
        let free = taken.iter().all(|(x, other, width)| (circle.x - x).abs() > half + width || (y - other).abs() > 20.0);
        if free && taken.len() < NAMED {
            taken.push((circle.x, y, half));
            circle.name = Some(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(x: f64, y: f64, radius: f64) -> Circle {
        let (id, label, group) = (String::new(), "Не горят фонари во дворах".to_owned(), String::new());
        Circle { id, label, size: 1, group, colour: 0, x, y, radius, name: None }
    }

    #[test]
    fn circles_lie_beside_each_other_on_the_paper() {
        let mut circles: Vec<Circle> = (0..60).map(|i| circle(500.0 + f64::from(i % 3), 350.0, 18.0 + f64::from(i % 5))).collect();
        push_apart(&mut circles);
        for (i, a) in circles.iter().enumerate() {
            assert!((0.0..=WIDTH).contains(&(a.x - a.radius)) && a.x + a.radius <= WIDTH && a.y + a.radius <= HEIGHT);
            for b in &circles[..i] {
                assert!((a.x - b.x).hypot(a.y - b.y) > (a.radius + b.radius) * 0.9, "{} {} {} {}", a.x, a.y, b.x, b.y);
            }
        }
    }

    #[test]
    fn names_do_not_cover_each_other() {
        let mut circles = vec![circle(200.0, 200.0, 20.0), circle(210.0, 205.0, 20.0), circle(700.0, 200.0, 20.0)];
        name(&mut circles);
        assert_eq!(circles.iter().map(|c| c.name.is_some()).collect::<Vec<_>>(), [true, false, true]);
        assert!(circles[0].name.as_ref().unwrap().ends_with('…'));
    }
}
