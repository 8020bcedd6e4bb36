//! The queue before an embedder whose work is dear: callers hand in texts, one thread embeds those that wait together.

use std::{fmt, io, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout, timeout_at},
};

use crate::{
    nlp::Embedder,
    telemetry::{Metrics, Open},
};

/// How texts are put together.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Texts embedded at once at the most.
    pub batch: usize,
    /// How long the first text of a batch waits for others.
    pub wait: Duration,
    /// Texts of background work, and as many of impatient callers, that may wait.
    pub queue: usize,
}

/// A handle on the queue; the thread ends when it is dropped.
pub struct Batcher {
    embedder: Arc<dyn Embedder>,
    patient: mpsc::Sender<Request>,
    impatient: mpsc::Sender<Request>,
    metrics: Metrics,
}

struct Request {
    text: String,
    answer: oneshot::Sender<Vec<f32>>,
    _waits: Open,
}

/// Why a text was not embedded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    /// Too many texts wait already.
    Busy,
    /// It was not its turn in time.
    TimedOut,
    /// The embedder is no more: it panicked.
    Gone,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "failed to embed: too many texts wait",
            Self::TimedOut => "failed to embed in time",
            Self::Gone => "failed to embed: the embedder has ended",
        })
    }
}

impl std::error::Error for Unavailable {}

impl Batcher {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(embedder: Arc<dyn Embedder>, limits: Limits, metrics: Metrics) -> io::Result<Self> {
        let (patient, background) = mpsc::channel(limits.queue.max(1));
        let (impatient, urgent) = mpsc::channel(limits.queue.max(1));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let queues = Queues { urgent, background };
        let worker = embedder.clone();
        std::thread::Builder::new().name("embedder".into()).spawn(move || runtime.block_on(queues.serve(&*worker, limits)))?;
        Ok(Self { embedder, patient, impatient, metrics })
    }

    /// What embeds: for its name, version, dimensions and thresholds.
    pub fn embedder(&self) -> &dyn Embedder {
        &*self.embedder
    }

    /// One vector a text, in order. Waits while the queue is full: that keeps background work from running ahead.
    ///
    /// # Errors
    /// The embedder is gone.
    pub async fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, Unavailable> {
        let mut answers = Vec::with_capacity(texts.len());
        for text in texts {
            let (request, answer) = self.request(text);
            self.patient.send(request).await.map_err(|_| Unavailable::Gone)?;
            answers.push(answer);
        }
        let mut vectors = Vec::with_capacity(answers.len());
        for answer in answers {
            vectors.push(answer.await.map_err(|_| Unavailable::Gone)?);
        }
        Ok(vectors)
    }

    /// The vector of a text for somebody who waits for it: before all background work, or not at all.
    ///
    /// # Errors
    /// Too many wait already, `patience` ran out, or the embedder is gone.
    pub async fn embed_soon(&self, text: String, patience: Duration) -> Result<Vec<f32>, Unavailable> {
        let (request, answer) = self.request(text);
        self.impatient.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Unavailable::Busy,
            mpsc::error::TrySendError::Closed(_) => Unavailable::Gone,
        })?;
        // Who goes away drops the answer's end, and the text is not embedded any more.
        timeout(patience, answer).await.map_err(|_| Unavailable::TimedOut)?.map_err(|_| Unavailable::Gone)
    }

    fn request(&self, text: String) -> (Request, oneshot::Receiver<Vec<f32>>) {
        let (answer, answered) = oneshot::channel();
        (Request { text, answer, _waits: self.metrics.text_waits() }, answered)
    }
}

struct Queues {
    urgent: mpsc::Receiver<Request>,
    background: mpsc::Receiver<Request>,
}

impl Queues {
    async fn serve(mut self, embedder: &dyn Embedder, limits: Limits) {
        while let Some(mut batch) = self.gather(limits).await {
            batch.retain(|request| !request.answer.is_closed());
            if batch.is_empty() {
                continue;
            }
            let texts: Vec<&str> = batch.iter().map(|request| request.text.as_str()).collect();
            let vectors = embedder.embed(&texts);
            for (request, vector) in batch.into_iter().zip(vectors) {
                // Whoever asked may have gone meanwhile.
                let _ = request.answer.send(vector);
            }
        }
    }

    /// What is embedded next, all of one queue; `None` at the end.
    async fn gather(&mut self, limits: Limits) -> Option<Vec<Request>> {
        let (first, queue) = tokio::select! {
            biased;
            Some(first) = self.urgent.recv() => (first, &mut self.urgent),
            Some(first) = self.background.recv() => (first, &mut self.background),
            else => return None,
        };
        let mut batch = vec![first];
        let until = Instant::now() + limits.wait;
        while batch.len() < limits.batch
            && let Ok(Some(request)) = timeout_at(until, queue.recv()).await
        {
            batch.push(request);
        }
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc as std_mpsc};

