//! Operations of all kinds while everything fails: what was acknowledged is there, once, and what follows from it is done.
//!
//! `cargo test --test faults` runs the short form. The long one, twenty seeds of a thousand operations:
//! `VECHE_FAULTS=long cargo test --test faults -- --nocapture`. `VECHE_FAULTS=7` runs the long form of the seed 7 alone.

// Helpers of tests may panic as tests do; the lints know only functions marked as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, missing_docs)]

mod client;
mod compare;
mod database;
mod ledger;
mod operations;
mod people;
mod plan;
#[path = "../it/process.rs"]
mod process;
mod proxy;
mod site;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};

use client::{Answer, Call, Client};
use compare::compare;
use database::Postgres;
use ledger::{Findings, Ledger};
use operations::prepare;
use people::People;
use plan::{Kind, Operation, Plan};
use site::Site;

/// Clients that act at once.
const CLIENTS: usize = 16;

/// What came of the operations.
#[derive(Default)]
struct Tally {
    done: AtomicUsize,
    refused: AtomicUsize,
    unknown: AtomicUsize,
    /// Acknowledged operations of each kind.
    kinds: Mutex<BTreeMap<Kind, usize>>,
}

/// A run of a plan.
struct Run<'a> {
    plan: &'a Plan,
    site: Site<'a>,
    people: People,
    client: Client,
    ledger: Ledger,
    tally: Tally,
    /// Operations that have come to an end.
    ended: AtomicUsize,
}

impl<'a> Run<'a> {
    async fn start(plan: &'a Plan, postgres: &'a Postgres, name: &str) -> Self {
        let site = Site::start(postgres, name).await;
        let people = People::settle(&site.db).await;
        let client = Client::new(site.web.address);
        Self { plan, site, people, client, ledger: Ledger::default(), tally: Tally::default(), ended: AtomicUsize::new(0) }
    }

