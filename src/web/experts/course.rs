//! How many wrote on which day, as bars, in words and as a table.

use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::web::ui::Ui;

/// Width and height of the drawing, in its own units.
const WIDTH: i64 = 600;
const HEIGHT: i64 = 90;
/// Days that are drawn, at the most.
const DAYS: i64 = 90;

/// How many wrote on a day.
#[derive(Debug, Clone, Deserialize)]
pub struct DayCount {
    /// The day.
    pub day: NaiveDate,
    /// How many.
    pub count: i64,
}

/// A day's bar.
struct Bar {
    x: i64,
    y: i64,
    width: i64,
    height: i64,
}

/// How many wrote on which day.
#[derive(Template)]
#[template(path = "experts/course.html")]
pub struct Course {
    ui: Ui,
    days: Vec<DayCount>,
    bars: Vec<Bar>,
    first: NaiveDate,
    last: NaiveDate,
    summary: String,
}

impl askama::filters::HtmlSafe for Course {}

impl Course {
    /// Draws these days, oldest first; nothing where there are none.
    pub fn new(ui: &Ui, days: Vec<DayCount>) -> Option<Self> {
        let (first, last) = (days.first()?.day, days.last()?.day);
        let most = days.iter().max_by_key(|day| day.count)?;
        let total: i64 = days.iter().map(|day| day.count).sum();
        let span = (last - first).num_days() + 1;
        let args = [("count", total.into()), ("days", span.into()), ("most", most.count.into()), ("day", ui.day(&most.day).into())];
        let summary = ui.ts(if most.count > 1 { "cluster-course-summary" } else { "cluster-course-even" }, &args);
        Some(Self { bars: bars(&days, first, span, most.count), ui: ui.clone(), days, first, last, summary })
    }
}

fn bars(days: &[DayCount], first: NaiveDate, span: i64, most: i64) -> Vec<Bar> {
    let step = WIDTH / span.clamp(1, DAYS);
    // A few days are drawn as slim as those of a month, and spread over the whole axis.
    let width = (step - 2).clamp(1, WIDTH / 30);
    let bar = |day: &DayCount| {
        let height = (day.count * HEIGHT / most.max(1)).max(2);
        Bar { x: (day.day - first).num_days() * step + (step - width) / 2, y: HEIGHT - height, width, height }
    };
    days.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bar_lies_within_the_drawing() {
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        for span in [1, 2, 30, 31, 90] {
            let days: Vec<DayCount> =
                (0..span).map(|n| DayCount { day: first + chrono::Days::new(n), count: i64::try_from(n).unwrap() * 7 + 1 }).collect();
            let most = days.last().unwrap().count;
            let bars = bars(&days, first, i64::try_from(span).unwrap(), most);
            assert!(
                bars.iter().all(|b| b.width > 0 && b.x >= 0 && b.x + b.width <= WIDTH && b.y >= 0 && b.y + b.height == HEIGHT),
                "{span}"
            );
            assert!(bars.iter().zip(bars.iter().skip(1)).all(|(a, b)| a.x + a.width <= b.x), "{span}: bars do not overlap");
        }
    }
}
