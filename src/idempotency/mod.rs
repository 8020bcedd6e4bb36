//! Repeating safely: a mutation that carries a key is done once, however often it is sent. The key is claimed in the mutation's own
//! transaction, so either both are committed or neither; a repeat gets the first answer.
//!
//! The form follows the `Idempotency-Key` draft of the IETF (draft-ietf-httpapi-idempotency-key-header).

pub(crate) mod sql;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_graphql::{Response, Value, Variables, parser::types::Field};
use async_graphql_value::Value as Literal;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::App,
    error::{Error, Result},
    identity::Viewer,
};

/// The field of an input that may hold the key.
const NAME: &str = "clientMutationId";
/// Characters of a key at the most.
const LONGEST: usize = 128;
/// Characters of the key of somebody who is not logged in at the least, so that it cannot be guessed.
const ANONYMOUS: usize = 16;
/// Bytes of an answer that is kept at the most.
const ANSWER: usize = 256 * 1024;
/// How long a repeat waits for the answer of the first attempt.
const PATIENCE: Duration = Duration::from_secs(3);

/// A caller's key of a mutation, on its way.
#[derive(Debug, Clone)]
pub struct Claim(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: &'static str,
    key: [u8; 32],
    request: [u8; 32],
    attempt: Uuid,
    claimed: AtomicBool,
    repeated: AtomicBool,
}

tokio::task_local! {
    static CLAIM: Claim;
}

/// What is known of a key.
pub enum Known {
    /// It was used for another request.
    OfAnother,
    /// What was answered.
    Answered(Box<Response>),
    /// It was done; the answer is not at hand.
    Done,
}

/// Whether a text may be a key: visible ASCII characters, not too many; of somebody who is not logged in, enough not to be guessed.
pub fn is_key(key: &str, viewer: &Viewer) -> bool {
    let least = if viewer.id.is_some() { 1 } else { ANONYMOUS };
    (least..=LONGEST).contains(&key.chars().count()) && key.chars().all(|c| c.is_ascii_graphic())
}

impl Claim {
    /// The claim of a caller with a key on a request, given as the parts that make it what it is; `path` says where the key stood.
    pub fn new(app: &App, viewer: &Viewer, path: &'static str, key: &str, request: &[&[u8]]) -> Self {
        let caller = viewer.id.unwrap_or_default();
        let mut hash = Sha256::new();
        for part in request {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(Arc::new(Inner {
            path,
            key: Sha256::new().chain_update(caller.as_bytes()).chain_update(key).finalize().into(),
            request: hash.finalize().into(),
            attempt: app.new_id(),
            claimed: AtomicBool::new(false),
            repeated: AtomicBool::new(false),
        }))
    }

    /// The claim that the running request carries.
    pub fn current() -> Option<Self> {
        CLAIM.try_with(Clone::clone).ok()
    }

    /// Runs a request that carries this claim.
    pub async fn carry<T>(&self, request: impl Future<Output = T>) -> T {
        CLAIM.scope(self.clone(), request).await
    }

    /// What is known of the key before anything is done.
    ///
    /// # Errors
    /// The database failed.
    pub async fn known(&self, app: &App) -> Result<Option<Known>> {
        let Some(row) = sql::find(&app.db, &self.0.key).await? else { return Ok(None) };
        Ok(Some(if row.request != self.0.request {
            Known::OfAnother
        } else if let Some(sealed) = row.answer {
            let text = app.keys.open(self.row(), &sealed)?;
            Known::Answered(Box::new(serde_json::from_str(&text).map_err(anyhow::Error::from)?))
        } else {
            Known::Done
        }))
    }

    /// What is known of a key that another attempt has claimed meanwhile; its answer is waited for a little.
    ///
    /// # Errors
    /// The database failed.
    pub async fn settled(&self, app: &App) -> Result<Known> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match self.known(app).await? {
                Some(Known::Done) | None if tokio::time::Instant::now() < deadline => tokio::time::sleep(Duration::from_millis(50)).await,
                known => return Ok(known.unwrap_or(Known::Done)),
            }
        }
    }

    /// Where the key stood in the request.
    pub fn path(&self) -> &'static str {
        self.0.path
    }

    /// Whether somebody else was first.
    pub fn is_repeated(&self) -> bool {
        self.0.repeated.load(Ordering::Relaxed)
    }

    /// Keeps the answer for repeats. It is only ever kept where the mutation was committed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn keep(&self, app: &App, answer: &Response) -> Result<()> {
        if !self.0.claimed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let text = serde_json::to_string(answer).map_err(anyhow::Error::from)?;
        if text.len() <= ANSWER {
            let sealed = app.keys.seal(&app.entropy, self.row(), &text)?;
            sql::keep(&app.db, &self.0.key, self.0.attempt, &sealed).await?;
        }
        Ok(())
    }

    /// The row's name for the seal.
    fn row(&self) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0.key[..16]);
        Uuid::from_bytes(bytes)
    }
}

/// Claims the running request's key, if it carries one, in the transaction of what it does.
///
/// # Errors
/// It was done already, or the database failed.
pub async fn claim(tx: &mut PgConnection) -> Result<()> {
    let Some(claim) = Claim::current() else { return Ok(()) };
    let refused = claim_all(tx, std::slice::from_ref(&claim)).await?;
    if refused.is_empty() { Ok(()) } else { Err(Error::Repeated) }
}

/// Claims the keys of requests that are done together: the positions of those that were done already.
///
/// # Errors
/// The database failed.
pub async fn claim_all(tx: &mut PgConnection, claims: &[Claim]) -> sqlx::Result<Vec<usize>> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(&[u8], &[u8], Uuid)> = claims.iter().map(|Claim(c)| (&c.key[..], &c.request[..], c.attempt)).collect();
    let mine = sql::claim(tx, &rows).await?;
    Ok((0..claims.len())
        .filter(|&i| {
            let claim = &claims[i].0;
            let claimed = mine.contains(&claim.attempt);
            let flag = if claimed { &claim.claimed } else { &claim.repeated };
            flag.store(true, Ordering::Relaxed);
            !claimed
        })
        .collect())
}

/// Gives back keys of what was refused, in the transaction in which they were claimed.
///
/// # Errors
/// The database failed.
pub async fn release(tx: &mut PgConnection, claims: &[Claim]) -> sqlx::Result<()> {
    if claims.is_empty() {
        return Ok(());
    }
    for Claim(claim) in claims {
        claim.claimed.store(false, Ordering::Relaxed);
    }
    sql::release(
        tx,
        &claims.iter().map(|Claim(c)| c.attempt).collect::<Vec<_>>(),
        &claims.iter().map(|Claim(c)| &c.key[..]).collect::<Vec<_>>(),
    )
    .await
}

/// The `clientMutationId` of a mutation's input, in the document or in its variables.
pub fn client_mutation_id<'a>(field: &'a Field, variables: &'a Variables) -> Option<&'a str> {
    match &field.get_argument("input")?.node {
        Literal::Variable(name) => match variables.get(name)? {
            Value::Object(input) => text(input.get(NAME)?),
            _ => None,
        },
        Literal::Object(input) => match input.get(NAME)? {
            Literal::String(id) => Some(id),
            Literal::Variable(name) => text(variables.get(name)?),
            _ => None,
        },
        _ => None,
    }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::String(text) = value { Some(text) } else { None }
}
