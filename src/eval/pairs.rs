//! `veche eval pairs`: how well the judge of near-duplicates does on labelled pairs of texts.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Serialize;

use crate::nlp::Idf;
use crate::nlp::duplicates::{self, Prepared};

/// Which pairs, and where in the files they stand.
#[derive(Debug, Args)]
pub struct Options {
    /// A CSV or TSV file with a header: two texts and a label a row, or (with --source) two row numbers and a label.
    file: PathBuf,
    /// A CSV or TSV file whose texts the row numbers mean; the first row after its header is 1.
    #[arg(long, value_name = "FILE")]
    source: Option<PathBuf>,
    /// The column of the texts in the source.
    #[arg(long, default_value = "text")]
    text: String,
    /// The columns of both texts, or of both row numbers [default: text_1,text_2, with --source row_1,row_2]
    #[arg(long, value_delimiter = ',')]
    columns: Vec<String>,
    /// The column of the labels.
    #[arg(long, default_value = "label")]
    label: String,
    /// Labels that mean "the same"; all others mean "not the same".
    #[arg(long, value_delimiter = ',', default_value = "1", allow_hyphen_values = true)]
    same: Vec<String>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Two texts, by their places among all, and whether people say they are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Place of the first text.
    pub a: usize,
    /// Place of the second text.
    pub b: usize,
    /// What people say.
    pub same: bool,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Pairs measured.
    pub pairs: usize,
    /// Of them the same.
    pub same: usize,
    /// At the threshold that the service uses.
    #[serde(flatten)]
    pub default: AtThreshold,
    /// At the threshold of the highest F1.
    pub best: AtThreshold,
    /// Area under the curve of precision over recall, as the mean precision at each pair that is the same, 0..=1.
    pub average_precision: f64,
}

/// Outcomes when pairs from a score on are called the same.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AtThreshold {
    /// The least score.
    pub threshold: f64,
    /// Share of the right among those called the same, 0..=1; 1 when none is.
    pub precision: f64,
    /// Share of those called the same among the same, 0..=1; 1 when none is.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
    /// Rightly called the same.
    pub true_positives: usize,
    /// Wrongly called the same.
    pub false_positives: usize,
    /// The same, but not called so.
    pub false_negatives: usize,
}

/// Reads the files and measures.
///
/// # Errors
/// A file cannot be read, a column is missing, or a row number is out of range.
pub fn run(options: &Options) -> Result<Report> {
    let columns: [&str; 2] = match (options.columns.as_slice(), &options.source) {
        ([a, b], _) => [a, b],
        ([], Some(_)) => ["row_1", "row_2"],
        ([], None) => ["text_1", "text_2"],
        (other, _) => bail!("two columns are needed, not {}", other.len()),
    };
    let rows = read(&options.file, &[columns[0], columns[1], &options.label])?;
    let (mut texts, mut pairs) = (Vec::new(), Vec::new());
    if let Some(source) = &options.source {
        texts = read(source, &[&options.text])?.into_iter().flatten().collect();
    }
    for (at, row) in rows.into_iter().enumerate() {
        let Ok([a, b, label]) = <[String; 3]>::try_from(row) else { bail!("failed to read row {}", at + 1) };
        let same = options.same.iter().any(|same| same == label.trim());
        let place = |number: &str| -> Result<usize> {
            let row: usize =
                number.trim().parse().with_context(|| format!("failed to read row {}: `{number}` is no row number", at + 1))?;
            ensure!((1..=texts.len()).contains(&row), "failed to read row {}: the source has no row {row}", at + 1);
            Ok(row - 1)
        };
        if options.source.is_some() {
            pairs.push(Pair { a: place(&a)?, b: place(&b)?, same });
        } else {
            pairs.push(Pair { a: texts.len(), b: texts.len() + 1, same });
            texts.extend([a, b]);
        }
    }
    Ok(evaluate(&texts, &pairs))
}

/// The named columns of a file, tab-separated when a tab is in its header, else comma-separated.
fn read(path: &Path, columns: &[&str]) -> Result<Vec<Vec<String>>> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("failed to open {shown}"))?;
    let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(&bytes);
    let header = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let delimiter = if header.contains(&b'\t') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
    let headers = reader.headers().with_context(|| format!("failed to read the header of {shown}"))?.clone();
    let place = |name: &&str| {
        let known = || headers.iter().collect::<Vec<_>>().join(", ");
        headers.iter().position(|h| h == *name).with_context(|| format!("{shown} has no column `{name}`; its columns are: {}", known()))
    };
    let places = columns.iter().map(place).collect::<Result<Vec<_>>>()?;
    let mut rows = Vec::new();
    for (row, record) in reader.records().enumerate() {
        let record = record.with_context(|| format!("failed to read row {} of {shown}", row + 1))?;
        rows.push(places.iter().map(|place| record.get(*place).unwrap_or_default().to_owned()).collect());
    }
    Ok(rows)
}

