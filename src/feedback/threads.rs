//! Which ticket a message goes on with. Anybody can write anything into a message, so its ids count only where they are the sender's own
//! or were given to them by us; the subject never counts.

use sqlx::PgConnection;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{Channel, Message, sql};
use crate::{
    app::App,
    error::Result,
    identity::{Keys, Purpose},
};

/// Crockford's base 32, in small letters: no `i`, `l`, `o` and `u`.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Bytes of the mark that shows that a token is ours.
const MARK: usize = 10;
/// Characters of a token.
pub(super) const TOKEN: usize = ((16 + MARK) * 8).div_ceil(5);
/// References that are looked at, the newest.
const REFERENCES: usize = 50;

fn mark(keys: &Keys, ticket: Uuid) -> Vec<u8> {
    let mut mark = keys.index(Purpose::ReplyToken, ticket.as_bytes());
    mark.truncate(MARK);
    mark
}

/// The token of a ticket for the address that answers go to: letters and digits only, 42 of them. Whoever has it writes into the ticket.
pub fn reply_token(keys: &Keys, ticket: Uuid) -> String {
    let bytes = [ticket.as_bytes(), mark(keys, ticket).as_slice()].concat();
    let (mut token, mut held, mut bits) = (String::with_capacity(TOKEN), 0_u32, 0);
    for byte in bytes {
        (held, bits) = ((held << 8) | u32::from(byte), bits + 8);
        while bits >= 5 {
            bits -= 5;
            token.push(char::from(DIGITS[(held >> bits) as usize & 31]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        token.push(char::from(DIGITS[(held << (5 - bits)) as usize & 31]));
    }
    token
}

/// The ticket of a token that we made; mail servers may have changed capitals.
pub fn ticket_of_token(keys: &Keys, token: &str) -> Option<Uuid> {
    if token.len() != TOKEN {
        return None;
    }
    let (mut bytes, mut held, mut bits) = (Vec::with_capacity(TOKEN), 0_u32, 0);
    for c in token.bytes() {
        let digit = DIGITS.iter().position(|d| *d == c.to_ascii_lowercase())?;
        (held, bits) = ((held << 5) | u32::try_from(digit).ok()?, bits + 5);
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 255).ok()?);
        }
        held &= (1 << bits) - 1;
    }
    let (ticket, theirs) = bytes.split_first_chunk::<16>()?;
    let ticket = Uuid::from_bytes(*ticket);
    // Bits that are left over are nought, so that a ticket has one token.
    (held == 0 && bool::from(mark(keys, ticket).ct_eq(theirs))).then_some(ticket)
}

/// Who wrote, as far as messages are told apart by it.
#[derive(Debug, Clone, Default)]
pub struct Who {
    /// The participant.
    pub author: Option<Uuid>,
    /// The contact.
    pub contact: Option<Uuid>,
    /// The end of ids of theirs that somebody else has used before.
    pub end: String,
}

impl Who {
    /// The id as it is, and as it is kept where somebody else has used it before.
    pub fn ids(&self, id: &str) -> [String; 2] {
        [id.to_owned(), format!("{id}#{}", self.end)]
    }
}

/// What a message goes on with.
#[derive(Debug, Default)]
pub struct Thread {
    /// The ticket that the sender knows, and the locked one that it goes on in: the same, or the one it became part of.
    pub ticket: Option<(Uuid, sql::Ticket)>,
    /// Whether the message is a later wording of an earlier one of the ticket.
    pub edit: bool,
    /// Whether its token is not ours.
    pub forged: bool,
    /// The name under which its conversation is kept: another one where somebody else has used it.
    pub conversation: Option<String>,
}

/// Finds what a message goes on with: the message that it changes, the token of the address that we gave, ids of messages of ours or of
/// the sender's own, the conversation. What ended longer than `feedback.reopen_days` ago is over.
pub async fn find(app: &App, tx: &mut PgConnection, message: &Message, who: &Who) -> Result<Thread> {
    let days = app.config.feedback.reopen_days;
    let channel = message.channel;
    let token = message.reply_token.as_deref().map(|token| ticket_of_token(&app.keys, token.trim()));
    let (name, known) = conversation(tx, message, who).await?;
    let mut thread = Thread { forged: token == Some(None), conversation: name, ..Thread::default() };
    if let Some(edits) = &message.edits
        && let Some(ticket) = sql::ticket_of_ids(tx, channel, &who.ids(edits), who).await?
    {
        thread.ticket = sql::goes_on(tx, ticket, days).await?.map(|row| (ticket, row));
        thread.edit = thread.ticket.is_some();
    }
    if thread.ticket.is_none()
        && let Some(ticket) = token.flatten()
    {
        thread.ticket = sql::goes_on(tx, ticket, days).await?.map(|row| (ticket, row));
    }
    if thread.ticket.is_none() && !message.references.is_empty() {
        let ids: Vec<String> = newest(message).iter().flat_map(|id| who.ids(id)).collect();
        if let Some(ticket) = sql::ticket_of_ids(tx, channel, &ids, who).await? {
            thread.ticket = sql::goes_on(tx, ticket, days).await?.map(|row| (ticket, row));
        }
    }
    if thread.ticket.is_none()
        && let Some(ticket) = known
    {
        thread.ticket = sql::goes_on(tx, ticket, days).await?.map(|row| (ticket, row));
    }
    Ok(thread)
}

