//! What was acknowledged, written down as questions to the database whose answers are known.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use sqlx::PgPool;

/// A question: a query and its texts (`$1`, …).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    pub query: &'static str,
    pub binds: Vec<String>,
}

impl Question {
    pub fn new(query: &'static str, binds: &[&str]) -> Self {
        Self { query, binds: binds.iter().map(ToString::to_string).collect() }
    }
}

/// A trace that an operation leaves: the query counts it.
#[derive(Debug, Clone)]
pub struct Trace {
    pub question: Question,
    /// Each operation leaves it once, however often it was tried.
    pub once: bool,
}

/// How often a trace must and may be there.
#[derive(Debug, Clone, Copy, Default)]
struct Traces {
    acknowledged: i64,
    uncertain: i64,
    once: bool,
}

/// Something that holds one value, the one that was written last: a ballot, a vote on a comment. The query gives it, or nothing.
#[derive(Debug, Clone)]
pub struct Register {
    pub question: Question,
    pub value: Option<String>,
}

/// What clients know.
#[derive(Default)]
pub struct Ledger(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    traces: BTreeMap<Question, Traces>,
    /// What may stand there: the last acknowledged value, and those written since without an answer. `None` in the list is nothing.
    registers: BTreeMap<Question, Vec<Option<String>>>,
    writers: BTreeMap<Question, Arc<tokio::sync::Mutex<()>>>,
}

/// A difference between what clients know and what there is.
#[derive(Debug, Default)]
pub struct Findings {
    pub lost: Vec<String>,
    pub doubled: Vec<String>,
    pub undone: Vec<String>,
}

impl Ledger {
    /// Whoever writes to a register waits here for the one before: else nobody could say who was the last.
    pub async fn writer(&self, register: &Register) -> tokio::sync::OwnedMutexGuard<()> {
        let writer = self.0.lock().unwrap().writers.entry(register.question.clone()).or_default().clone();
        writer.lock_owned().await
    }

    pub fn acknowledged(&self, traces: Vec<Trace>, register: Option<Register>) {
        let mut entries = self.0.lock().unwrap();
        for trace in traces {
            let entry = entries.traces.entry(trace.question).or_default();
            entry.acknowledged += 1;
            entry.once = trace.once;
        }
        if let Some(register) = register {
            entries.registers.insert(register.question, vec![register.value]);
        }
    }

    pub fn uncertain(&self, traces: Vec<Trace>, register: Option<Register>) {
        let mut entries = self.0.lock().unwrap();
        for trace in traces {
            let entry = entries.traces.entry(trace.question).or_default();
            entry.uncertain += 1;
            entry.once = trace.once;
        }
        if let Some(register) = register {
            // Before the first acknowledgement nothing stood there.
            entries.registers.entry(register.question).or_insert_with(|| vec![None]).push(register.value);
        }
    }

    /// Asks the database every question.
    pub async fn compare(&self, db: &PgPool, findings: &mut Findings) {
        let (traces, registers) = {
            let entries = self.0.lock().unwrap();
            (entries.traces.clone(), entries.registers.clone())
        };
        for (question, traces) in traces {
            let query = question.binds.iter().fold(sqlx::query_scalar::<_, i64>(question.query), |query, bind| query.bind(bind));
            let there = query.fetch_one(db).await.unwrap();
            let said = format!("{question:?}: {there} there, {traces:?}");
            if there < traces.acknowledged {
                findings.lost.push(said);
            } else if traces.once && there > traces.acknowledged + traces.uncertain {
                findings.doubled.push(said);
            }
        }
        for (question, values) in registers {
            let query = question.binds.iter().fold(sqlx::query_scalar::<_, String>(question.query), |query, bind| query.bind(bind));
            let there = query.fetch_optional(db).await.unwrap();
            if !values.contains(&there) {
                findings.lost.push(format!("{question:?}: {there:?} there, {values:?} written"));
            }
        }
    }
}
