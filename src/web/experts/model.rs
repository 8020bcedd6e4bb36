//! How the machine does: what it gets right, what it takes for what, and the threshold from which it chooses groups.

use askama::Template;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Person, allowed};
use crate::{
    identity::Act,
    web::{
        chart::{self, Chart, Series},
        failure::{Failure, FieldError},
        ui::{Answer, Ui},
    },
};

/// Every so many hundredths a row of the table.
const ROWS: i64 = 10;

const REPORT: &str = "{
    ...Shell
    modelReport {
        embedder { name version trainedAt } filling { filled total } router { name version trainedAt } topics { name version trainedAt }
        threshold configuredThreshold thresholdSetAt thresholdSetBy { name } decided
        now { threshold coverage precision } curve { threshold coverage precision }
        groups { group { name } examples decided precision recall corrections }
        confusion { count from { name } to { name } }
        weeks { week read unsure corrections similarity }
    }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    model_report: Report,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    embedder: Option<Learned>,
    filling: Option<Filling>,
    router: Option<Learned>,
    topics: Option<Learned>,
    threshold: f64,
    configured_threshold: f64,
    threshold_set_at: Option<DateTime<Utc>>,
    threshold_set_by: Option<Person>,
    decided: i64,
    now: Option<Operating>,
    curve: Vec<Operating>,
    groups: Vec<Group>,
    confusion: Vec<Confusion>,
    weeks: Vec<Week>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Learned {
    name: String,
    version: i64,
    trained_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Filling {
    filled: i64,
    total: i64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Operating {
    threshold: f64,
    coverage: f64,
    precision: f64,
}

#[derive(Deserialize)]
struct Group {
    group: Option<Person>,
    examples: i64,
    decided: i64,
    precision: Option<f64>,
    recall: Option<f64>,
    corrections: Vec<i64>,
}

#[derive(Deserialize)]
struct Confusion {
    from: Option<Person>,
    to: Option<Person>,
    count: i64,
}

#[derive(Deserialize)]
struct Week {
    week: NaiveDate,
    read: i64,
    unsure: i64,
    corrections: i64,
    similarity: Option<f64>,
}

impl Group {
    fn corrected(&self) -> i64 {
        self.corrections.iter().sum()
    }
}

/// Precision (upwards) against coverage (to the right), in hundredths of the drawing.
struct Picture {
    path: String,
    /// Where the threshold in force lies.
    now: Option<(String, String)>,
    /// The scale of precision: labels from the top to the bottom.
    scale: Vec<(String, i64)>,
    summary: String,
    rows: Vec<Operating>,
}

#[derive(Template)]
#[template(path = "experts/model.html")]
struct Page {
    ui: Ui,
    picture: Option<Picture>,
    weeks: Chart,
    report: Report,
}

impl Page {
    fn percent(&self, share: &f64) -> String {
        percent(*share)
    }

    fn share(&self, share: &Option<f64>) -> String {
        share.map_or_else(|| "–".to_owned(), |share| self.ui.t1("statistics-percent", "count", percent(share)))
    }

    fn unsure(&self, week: &Week) -> String {
        self.share(&(week.read > 0).then(|| week.unsure as f64 / week.read as f64))
    }

    fn version(&self, model: &Learned) -> String {
        self.ui.ts("model-version", &[("name", (&model.name).into()), ("version", model.version.to_string().into())])
    }

    fn hundredths(&self, cosine: &Option<f64>) -> String {
        cosine.map_or_else(|| "–".to_owned(), |cosine| format!("{cosine:.2}").replace('.', &self.ui.t("statistics-point")))
    }
}

fn percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

/// A number of every week: its text by key, and how it is read.
type Column = (&'static str, fn(&Week) -> i64);

/// Draws the curve; nothing where there is none.
fn picture(ui: &Ui, report: &Report) -> Option<Picture> {
    let least = report.curve.iter().map(|point| point.precision).fold(None, |least: Option<f64>, p| Some(least.map_or(p, |l| l.min(p))))?;
    // From the next round number below the worst, so that differences can be seen.
    let bottom = (((least * 5.0).floor() as i64) * 20).min(80);
    let spot = |point: &Operating| {
        let y = 100.0 - (point.precision * 100.0 - bottom as f64) * 100.0 / (100 - bottom) as f64;
        (format!("{:.2}", point.coverage * 100.0), format!("{y:.2}"))
    };
    let points: Vec<String> = report.curve.iter().map(spot).map(|(x, y)| format!("{x} {y}")).collect();
    let path = if points.len() == 1 { format!("M{}h.01", points.concat()) } else { format!("M{}", points.join("L")) };
    let step = if bottom >= 80 { 5 } else { 20 };
    let marks = (0..=(100 - bottom) / step).rev().map(|n| bottom + n * step);
    let scale = marks.map(|mark| (ui.t1("statistics-percent", "count", mark), 100 - (mark - bottom) * 100 / (100 - bottom))).collect();
    let summary = report.now.map_or_else(
        || ui.t("model-curve-none"),
        |now| {
            let args = [("threshold", now.threshold), ("coverage", now.coverage), ("precision", now.precision)];
            ui.ts("model-curve-summary", &args.map(|(name, share)| (name, percent(share).into())))
        },
    );
    let rows = report.curve.iter().filter(|point| (point.threshold * 100.0).round() as i64 % ROWS == 0).copied().collect();
    Some(Picture { path, now: report.now.as_ref().map(spot), scale, summary, rows })
}

fn weeks(ui: &Ui, weeks: &[Week]) -> Chart {
    let lines: [Column; 3] = [("model-read", |w| w.read), ("model-unsure", |w| w.unsure), ("model-corrections", |w| w.corrections)];
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default();
    let series = lines.map(|(name, count)| Series {
        name: ui.t(name),
        points: weeks.iter().map(|week| (week.week.and_time(noon).and_utc(), count(week))).collect(),
    });
    chart::lines(ui, &ui.t("model-weeks"), &series, None)
}

/// The report.
pub async fn show(ui: Ui) -> Answer {
    allowed(&ui, Act::Inspect)?;
    let Data { model_report: report } = ui.ask(REPORT, Value::Null).await?;
    ui.page(&Page { picture: picture(&ui, &report), weeks: weeks(&ui, &report.weeks), report, ui: ui.clone() })
}

/// Sets the threshold, or leaves it to the settings.
pub async fn act(ui: Ui) -> Answer {
    allowed(&ui, Act::Administer)?;
    let threshold = match ui.form.get("act") {
        "reset" => Ok(Value::Null),
        _ => ui.form.get("threshold").trim().parse::<u8>().map(|percent| json!(f64::from(percent) / 100.0)),
    };
    let outcome = match threshold {
        Ok(threshold) if threshold.as_f64().is_none_or(|share| share <= 1.0) => {
            ui.mutate("setRoutingThreshold", json!({ "threshold": threshold }), "").await
        }
        _ => Err(Failure::Refused(vec![FieldError::new("threshold", ui.t("model-threshold-wrong"))])),
    };
    match outcome {
        Ok(_) => ui.go("/model", Some(("flash-model-threshold", ""))),
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}
