use std::fmt::{self, Display, Formatter};

use serde_json::{Map, Value, json};

/// One table: what was measured, row by row.
pub struct Section {
    /// Its name in the JSON.
    pub name: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// Its columns; a unit ends the name.
    pub columns: &'static [&'static str],
    /// Values in the order of the columns.
    pub rows: Vec<Vec<Value>>,
}

/// Everything that was measured in one run.
pub struct Report {
    short: bool,
    /// What PostgreSQL calls itself.
    pub postgres: String,
    /// The tables, in the order in which they were measured.
    pub sections: Vec<Section>,
}

impl Report {
    /// Without tables yet.
    pub fn new(short: bool) -> Self {
        Self { short, postgres: String::new(), sections: Vec::new() }
    }

    fn machine(&self) -> Vec<(&'static str, Value)> {
        let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        vec![
            ("version", env!("CARGO_PKG_VERSION").into()),
            ("build", build.into()),
            ("short", self.short.into()),
            ("cores", cores.into()),
            ("postgres", self.postgres.clone().into()),
        ]
    }

    /// The whole as one JSON object: `machine`, and each table by its name as a list of objects.
    pub fn to_json(&self) -> Value {
        let mut all: Map<String, Value> = Map::new();
        all.insert("machine".into(), self.machine().into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>().into());
        for section in &self.sections {
            let row = |row: &Vec<Value>| -> Map<String, Value> {
                section.columns.iter().map(|c| (*c).to_owned()).zip(row.iter().cloned()).collect()
            };
            all.insert(section.name.into(), section.rows.iter().map(row).map(Value::from).collect::<Vec<_>>().into());
        }
        all.into()
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let machine: Vec<String> = self.machine().iter().map(|(k, v)| format!("{k}: {}", text(v))).collect();
        writeln!(f, "{}", machine.join(", "))?;
        if self.short {
            writeln!(f, "A short run: it shows that everything works; its figures mean nothing.")?;
        }
        for section in &self.sections {
            writeln!(f, "\n{}", section.title)?;
            let heads = section.columns.iter().map(|c| c.replace('_', " ")).collect();
            let lines: Vec<Vec<String>> = std::iter::once(heads).chain(section.rows.iter().map(|r| r.iter().map(text).collect())).collect();
            let widths: Vec<usize> =
                (0..section.columns.len()).map(|c| lines.iter().map(|l| l[c].chars().count()).max().unwrap_or(0)).collect();
            for line in &lines {
                // The first column names the row; numbers stand under one another on the right.
                let cells: Vec<String> = line
                    .iter()
                    .zip(&widths)
                    .enumerate()
                    .map(|(n, (cell, width))| if n == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") })
                    .collect();
                writeln!(f, "  {}", cells.join("  ").trim_end())?;
            }
        }
        Ok(())
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A measured number, to three significant digits.
pub fn number(value: f64) -> Value {
    if !value.is_finite() {
        return Value::Null;
    }
    let digits = if value == 0.0 { 0.0 } else { 2.0 - value.abs().log10().floor() };
    if digits <= 0.0 {
        return json!(value.round() as i64);
    }
    let scale = 10_f64.powf(digits.min(6.0));
    json!((value * scale).round() / scale)
}

/// The middle one of several measurements; NaN of none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits() {
        assert_eq!([1234.6, 12.345, 0.012_345, 0.0].map(|n| number(n).to_string()), ["1235", "12.3", "0.0123", "0"]);
        assert_eq!(number(f64::NAN), Value::Null);
    }

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_report_is_a_table_and_an_object() {
        let rows = vec![vec![json!(1), json!(900.5)], vec![json!(256), Value::Null]];
        let section = Section { name: "votes", title: "Votes", columns: &["clients", "votes_per_s"], rows };
        let report = Report { sections: vec![section], ..Report::new(true) };
        assert_eq!(report.to_json()["votes"], json!([{ "clients": 1, "votes_per_s": 900.5 }, { "clients": 256, "votes_per_s": null }]));
        assert!(report.to_string().contains("  clients  votes per s\n  1              900.5\n  256                –\n"), "{report}");
    }
}
