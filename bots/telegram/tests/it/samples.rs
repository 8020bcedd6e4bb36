//! Every kind of update, from collections of samples: handled or ignored on purpose, and confirmed.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::World;

/// Writes down what became of each update.
#[derive(Clone, Default)]
struct Outcomes(Arc<Mutex<BTreeMap<i64, String>>>);

#[derive(Default)]
struct Fields {
    update: Option<i64>,
    outcome: Option<String>,
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "update" {
            self.update = Some(value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "outcome" {
            self.outcome = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl Subscriber for Outcomes {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("veche_telegram")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let (Some(update), Some(outcome)) = (fields.update, fields.outcome) {
            self.0.lock().unwrap().insert(update, outcome);
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn collect(folder: &Path, into: &mut BTreeMap<String, Value>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            into.insert(name, serde_json::from_slice(&fs::read(&path).unwrap()).unwrap());
        }
    }
}

#[tokio::test]
async fn every_sample_is_handled_or_ignored_on_purpose() {
    let samples = serde_json::from_str(include_str!("../samples/updates.json")).unwrap();
    each_has_its_outcome(&samples, "updates.txt").await;
}

/// `TELEGRAM_UPDATES` names a folder of samples that others collected.
#[tokio::test]
#[ignore = "needs the folder of samples in TELEGRAM_UPDATES"]
async fn every_sample_of_others_is_handled_or_ignored_on_purpose() {
    let mut samples = BTreeMap::new();
    collect(Path::new(&std::env::var("TELEGRAM_UPDATES").unwrap()), &mut samples);
    assert!(!samples.is_empty());
    each_has_its_outcome(&samples, "outside.txt").await;
}

/// `UPDATE_TALKS=1` writes the counts anew.
async fn each_has_its_outcome(samples: &BTreeMap<String, Value>, expected: &str) {
    let outcomes = Outcomes::default();
    let _guard = tracing::subscriber::set_default(outcomes.clone());
    let world = World::new().await;
    // Another test may have met the event first, when nobody listened yet; tracing then holds it for unheard for ever.
    let first = world.telegram.push(json!({}));
    world.telegram.confirmed(first).await;
    tracing::callsite::rebuild_interest_cache();
    let mut pushed = BTreeMap::new();
    for (name, sample) in samples {
        // Each alone, so that none goes into the draft of another.
        let update = world.telegram.push(sample.clone());
        world.telegram.confirmed(update).await;
        pushed.insert(update, name);
        for entry in fs::read_dir(&world.settings.folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                fs::remove_file(path).unwrap();
            }
        }
    }
    let outcomes = outcomes.0.lock().unwrap().clone();
    let mut counts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (update, name) in &pushed {
        let outcome = outcomes.get(update).unwrap_or_else(|| panic!("{name}: no outcome"));
        counts.entry(outcome.clone()).or_default().push(name);
    }
    assert!(!counts.contains_key("kept: unreadable"), "{:?}", counts["kept: unreadable"]);
    let mut said = format!("{} samples\n", samples.len());
    for (outcome, names) in counts {
        said.push_str(&format!("{:4} {outcome}: {}\n", names.len(), names.join(", ")));
    }
    print!("{said}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(expected);
    if std::env::var_os("UPDATE_TALKS").is_some() {
        fs::write(&path, said).unwrap();
        return;
    }
    assert_eq!(said, fs::read_to_string(&path).unwrap_or_default());
}