/// Measures pairs of texts as the service judges them: words weighed by all the texts, no times. Pairs whose texts are not there are an error of the caller and are left out.
pub fn evaluate(texts: &[String], pairs: &[Pair]) -> Report {
    let mut idf = Idf::new();
    texts.iter().for_each(|text| idf.observe(text));
    let prepared: Vec<Prepared> = texts.iter().map(|text| Prepared::new(text, &idf)).collect();
    let judge = |pair: &Pair| {
        let (a, b) = prepared.get(pair.a).zip(prepared.get(pair.b))?;
        Some((duplicates::judge(a, b, None).score, pair.same))
    };
    measure(pairs.iter().filter_map(judge).collect())
}

/// Measures scores and what people say.
fn measure(mut scored: Vec<(f32, bool)>) -> Report {
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let same = scored.iter().filter(|(_, same)| *same).count();
    let at = |threshold: f32| {
        let called = scored.partition_point(|(score, _)| *score >= threshold);
        let right = scored[..called].iter().filter(|(_, same)| *same).count();
        let share = |of: usize| if of == 0 { 1.0 } else { right as f64 / of as f64 };
        AtThreshold {
            threshold: f64::from(threshold),
            precision: share(called),
            recall: share(same),
            f1: 2.0 * right as f64 / (called + same).max(1) as f64,
            true_positives: right,
            false_positives: called - right,
            false_negatives: same - right,
        }
    };
    let default = at(duplicates::THRESHOLD);
    let mut thresholds: Vec<f32> = scored.iter().map(|(score, _)| *score).collect();
    thresholds.dedup();
    let best = thresholds.iter().map(|t| at(*t)).fold(default, |best, next| if next.f1 > best.f1 { next } else { best });
    // Equal scores are one step of the curve, so that their order does not count.
    let (mut sum, mut found) = (0.0, 0);
    for outcome in thresholds.iter().map(|t| at(*t)) {
        sum += outcome.precision * (outcome.true_positives - found) as f64;
        found = outcome.true_positives;
    }
    Report { pairs: scored.len(), same, default, best, average_precision: if same == 0 { 0.0 } else { sum / same as f64 } }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "pairs              {:>6}   the same {}", self.pairs, self.same)?;
        for (name, at) in [("at the default", &self.default), ("at the best", &self.best)] {
            let AtThreshold { threshold, precision, recall, f1, .. } = at;
            writeln!(f, "{name:<16} {threshold:>8.3}   precision {precision:.3}   recall {recall:.3}   F1 {f1:.3}")?;
            let AtThreshold { true_positives, false_positives, false_negatives, .. } = at;
            writeln!(f, "{:<16} {true_positives:>8} found   {false_positives} wrongly   {false_negatives} missed", "")?;
        }
        write!(f, "average precision  {:>6.3}", self.average_precision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn worked_by_hand() {
        let report = measure(vec![(0.9, true), (0.8, false), (0.7, true), (0.2, true)]);
        let AtThreshold { precision, recall, f1, .. } = report.default;
        assert!(near(precision, 2.0 / 3.0) && near(recall, 2.0 / 3.0) && near(f1, 2.0 / 3.0));
        assert!(near(report.average_precision, (1.0 + 2.0 / 3.0 + 0.75) / 3.0));
        assert!(near(report.best.recall, 1.0) && near(report.best.precision, 0.75));
    }

    #[test]
    fn equal_scores_have_no_order_and_nothing_has_values() {
        let of = |order: [bool; 4]| measure(order.map(|same| (0.5, same)).to_vec()).average_precision;
        assert!(near(of([true, true, false, false]), 0.5) && near(of([false, false, true, true]), 0.5));
        let nothing = measure(Vec::new());
        assert!(near(nothing.default.precision, 1.0) && near(nothing.average_precision, 0.0));
    }

    #[test]
    fn both_forms_of_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let options = |file: PathBuf, source: Option<PathBuf>| Options {
            file,
            source,
            text: "text".into(),
            columns: Vec::new(),
            label: "label".into(),
            same: vec!["1".into()],
            json: false,
        };
        let texts = file("texts.csv", "\u{FEFF}text_1,text_2,label\nЯма у дома 5,\"Яма, у дома 5\",1\nЯма,Лифт стоит,-1\n");
        let report = run(&options(texts, None)).unwrap();
        assert_eq!((report.pairs, report.same), (2, 1));
        let source = file("source.csv", "text\nЯма у дома 5\nЛифт стоит\nЯма у дома 5!\n");
        let rows = file("rows.tsv", "row_1\trow_2\tlabel\n1\t3\t1\n1\t2\t0\n");
        let report = run(&options(rows, Some(source.clone()))).unwrap();
        assert!(near(report.default.f1, 1.0));
        let beyond = file("beyond.tsv", "row_1\trow_2\tlabel\n1\t4\t1\n");
        assert!(run(&options(beyond, Some(source))).unwrap_err().to_string().contains("no row 4"));
    }
}
