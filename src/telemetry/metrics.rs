//! Numbers for Prometheus. What happens is counted here as it happens; what is there is looked up when it is asked for.

use std::{
    fmt::Debug,
    sync::Arc,
    time::{Duration, Instant},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use sqlx::PgPool;

use super::process;
use crate::jobs;

/// How long what was read from the database is good for: however often the numbers are asked for, it is read no more often.
const FRESH: Duration = Duration::from_secs(2);
/// How long the numbers wait for the database.
const PATIENCE: Duration = Duration::from_secs(1);
/// Bounds of the histograms of durations, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Bounds of the histogram of costs.
const COSTS: [f64; 9] = [1.0, 5.0, 20.0, 100.0, 500.0, 1_000.0, 5_000.0, 10_000.0, 20_000.0];

/// What labels a number: few values each, never a person's.
macro_rules! labels {
    ($($name:ident { $($field:ident: $type:ty),* })*) => {
        $(#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)] struct $name { $($field: $type),* })*
    };
}

labels! {
    Http { method: &'static str, route: String, status: u16 }
    Route { method: &'static str, route: String }
    Call { kind: &'static str, name: String, code: String }
    Name { kind: &'static str, name: String }
    Kind { kind: &'static str }
    Limit { limit: &'static str }
    Channel { channel: &'static str }
    Run { task: &'static str, outcome: &'static str }
    Task { task: &'static str }
    Queue { task: String, state: &'static str }
    Oldest { task: String }
    Connections { state: &'static str }
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

fn costs() -> Histogram {
    Histogram::new(COSTS)
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;
type Real = Gauge<f64, std::sync::atomic::AtomicU64>;

/// The numbers of this process: a handle, cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    numbers: Arc<Numbers>,
    registry: Arc<Registry>,
}

struct Numbers {
    http: Family<Http, Counter>,
    http_seconds: Histograms<Route>,
    operations: Family<Call, Counter>,
    operation_seconds: Histograms<Name>,
    costs: Histograms<Kind>,
    refusals: Family<Limit, Counter>,
    sockets: Gauge,
    subscriptions: Gauge,
    texts: Gauge,
    indexed: Gauge,
    ballots: Counter,
    articles: Family<Channel, Counter>,
    runs: Family<Run, Counter>,
    run_seconds: Histograms<Task>,
    queue: Family<Queue, Gauge>,
    oldest: Family<Oldest, Real>,
    database_up: Gauge,
    connections: Family<Connections, Gauge>,
    memory: Gauge,
    files: Gauge,
    max_files: Gauge,
    /// When the database was asked last.
    read: tokio::sync::Mutex<Option<Instant>>,
}

impl Metrics {
    /// All at zero. `started` is when the process began, in seconds since 1970; `pool` how many connections it may have.
    pub fn new(started: i64, pool: u32) -> Self {
        let mut registry = Registry::default();
        let http_seconds: Histograms<Route> = Family::new_with_constructor(seconds);
        let operation_seconds: Histograms<Name> = Family::new_with_constructor(seconds);
        let run_seconds: Histograms<Task> = Family::new_with_constructor(seconds);
        let costs: Histograms<Kind> = Family::new_with_constructor(costs);
        let (start, most) = (Gauge::<i64>::default(), Gauge::<i64>::default());
        start.set(started);
        most.set(pool.into());
        let numbers = Numbers {
            http: Family::default(),
            operations: Family::default(),
            refusals: Family::default(),
            sockets: Gauge::default(),
            subscriptions: Gauge::default(),
            texts: Gauge::default(),
            indexed: Gauge::default(),
            ballots: Counter::default(),
            articles: Family::default(),
            runs: Family::default(),
            queue: Family::default(),
            oldest: Family::default(),
            database_up: Gauge::default(),
            connections: Family::default(),
            memory: Gauge::default(),
            files: Gauge::default(),
            max_files: Gauge::default(),
            read: tokio::sync::Mutex::default(),
            http_seconds,
            operation_seconds,
            run_seconds,
            costs,
        };
        let ours = registry.sub_registry_with_prefix("veche");
        ours.register("http_requests", "Answered HTTP requests", numbers.http.clone());
        ours.register_with_unit("http_request_duration", "Until an answer began", Unit::Seconds, numbers.http_seconds.clone());
        ours.register("graphql_operations", "GraphQL operations", numbers.operations.clone());
        let help = "Of a GraphQL operation";
        ours.register_with_unit("graphql_operation_duration", help, Unit::Seconds, numbers.operation_seconds.clone());
        ours.register("graphql_operation_cost", "What GraphQL operations cost", numbers.costs.clone());
        ours.register("refusals", "Requests that crossed a limit", numbers.refusals.clone());
        ours.register("sockets", "Open WebSockets", numbers.sockets.clone());
        ours.register("subscriptions", "Running subscriptions", numbers.subscriptions.clone());
        ours.register("texts_waiting", "Texts that wait for the sentence encoder of this process", numbers.texts.clone());
        ours.register("indexed_tickets", "Tickets in the index of this process", numbers.indexed.clone());
        ours.register("ballots", "Ballots taken: cast, changed or withdrawn", numbers.ballots.clone());
        ours.register("articles", "Messages of people taken in", numbers.articles.clone());
        ours.register("job_runs", "Runs of jobs in this process", numbers.runs.clone());
        ours.register_with_unit("job_run_duration", "Of a run of a job in this process", Unit::Seconds, numbers.run_seconds.clone());
        ours.register("jobs", "Jobs in the queue, of all processes", numbers.queue.clone());
        let help = "How long the longest waiting job that could run has waited";
        ours.register_with_unit("jobs_oldest_ready", help, Unit::Seconds, numbers.oldest.clone());
        ours.register("database_up", "Whether the database answered", numbers.database_up.clone());
        ours.register("database_connections", "Connections of this process to the database", numbers.connections.clone());
        ours.register("database_connections_max", "Connections that this process may have", most);
        registry.register_with_unit("process_resident_memory", "Resident memory", Unit::Bytes, numbers.memory.clone());
        registry.register("process_open_fds", "Open file descriptors", numbers.files.clone());
        registry.register("process_max_fds", "File descriptors that may be open", numbers.max_files.clone());
        registry.register_with_unit("process_start_time", "Start of the process since 1970", Unit::Seconds, start);
        Self { numbers: Arc::new(numbers), registry: Arc::new(registry) }
    }

    /// An HTTP request was answered. `route` is the pattern of its path.
    pub fn http(&self, method: &'static str, route: &str, status: u16, elapsed: Duration) {
        self.numbers.http.get_or_create(&Http { method, route: route.into(), status }).inc();
        self.numbers.http_seconds.get_or_create(&Route { method, route: route.into() }).observe(elapsed.as_secs_f64());
    }

    /// A GraphQL operation ended. `kind` is `query`, `mutation` or `subscription`; `name` its root field, if it is one of the schema's, or
    /// `several` or `invalid`; `cost` what it was reckoned to cost, 0 when nobody reckoned; `code` that of its first error.
    pub fn operation(&self, kind: &'static str, name: &str, cost: usize, elapsed: Duration, code: Option<&str>) {
        let call = Call { kind, name: name.into(), code: code.unwrap_or("OK").into() };
        self.numbers.operations.get_or_create(&call).inc();
        self.numbers.operation_seconds.get_or_create(&Name { kind, name: name.into() }).observe(elapsed.as_secs_f64());
        if cost > 0 {
            self.numbers.costs.get_or_create(&Kind { kind }).observe(cost as f64);
        }
    }

    /// A request crossed a limit of this name.
    pub fn refusal(&self, limit: &'static str) {
        self.numbers.refusals.get_or_create(&Limit { limit }).inc();
    }

    /// A WebSocket was opened; it counts until the outcome is dropped.
    pub fn socket_opened(&self) -> Open {
        Open::new(&self.numbers.sockets)
    }

    /// A subscription began; it counts until the outcome is dropped.
    pub fn subscription_started(&self) -> Open {
        Open::new(&self.numbers.subscriptions)
    }

    /// A text waits for the sentence encoder until the outcome is dropped.
    pub fn text_waits(&self) -> Open {
        Open::new(&self.numbers.texts)
    }

    /// So many tickets can be found by nearness.
    pub fn indexed(&self, tickets: usize) {
        self.numbers.indexed.set(i64::try_from(tickets).unwrap_or(i64::MAX));
    }

    /// So many ballots were committed.
    pub fn ballots(&self, count: usize) {
        self.numbers.ballots.inc_by(count as u64);
    }

    /// A message was stored that came on this channel.
    pub fn article(&self, channel: &'static str) {
        self.numbers.articles.get_or_create(&Channel { channel }).inc();
    }

    /// A job ran: `done`, `failed`, or `aborted` by a panic or the end of the process.
    pub fn job(&self, task: &'static str, outcome: &'static str, elapsed: Duration) {
        self.numbers.runs.get_or_create(&Run { task, outcome }).inc();
        self.numbers.run_seconds.get_or_create(&Task { task }).observe(elapsed.as_secs_f64());
    }

    /// Everything, in the OpenMetrics text format 1.0. The queue is read from the database at most every two seconds; when that does not
    /// answer, the numbers of the queue are left out and `veche_database_up` is 0.
    pub async fn scrape(&self, db: &PgPool) -> String {
        let numbers = &*self.numbers;
        // Held to the end, so that nobody reads numbers that another is just writing.
        let mut read = numbers.read.lock().await;
        if read.is_none_or(|at| at.elapsed() >= FRESH) {
            self.read_queue(db).await;
            *read = Some(Instant::now());
        }
        let idle = i64::try_from(db.num_idle()).unwrap_or(i64::MAX);
        numbers.connections.get_or_create(&Connections { state: "idle" }).set(idle);
        numbers.connections.get_or_create(&Connections { state: "used" }).set((i64::from(db.size()) - idle).max(0));
        let kernel = [
            (&numbers.memory, process::resident_memory()),
            (&numbers.files, process::open_files()),
            (&numbers.max_files, process::max_files()),
        ];
        for (gauge, number) in kernel {
            gauge.set(number.and_then(|n| n.try_into().ok()).unwrap_or(0));
        }
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }

    async fn read_queue(&self, db: &PgPool) {
        let numbers = &*self.numbers;
        let read = tokio::time::timeout(PATIENCE, jobs::backlog(db)).await;
        numbers.queue.clear();
        numbers.oldest.clear();
        let Ok(Ok(tasks)) = read else {
            numbers.database_up.set(0);
            return;
        };
        numbers.database_up.set(1);
        for task in tasks {
            for (state, count) in [("ready", task.ready), ("scheduled", task.scheduled), ("running", task.running), ("failed", task.failed)]
            {
                numbers.queue.get_or_create(&Queue { task: task.task.clone(), state }).set(count);
            }
            numbers.oldest.get_or_create(&Oldest { task: task.task }).set(task.oldest_seconds);
        }
    }
}

/// Something that counts as open until it is dropped.
#[must_use = "it is closed when this is dropped"]
pub struct Open(Gauge);

impl Open {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_counted_under_its_labels() {
        let metrics = Metrics::new(1_700_000_000, 20);
        let ms = Duration::from_millis;
        metrics.operation("query", "me", 3, ms(4), None);
        metrics.operation("query", "me", 3, ms(40), None);
        metrics.operation("mutation", "castVote", 0, ms(1), Some("RATE_LIMITED"));
        metrics.refusal("voting");
        metrics.ballots(2);
        let (socket, subscription) = (metrics.socket_opened(), metrics.subscription_started());
        let text = metrics.text_waits();
        drop(subscription);
        metrics.indexed(12);
        let mut out = String::new();
        text::encode(&mut out, &metrics.registry).unwrap();
        for line in [
            "veche_graphql_operations_total{kind=\"query\",name=\"me\",code=\"OK\"} 2",
            "veche_graphql_operations_total{kind=\"mutation\",name=\"castVote\",code=\"RATE_LIMITED\"} 1",
            "veche_graphql_operation_duration_seconds_bucket{le=\"0.005\",kind=\"query\",name=\"me\"} 1",
            "veche_graphql_operation_duration_seconds_count{kind=\"query\",name=\"me\"} 2",
            "veche_graphql_operation_cost_sum{kind=\"query\"} 6.0",
            "veche_refusals_total{limit=\"voting\"} 1",
            "veche_ballots_total 2",
            "veche_sockets 1",
            "veche_subscriptions 0",
            "veche_texts_waiting 1",
            "veche_indexed_tickets 12",
            "veche_database_connections_max 20",
            "process_start_time_seconds 1700000000",
            "# EOF",
        ] {
            assert!(out.lines().any(|l| l == line), "{line} is missing in\n{out}");
        }
        assert!(!out.contains("operation_cost_sum{kind=\"mutation\"}"), "a cost that nobody reckoned is not 0");
        drop((socket, text));
    }
}
