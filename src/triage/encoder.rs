//! The sentence encoder of the settings.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use tokio::sync::OnceCell;

use super::batcher::{Batcher, Limits};
use crate::{config, nlp::Embedder, telemetry::Metrics};

/// A sentence encoder that is loaded by the first who needs it: a server without background work may never be the one.
pub struct Encoder {
    settings: config::Nlp,
    metrics: Metrics,
    loaded: Arc<OnceCell<Batcher>>,
}

impl Encoder {
    /// The encoder of the settings; `None` where words alone are gone by.
    ///
    /// # Errors
    /// One is chosen that this program was built without, or its folder is not one of a model that can be used.
    pub fn new(settings: &config::Nlp, metrics: &Metrics) -> Result<Option<Self>> {
        if settings.embedder == config::EmbedderKind::Lexical {
            return Ok(None);
        }
        check(&settings.model)?;
        Ok(Some(Self { settings: settings.clone(), metrics: metrics.clone(), loaded: Arc::default() }))
    }

    /// The queue before the encoder. The first call reads the model, which takes a second or more.
    ///
    /// # Errors
    /// The model cannot be read.
    pub async fn batcher(&self) -> Result<&Batcher> {
        if self.loaded.get().is_none() {
            // In a task of its own: who gives up waiting does not end it.
            tokio::spawn(load(self.settings.clone(), self.metrics.clone(), self.loaded.clone())).await??;
        }
        self.loaded.get().context("the sentence encoder is not loaded")
    }

    /// The vector of a text for a request that waits: the time is that of `nlp.patience_millis`, with that for loading.
    ///
    /// # Errors
    /// The model cannot be read, or [`Batcher::embed_soon`] fails: then the caller does without.
    pub async fn embed_soon(&self, text: String) -> Result<Vec<f32>> {
        let patience = Duration::from_millis(self.settings.patience_millis);
        let batcher = tokio::time::timeout(patience, self.batcher()).await??;
        Ok(batcher.embed_soon(text, patience).await?)
    }
}

async fn load(settings: config::Nlp, metrics: Metrics, loaded: Arc<OnceCell<Batcher>>) -> Result<()> {
    let make = || async {
        let limits = Limits { batch: settings.batch, wait: Duration::from_millis(settings.wait_millis), queue: settings.queue };
        let embedder = tokio::task::spawn_blocking(move || open(&settings)).await??;
        tracing::info!(name = embedder.name(), dimensions = embedder.dimensions(), "the sentence encoder is loaded");
        anyhow::Ok(Batcher::start(embedder, limits, metrics)?)
    };
    loaded.get_or_try_init(make).await.map(drop)
}

#[cfg(feature = "bert")]
fn check(model: &Path) -> Result<()> {
    Ok(crate::nlp::bert::Bert::check(model)?)
}

/// Reads the model of the settings.
///
/// # Errors
/// It cannot be used.
#[cfg(feature = "bert")]
pub fn open(settings: &config::Nlp) -> Result<Arc<dyn Embedder>> {
    let own = |setting: f32| (setting > 0.0).then_some(setting);
    let bert = crate::nlp::bert::Bert::open(&settings.model)?;
    Ok(Arc::new(bert.with_thresholds(own(settings.join), own(settings.similar))))
}

#[cfg(not(feature = "bert"))]
fn check(_: &Path) -> Result<()> {
    anyhow::bail!(WITHOUT)
}

/// Refuses: there is none in this program.
///
/// # Errors
/// Always; says how to build one.
#[cfg(not(feature = "bert"))]
pub fn open(_: &config::Nlp) -> Result<Arc<dyn Embedder>> {
    anyhow::bail!(WITHOUT)
}

#[cfg(not(feature = "bert"))]
const WITHOUT: &str = "nlp.embedder is `bert`, but this program was built without it: run script/libtorch and build with \
                       `cargo build --release --locked --features bert`, or set nlp.embedder to `lexical`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_alone_need_no_encoder_and_a_missing_one_is_told_at_the_start() {
        let metrics = Metrics::new(0, 1);
        let mut settings = config::Nlp::default();
        assert!(Encoder::new(&settings, &metrics).unwrap().is_none());
        settings.embedder = config::EmbedderKind::Bert;
        settings.model = "/nowhere/at/all".into();
        let refusal = Encoder::new(&settings, &metrics).err().unwrap().to_string();
        assert!(refusal.contains(if cfg!(feature = "bert") { "/nowhere/at/all" } else { "--features bert" }), "{refusal}");
    }

    #[cfg(feature = "bert")]
    fn tiny(patience_millis: u64) -> Encoder {
        let mut settings = config::Nlp { embedder: config::EmbedderKind::Bert, similar: 0.7, patience_millis, ..Default::default() };
        settings.model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny-bert");
        Encoder::new(&settings, &Metrics::new(0, 1)).unwrap().unwrap()
    }

    #[cfg(feature = "bert")]
    #[tokio::test]
    async fn who_gives_up_waiting_does_not_end_the_loading() {
        let encoder = tiny(0);
        encoder.embed_soon("вода".into()).await.unwrap_err();
        tokio::time::timeout(Duration::from_secs(60), async {
            while encoder.loaded.get().is_none() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await
        .unwrap();
    }

    #[cfg(feature = "bert")]
    #[tokio::test]
    async fn the_model_is_loaded_when_it_is_needed() {
        let encoder = tiny(config::Nlp::default().patience_millis);
        let soon = encoder.embed_soon("вода".into()).await.unwrap();
        let batcher = encoder.batcher().await.unwrap();
        assert_eq!(batcher.embed(vec!["вода".into()]).await.unwrap(), [soon]);
        assert_eq!(batcher.embedder().thresholds().similar, 0.7);
    }
}