    /// Carries the plan out.
    async fn carry_out(&self) {
        let acting = stream::iter(&self.plan.operations).map(|operation| async move {
            self.operate(operation).await;
            let ended = self.ended.fetch_add(1, Ordering::SeqCst) + 1;
            if ended.is_multiple_of(250) {
                println!("seed {}: {ended} of {} operations", self.plan.seed, self.plan.operations.len());
            }
        });
        let failing = async {
            for (after, fault) in &self.plan.faults {
                while self.ended.load(Ordering::SeqCst) < *after {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                self.site.fail(*fault).await;
            }
        };
        tokio::join!(acting.buffer_unordered(CLIENTS).for_each(|()| async {}), failing);
    }

    async fn operate(&self, operation: &Operation) {
        let seed = self.plan.seed;
        let mut kind = operation.kind;
        let step = loop {
            match prepare(&self.site.db, &self.people, seed, &Operation { kind, ..*operation }).await {
                Some(step) => break step,
                // There is nothing to work on: makes something.
                None => kind = kind.before(),
            }
        };
        let _alone = match &step.register {
            Some(register) => Some(self.ledger.writer(register).await),
            None => None,
        };
        let call = Call {
            token: self.people.token(step.who),
            mutation: step.mutation,
            input: &step.input,
            select: step.select,
            key: &format!("faults-{seed}-{}", operation.number),
        };
        match self.client.call(&call).await {
            Answer::Done(payload) => {
                self.ledger.acknowledged(step.traces_with(&payload), step.register);
                self.tally.done.fetch_add(1, Ordering::Relaxed);
                *self.tally.kinds.lock().unwrap().entry(kind).or_default() += 1;
            }
            Answer::Refused { code, uncertain } => {
                // Others may have been faster. Anything else would be a mistake of the harness.
                let usual = ["WRONG_STATE", "NOT_FOUND", "ALREADY_EXISTS", "VOTING_CLOSED", "WRONG_COUNT", "NOT_ALLOWED"];
                assert!(usual.contains(&code.as_str()), "{} {}: {code}", step.mutation, step.input);
                if uncertain {
                    self.ledger.uncertain(step.traces, step.register);
                }
                self.tally.refused.fetch_add(1, Ordering::Relaxed);
            }
            Answer::Unknown => {
                self.ledger.uncertain(step.traces, step.register);
                self.tally.unknown.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Does what the faults kept from being done even once: some kinds need much before them.
    async fn complete(&self) {
        for (rank, (kind, _)) in Kind::ALL.iter().enumerate() {
            let done = || self.tally.kinds.lock().unwrap().contains_key(kind);
            for n in (0..200).take_while(|_| !done()) {
                let number = self.plan.operations.len() + rank * 1000 + n;
                let dice = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                self.operate(&Operation { number, kind: *kind, dice }).await;
                // Background work has to come between.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// Heals everything and compares; prints the summary.
    async fn settle(&mut self) -> Findings {
        let began = Instant::now();
        let idle = self.site.heal().await;
        self.complete().await;
        let mut findings = compare(&self.ledger, &self.site.db, &self.site.outbox()).await;
        match self.site.index_differs().await {
            0 => (),
            differ => findings.lost.push(format!("{differ} documents of the index are not what the database has")),
        }
        let (tally, (server, worker)) = (&self.tally, self.site.ends());
        let count = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        println!(
            "seed {}: {} operations, {} faults, {} lost, {} doubled, {} undone",
            self.plan.seed,
            self.ended.load(Ordering::Relaxed),
            self.plan.faults.len(),
            findings.lost.len(),
            findings.doubled.len(),
            findings.undone.len()
        );
        println!(
            "  {} acknowledged, {} refused, {} unknown, {} tries again; server ended {server} times, worker {worker}; {idle} cuts did not come; settled in {:.1} s",
            count(&tally.done),
            count(&tally.refused),
            count(&tally.unknown),
            self.client.retries(),
            began.elapsed().as_secs_f32()
        );
        for (what, list) in [("lost", &findings.lost), ("doubled", &findings.doubled), ("undone", &findings.undone)] {
            list.iter().take(20).for_each(|finding| println!("  {what}: {finding}"));
        }
        if !findings.none() {
            println!("  logs: {}", self.site.keep().display());
        }
        findings
    }
}

impl Findings {
    fn none(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.undone.is_empty()
    }
}

/// Whatever is killed, stopped, filled or cut, nothing that was acknowledged is lost, nothing is done twice, no job is left undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_left_undone() {
    let (seeds, operations, faults) = match std::env::var("VECHE_FAULTS").as_deref() {
        Ok("long") => (1..=20, 1000, 33),
        Ok(seed) => {
            let seed: u64 = seed.parse().expect("VECHE_FAULTS is `long` or a seed");
            (seed..=seed, 1000, 33)
        }
        Err(_) => (1..=2, 300, 22),
    };
    let postgres = Postgres::start().await;
    let (mut bad, mut kinds) = (Vec::new(), BTreeMap::<Kind, usize>::new());
    for seed in seeds {
        let plan = Plan::new(seed, operations, faults);
        let name = format!("seed_{seed}");
        let mut run = Run::start(&plan, &postgres, &name).await;
        run.carry_out().await;
        if !run.settle().await.none() {
            bad.push(seed);
        }
        for (kind, count) in run.tally.kinds.lock().unwrap().iter() {
            *kinds.entry(*kind).or_default() += count;
        }
        run.site.db.close().await;
        drop(run);
        postgres.drop(&name).await;
    }
    println!("acknowledged: {kinds:?}");
    assert!(bad.is_empty(), "seeds {bad:?}");
    assert!(Kind::ALL.iter().all(|(kind, _)| kinds.contains_key(kind)), "an operation was never acknowledged");
}

/// What the comparison would be worth if it found nothing: each kind of damage is noticed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_comparison_notices_damage() {
    let postgres = Postgres::start().await;
    let plan = Plan::new(0, 200, 0);
    let mut run = Run::start(&plan, &postgres, "seed_0").await;
    run.carry_out().await;
    let findings = run.settle().await;
    assert!(findings.none(), "{findings:?}");
    assert_eq!(run.client.retries(), 0, "where nothing fails nothing is tried again; see {}", run.site.keep().display());
    let (db, outbox) = (run.site.db.clone(), run.site.outbox());
    let mail = std::fs::read_dir(&outbox).unwrap().flatten().find(|f| f.path().extension().is_some_and(|e| e == "eml")).unwrap().path();
    // An index that missed something: the log does not say that it changed.
    let missed = sqlx::query_scalar::<_, i64>(
        "with quiet as (select set_config('session_replication_role', 'replica', true)), changed as (
             update tickets set subject = subject || ' anew' from quiet where set_config is not null returning id)
         select count(*) from changed",
    );
    let missed = usize::try_from(missed.fetch_one(&db).await.unwrap()).unwrap();
    // Decisions on them bear their names too.
    let differ = run.site.index_differs().await;
    assert!(missed > 0 && differ >= missed, "{differ} of {missed}");
    let look = async || compare(&run.ledger, &db, &outbox).await;
    // Lost: an acknowledged message, and a ballot that is another than the last one.
    let forgotten = prepare(&db, &run.people, 99, &Operation { number: 1, kind: Kind::ReceiveMessage, dice: 5 }).await.unwrap();
    run.ledger.acknowledged(forgotten.traces, None);
    assert_eq!(look().await.lost.len(), 2, "by its id and by its text");
    let changed = sqlx::query("update ballots set choices = '{7}' where ctid = (select ctid from ballots limit 1)");
    changed.execute(&db).await.unwrap();
    let findings = look().await;
    assert!(findings.lost.len() > 2 && findings.doubled.len() == 1, "{findings:?}");
    // Doubled: a message, and a mail.
    sqlx::query(
        "insert into articles (id, ticket_id, direction, channel, body, understood_at, author_id)
         select gen_random_uuid(), ticket_id, direction, channel, body, now(), author_id from articles where external_id is not null limit 1",
    )
    .execute(&db)
    .await
    .unwrap();
    let before = findings.doubled.len();
    let findings = look().await;
    assert!(findings.doubled.len() > before, "{findings:?}");
    std::fs::copy(&mail, outbox.join("again.eml")).unwrap();
    let before = findings.doubled.len();
    assert_eq!(look().await.doubled.len(), before + 1);
    // Undone: a message that nobody reads, and a mail that was never written.
    assert!(findings.undone.is_empty(), "{findings:?}");
    sqlx::query("update articles set understood_at = null where direction = 'IN'").execute(&db).await.unwrap();
    std::fs::remove_file(outbox.join("again.eml")).unwrap();
    std::fs::remove_file(&mail).unwrap();
    let findings = look().await;
    assert!(
        findings.undone.iter().any(|f| f.contains("understood")) && findings.undone.iter().any(|f| f.contains("no mail")),
        "{findings:?}"
    );
}