fn newest(message: &Message) -> &[String] {
    &message.references[message.references.len().saturating_sub(REFERENCES)..]
}

/// The name under which the message's conversation is kept and the ticket that it goes on with; one that a channel brings only where the
/// sender has part in it.
async fn conversation(tx: &mut PgConnection, message: &Message, who: &Who) -> Result<(Option<String>, Option<Uuid>)> {
    let Some(conversation) = &message.conversation else { return Ok((None, None)) };
    let [plain, own] = who.ids(conversation);
    if !message.guarded {
        let known = sql::conversations(tx, message.channel, std::slice::from_ref(&plain), who).await?.pop();
        return Ok((Some(plain), known.map(|known| known.ticket)));
    }
    let known = sql::conversations(tx, message.channel, &[plain.clone(), own.clone()], who).await?;
    let theirs = known.iter().find(|known| known.theirs);
    let free = known.iter().all(|known| known.conversation != plain || known.theirs);
    Ok((Some(if free { plain } else { own }), theirs.map(|known| known.ticket)))
}

/// Lets messages that name the same ids wait for each other: of one conversation, and retries of one.
pub async fn lock(tx: &mut PgConnection, message: &Message) -> Result<()> {
    let mut named = [&message.conversation, &message.external_id, &message.edits].into_iter().flatten();
    let mut keys: Vec<&str> = if message.guarded {
        named.chain(newest(message)).map(String::as_str).collect()
    } else {
        // Many of them may be stored in one transaction.
        named.next().map(String::as_str).into_iter().collect()
    };
    // In one order, so that none waits for the other in a ring.
    keys.sort_unstable();
    keys.dedup();
    Ok(sql::lock_conversations(tx, message.channel, &keys).await?)
}

/// What was stored of a message before, if it was the sender's; otherwise the id to store it under.
pub async fn known(
    tx: &mut PgConnection,
    channel: Channel,
    external_id: &str,
    who: &Who,
    guarded: bool,
) -> Result<std::result::Result<super::Received, String>> {
    let ids = who.ids(external_id);
    let mut found = sql::find_external(tx, channel, &ids).await?;
    let [plain, own] = ids;
    let theirs = |known: &sql::Known| match (guarded, who.contact) {
        (false, _) => true,
        (true, Some(contact)) => known.contact == Some(contact),
        (true, None) => known.contact.is_none() && known.author == who.author,
    };
    if let Some(at) = found.iter().position(theirs) {
        return Ok(Ok(found.swap_remove(at).received));
    }
    Ok(Err(if found.is_empty() { plain } else { own }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_opens_its_ticket_and_nothing_else_does(ticket in any::<u128>(), place in 0..TOKEN, other in 0..32_usize) {
            let keys = Keys::new(&[7; 32]).unwrap();
            let ticket = Uuid::from_u128(ticket);
            let token = reply_token(&keys, ticket);
            prop_assert!(token.len() == TOKEN && token.len() <= 48 && token.bytes().all(|c| DIGITS.contains(&c)), "{}", token);
            prop_assert_eq!(ticket_of_token(&keys, &token), Some(ticket));
            prop_assert_eq!(ticket_of_token(&keys, &token.to_uppercase()), Some(ticket));
            prop_assert_eq!(ticket_of_token(&Keys::new(&[8; 32]).unwrap(), &token), None);
            let mut forged = token.clone().into_bytes();
            forged[place] = DIGITS[other];
            let forged = String::from_utf8(forged).unwrap();
            prop_assert_eq!(ticket_of_token(&keys, &forged).is_some(), forged == token);
        }

        #[test]
        fn no_text_panics(text in any::<String>(), letters in "[0-9a-zA-Zё]{42}") {
            let keys = Keys::new(&[7; 32]).unwrap();
            ticket_of_token(&keys, &text);
            prop_assert_eq!(ticket_of_token(&keys, &letters), None);
        }
    }
}
