//! Charts: drawn on the server, without scripts; what they show is also said in words and stands in a table.

use std::collections::BTreeMap;

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use super::{format, ui::Ui};
use crate::i18n::Value;

/// Points that are drawn at the most: more than that, nobody sees.
const POINTS: usize = 120;
/// Marks of lines, told apart by colour and by dashes.
const MARKS: [(&str, &str); 3] = [("", "none"), ("b", "7 4"), ("c", "2 4")];

/// Numbers over time.
pub struct Series {
    /// What is counted.
    pub name: String,
    /// When and how many, in the order of time.
    pub points: Vec<(DateTime<Utc>, i64)>,
}

/// A figure: a drawing, its gist in words, its numbers as a table.
#[derive(Template)]
#[template(path = "parts/chart.html")]
pub struct Chart {
    ui: Ui,
    title: String,
    summary: String,
    plot: Plot,
    csv: Option<String>,
}

impl askama::filters::HtmlSafe for Chart {}

enum Plot {
    Nothing,
    Lines(Lines),
    Bars(Vec<Bar>),
}

struct Lines {
    lines: Vec<Line>,
    /// Numbers at the left edge, from the top to 0.
    scale: Vec<Tick>,
    /// Where the limit lies, 0 the top, 100 the bottom.
    limit: Option<String>,
    /// Moments below: the first, the middle one, the last.
    moments: Vec<String>,
    rows: Vec<Row>,
}

struct Line {
    name: String,
    class: &'static str,
    dash: &'static str,
    path: String,
    /// The path down to the bottom, for a single line.
    area: Option<String>,
}

struct Tick {
    label: String,
    y: String,
}

struct Row {
    label: String,
    values: Vec<String>,
}

struct Bar {
    label: String,
    width: String,
    value: String,
}

impl Chart {
    /// Lets people take the numbers with them from this address.
    #[must_use]
    pub fn csv(mut self, address: String) -> Self {
        self.csv = Some(address).filter(|_| !matches!(self.plot, Plot::Nothing));
        self
    }
}

/// Lines over time, the first with its area where it is alone. A limit is drawn across. Long courses are thinned out evenly.
pub fn lines(ui: &Ui, title: &str, series: &[Series], limit: Option<i64>) -> Chart {
    let moments = thinned(series);
    let values = || series.iter().flat_map(|s| s.points.iter().map(|(_, v)| *v));
    let (Some((first, _)), Some((last, _))) = (moments.first_key_value(), moments.last_key_value()) else { return nothing(ui, title) };
    if values().all(|v| v == 0) {
        return nothing(ui, title);
    }
    let most = values().chain(limit).max().unwrap_or(0).max(1);
    let (first, last, step) = (*first, *last, step(most));
    let top = ((most - 1) / step + 1).saturating_mul(step);
    let x = |at: DateTime<Utc>| share((at - first).num_seconds(), (last - first).num_seconds());
    let y = |value: i64| 100.0 - share(value.clamp(0, top), top);
    let mut drawn = Vec::new();
    for (at, s) in series.iter().enumerate() {
        let points: Vec<_> = moments.iter().filter_map(|(moment, values)| Some((x(*moment), y((*values.get(at)?)?)))).collect();
        let (Some((from, _)), Some((to, _))) = (points.first(), points.last()) else { continue };
        let path = points.iter().map(|(x, y)| format!("{x:.2} {y:.2}")).collect::<Vec<_>>().join("L");
        let area = (series.len() == 1).then(|| format!("M{from:.2} 100L{path}L{to:.2} 100Z"));
        // A line of no length shows as a dot.
        let path = if points.len() == 1 { format!("M{path}h.01") } else { format!("M{path}") };
        let (class, dash) = MARKS.get(at).copied().unwrap_or(MARKS[0]);
        drawn.push(Line { name: s.name.clone(), class, dash, path, area });
    }
    let close = moments.keys().zip(moments.keys().skip(1)).any(|(a, b)| *b - *a < TimeDelta::hours(20));
    let row = |(at, values): (&DateTime<Utc>, &Vec<Option<i64>>)| Row {
        label: short(ui, *at, close),
        values: values.iter().map(|v| v.map_or_else(String::new, |v| ui.n(v))).collect(),
    };
    let scale = (0..=top / step).rev().map(|i| Tick { label: ui.n(i * step), y: format!("{:.2}", y(i * step)) }).collect();
    let ends = if last == first { vec![first] } else { vec![first, first + (last - first) / 2, last] };
    let mut summary: Vec<String> = series.iter().filter_map(|s| in_words(ui, s)).collect();
    summary.extend(limit.map(|limit| ui.t1("chart-limit", "count", limit)));
    Chart {
        ui: ui.clone(),
        title: title.to_owned(),
        summary: summary.join(" "),
        plot: Plot::Lines(Lines {
            lines: drawn,
            scale,
            limit: limit.map(|limit| format!("{:.2}", y(limit))),
            moments: ends.into_iter().map(|at| short(ui, at, last - first < TimeDelta::days(3))).collect(),
            rows: moments.iter().map(row).collect(),
        }),
        csv: None,
    }
}