    use super::*;
    use crate::nlp::Thresholds;

    /// Gives each text its length, when it is told to go on, and notes what came together.
    struct Slow {
        go: Mutex<std_mpsc::Receiver<()>>,
        batches: Mutex<Vec<Vec<String>>>,
    }

    impl Embedder for Slow {
        fn name(&self) -> &str {
            "slow"
        }

        fn version(&self) -> u32 {
            1
        }

        fn dimensions(&self) -> usize {
            1
        }

        fn thresholds(&self) -> Thresholds {
            Thresholds { join: 0.0, similar: 0.0 }
        }

        fn embed(&self, texts: &[&str]) -> Vec<Vec<f32>> {
            self.batches.lock().unwrap().push(texts.iter().map(|t| (*t).to_owned()).collect());
            assert_ne!(texts, ["panic"]);
            // Without a teller it does not wait.
            let _ = self.go.lock().unwrap().recv();
            texts.iter().map(|t| vec![t.len() as f32]).collect()
        }
    }

    fn slow(batch: usize, queue: usize) -> (Arc<Batcher>, Arc<Slow>, std_mpsc::Sender<()>) {
        let (go, told) = std_mpsc::channel();
        let slow = Arc::new(Slow { go: Mutex::new(told), batches: Mutex::default() });
        let limits = Limits { batch, wait: Duration::from_millis(20), queue };
        let batcher = Batcher::start(slow.clone(), limits, Metrics::new(0, 1)).unwrap();
        (Arc::new(batcher), slow, go)
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|t| (*t).to_owned()).collect()
    }

    /// Waits until the embedder has been given so many batches.
    async fn given(slow: &Slow, batches: usize) {
        while slow.batches.lock().unwrap().len() < batches {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn what_waits_is_embedded_together_and_answered_in_order() {
        let (batcher, slow, go) = slow(3, 100);
        drop(go);
        let (one, other) = tokio::join!(batcher.embed(texts(&["a", "bb", "ccc", "dddd"])), batcher.embed(texts(&["eeeee"])));
        assert_eq!(one.unwrap(), [[1.0], [2.0], [3.0], [4.0]]);
        assert_eq!(other.unwrap(), [[5.0]]);
        assert!(slow.batches.lock().unwrap().iter().all(|batch| batch.len() <= 3));
        assert!(slow.batches.lock().unwrap().len() <= 3);
        assert!(batcher.embed(Vec::new()).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_full_queue_holds_up_the_patient_and_turns_away_the_others() {
        let (batcher, slow, go) = slow(1, 1);
        let many = tokio::spawn({
            let batcher = batcher.clone();
            async move { batcher.embed(texts(&["a", "b", "c", "d"])).await }
        });
        given(&slow, 1).await;
        let soon = |text: &str, millis| {
            let (batcher, text) = (batcher.clone(), text.to_owned());
            tokio::spawn(async move { batcher.embed_soon(text, Duration::from_millis(millis)).await })
        };
        let first = soon("first", 60_000);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(soon("more", 60_000).await.unwrap(), Err(Unavailable::Busy));
        assert!(!many.is_finished());
        drop(go);
        assert_eq!(first.await.unwrap(), Ok(vec![5.0]));
        assert_eq!(many.await.unwrap().unwrap().len(), 4);
        // The impatient one went before what had waited longer.
        assert_eq!(slow.batches.lock().unwrap()[..2], [["a"], ["first"]]);
    }

    #[tokio::test]
    async fn who_has_gone_is_not_worked_for() {
        let (batcher, slow, go) = slow(8, 8);
        let one = tokio::spawn({
            let batcher = batcher.clone();
            async move { batcher.embed(texts(&["a"])).await }
        });
        given(&slow, 1).await;
        let late = batcher.embed_soon("late".into(), Duration::from_millis(5)).await;
        assert_eq!(late, Err(Unavailable::TimedOut));
        drop(go);
        one.await.unwrap().unwrap();
        batcher.embed(texts(&["b"])).await.unwrap();
        assert!(!slow.batches.lock().unwrap().concat().contains(&"late".to_owned()));
    }

    #[tokio::test]
    async fn a_panic_is_told_to_all_who_wait() {
        let (batcher, _, go) = slow(8, 8);
        drop(go);
        assert_eq!(batcher.embed(texts(&["panic"])).await, Err(Unavailable::Gone));
        assert_eq!(batcher.embed_soon("a".into(), Duration::from_secs(60)).await, Err(Unavailable::Gone));
    }
}
