//! Links in mails that end mails of their kind with one click (RFC 8058).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{Channel, NotificationKind, sql};
use crate::{
    app::App,
    error::Result,
    identity::{Keys, Purpose},
};

/// Bytes of the token's seal.
const SEAL: usize = 16;

/// The token of the link in a delivery. It opens nothing but the end of such mails.
pub fn unsubscribe_token(keys: &Keys, delivery: Uuid) -> String {
    URL_SAFE_NO_PAD.encode([&delivery.as_bytes()[..], &seal(keys, delivery)].concat())
}

fn seal(keys: &Keys, delivery: Uuid) -> Vec<u8> {
    let mut seal = keys.index(Purpose::Unsubscribe, delivery.as_bytes());
    seal.truncate(SEAL);
    seal
}

/// The delivery that a token was made for.
fn delivery_of(keys: &Keys, token: &str) -> Option<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (id, given) = bytes.split_first_chunk::<16>()?;
    let id = Uuid::from_bytes(*id);
    bool::from(seal(keys, id).ct_eq(given)).then_some(id)
}

/// Whose mails of which kind a link is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    /// Whose.
    pub participant: Uuid,
    /// Of which kind.
    pub kind: NotificationKind,
    /// Whether they are still sent.
    pub on: bool,
}

/// What a link is about; `None` where it is none of ours.
///
/// # Errors
/// The database failed.
pub async fn unsubscription(app: &App, token: &str) -> Result<Option<Subscription>> {
    let Some(id) = delivery_of(&app.keys, token) else { return Ok(None) };
    let Some((participant, kind)) = sql::addressee(&app.db, id).await? else { return Ok(None) };
    let chosen = sql::preferences(&app.db, participant).await?;
    let own = chosen.iter().find(|(k, c, _)| *k == kind && *c == Channel::Email).map(|(.., enabled)| *enabled);
    Ok(Some(Subscription { participant, kind, on: own.unwrap_or(kind.by_email()) }))
}

/// Ends mails of the kind. Whoever holds the link may: it is theirs. Doing it twice does no harm.
///
/// # Errors
/// The database failed.
pub async fn unsubscribe(app: &App, token: &str) -> Result<Option<Subscription>> {
    let Some(known) = unsubscription(app, token).await? else { return Ok(None) };
    let mut tx = app.db.begin().await?;
    sql::set_preference(&mut tx, known.participant, known.kind, Channel::Email, false).await?;
    tx.commit().await?;
    Ok(Some(Subscription { on: false, ..known }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_one_delivery_and_cannot_be_made_up() {
        let keys = Keys::new(&[1; 32]).unwrap();
        let id = Uuid::from_u128(5);
        let token = unsubscribe_token(&keys, id);
        assert_eq!(delivery_of(&keys, &token), Some(id));
        let other = unsubscribe_token(&keys, Uuid::from_u128(6));
        let mixed = format!("{}{}", &other[..22], &token[22..]);
        for bad in ["", "x", &token[..21], &token[..30], &mixed, &unsubscribe_token(&Keys::new(&[2; 32]).unwrap(), id)] {
            assert_eq!(delivery_of(&keys, bad), None, "{bad}");
        }
    }
}