/// Bars to compare numbers with names, in the order given; they are a table themselves.
pub fn bars(ui: &Ui, title: &str, rows: &[(String, i64)]) -> Chart {
    let Some((name, most)) = rows.iter().max_by_key(|(_, value)| *value).filter(|(_, most)| *most > 0) else { return nothing(ui, title) };
    let total: i64 = rows.iter().map(|(_, value)| value).sum();
    let args: [(&str, Value); 3] = [("name", name.into()), ("count", most.into()), ("total", total.into())];
    let bar = |(label, value): &(String, i64)| Bar {
        label: label.clone(),
        width: format!("{:.2}", share((*value).max(0), *most)),
        value: ui.n(value),
    };
    Chart {
        ui: ui.clone(),
        title: title.to_owned(),
        summary: ui.ts("chart-bars-summary", &args),
        plot: Plot::Bars(rows.iter().map(bar).collect()),
        csv: None,
    }
}

fn nothing(ui: &Ui, title: &str) -> Chart {
    Chart { ui: ui.clone(), title: title.to_owned(), summary: ui.t("chart-empty"), plot: Plot::Nothing, csv: None }
}

/// The values of all series by moment, at most so many that they can be seen; the last one always.
fn thinned(series: &[Series]) -> BTreeMap<DateTime<Utc>, Vec<Option<i64>>> {
    let mut moments = BTreeMap::new();
    for (at, s) in series.iter().enumerate() {
        for (moment, value) in &s.points {
            if let Some(slot) = moments.entry(*moment).or_insert_with(|| vec![None; series.len()]).get_mut(at) {
                *slot = Some(*value);
            }
        }
    }
    let (count, every) = (moments.len(), moments.len().div_ceil(POINTS).max(1));
    moments.into_iter().enumerate().filter(|(i, _)| i % every == 0 || i + 1 == count).map(|(_, entry)| entry).collect()
}

/// The distance of the lines of the scale: 1, 2 or 5 with zeros, so that there are at most five.
fn step(most: i64) -> i64 {
    let steps = (0..18).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i64.pow(power)));
    steps.into_iter().find(|step| most / step < 5).unwrap_or(i64::MAX)
}

/// How far a part has come on its way to the whole, in hundredths.
// A chart shows three digits.
#[allow(clippy::cast_precision_loss)]
fn share(part: i64, whole: i64) -> f64 {
    if whole == 0 { 50.0 } else { part as f64 * 100.0 / whole as f64 }
}

fn in_words(ui: &Ui, series: &Series) -> Option<String> {
    let (_, first) = series.points.first()?;
    let (_, last) = series.points.last()?;
    // The earliest of the largest.
    let (at, most) = series.points.iter().rev().max_by_key(|(_, value)| *value)?;
    let args: [(&str, Value); 5] = [
        ("name", (&series.name).into()),
        ("first", first.into()),
        ("last", last.into()),
        ("most", most.into()),
        ("day", format::day_in(ui.locale(), at.with_timezone(&ui.preferences.zone).date_naive()).into()),
    ];
    Some(ui.ts("chart-summary", &args))
}

/// A moment in few letters, in the reader's time zone.
fn short(ui: &Ui, at: DateTime<Utc>, hour: bool) -> String {
    let at = at.with_timezone(&ui.preferences.zone);
    let args = ["%d", "%m", "%Y", "%H", "%M"].map(|part| at.format(part).to_string());
    let args: Vec<(&str, Value)> = ["day", "month", "year", "hour", "minute"].into_iter().zip(args.map(Value::from)).collect();
    ui.ts(if hour { "chart-moment" } else { "chart-day" }, &args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_round() {
        for (most, wanted) in [(0, 1), (1, 1), (4, 1), (5, 2), (9, 2), (10, 5), (24, 5), (25, 10), (1_000, 500), (i64::MAX, i64::MAX)] {
            let step = step(most);
            assert!(step == wanted || most == i64::MAX, "{most}: {step}");
            assert!(most / step < 5);
        }
    }

    #[test]
    fn long_courses_are_thinned_but_keep_their_end() {
        let at = |hour: i64| DateTime::from_timestamp(hour * 3600, 0).unwrap();
        let series = [Series { name: "a".into(), points: (0..1_000).map(|h| (at(h), h)).collect() }];
        let moments = thinned(&series);
        assert!(moments.len() <= POINTS + 1);
        assert_eq!(moments.last_key_value(), Some((&at(999), &vec![Some(999)])));
    }
}
