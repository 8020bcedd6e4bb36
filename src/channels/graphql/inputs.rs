use async_graphql::{ID, InputObject, SimpleObject};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};

use super::{
    super::{Raw, Said, State},
    ChannelReport, Correspondent, UnreadableMessage,
};
use crate::{
    error::{ErrorCode, Refusal, Result},
    feedback::Channel,
    gid::{self, Kind},
    graphql::payload,
};

/// For which channel to make a link.
#[derive(InputObject)]
pub struct CreateContactLinkInput {
    /// The channel: only `TELEGRAM` now.
    pub(super) channel: Channel,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// A one-time link by which a channel's address becomes one's own.
#[derive(SimpleObject)]
pub struct ContactLink {
    /// The code itself, to be given to the bot. Shown once.
    pub(super) code: String,
    /// The link that opens the bot with the code; null where no bot has reported its name.
    pub(super) url: Option<String>,
    /// Until when it works.
    pub(super) expires_at: DateTime<Utc>,
}

payload! {
    /// The outcome of `createContactLink`.
    CreateContactLinkPayload {
        /// The link.
        link: ContactLink
    }
}

/// Which address is to be one's own no longer.
#[derive(InputObject)]
pub struct RemoveContactInput {
    /// Which address.
    pub(super) contact_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `removeContact`.
    RemoveContactPayload {
        /// The address that is one's own no longer.
        contact_id: ID
    }
}

/// An address and the code that shows whose it is.
#[derive(InputObject)]
pub struct LinkContactInput {
    /// The channel.
    pub(super) channel: Channel,
    /// The address there.
    pub(super) address: String,
    /// The name they go by there.
    pub(super) name: Option<String>,
    /// The code that they brought from their page.
    pub(super) code: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `linkContact`.
    LinkContactPayload {
        /// Who writes from the address.
        correspondent: Correspondent
    }
}

/// An address that is to be nobody's.
#[derive(InputObject)]
pub struct UnlinkContactInput {
    /// The channel.
    pub(super) channel: Channel,
    /// The address there.
    pub(super) address: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `unlinkContact`.
    UnlinkContactPayload {
        /// Who writes from the address.
        correspondent: Correspondent
    }
}

/// Whom to forget.
#[derive(InputObject)]
pub struct ForgetContactInput {
    /// The channel.
    pub(super) channel: Channel,
    /// The address there.
    pub(super) address: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `forgetContact`.
    ForgetContactPayload {
        /// How many tickets stay, without name and address.
        tickets: i64
    }
}

/// A message that could not be read.
#[derive(InputObject)]
pub struct KeepUnreadableMessageInput {
    /// The channel.
    channel: Channel,
    /// The channel's own id of it, or another name that stays the same, up to 500 characters: the same one twice is kept once.
    external_id: String,
    /// Why it could not be read, up to 500 characters.
    reason: String,
    /// Its bytes in Base64; a larger one is uploaded before.
    content: Option<String>,
    /// The file that was uploaded with its bytes.
    attachment_id: Option<ID>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

impl KeepUnreadableMessageInput {
    pub(super) fn into_raw(self) -> Result<Raw> {
        let invalid = |_| Refusal::new(ErrorCode::InvalidFormat, "content").with("example", "Base64");
        let content = self.content.map(|content| STANDARD.decode(content.trim()).map_err(invalid)).transpose()?;
        let upload = gid::maybe(Kind::Attachment, self.attachment_id.as_ref(), "attachmentId")?;
        Ok(Raw { channel: self.channel, external_id: self.external_id, reason: self.reason, content, upload })
    }
}

payload! {
    /// The outcome of `keepUnreadableMessage`.
    KeepUnreadableMessagePayload {
        /// False when it had been kept before.
        kept: bool
    }
}

/// How a bot does.
#[derive(InputObject)]
pub struct ReportChannelInput {
    /// Its channel: `EMAIL` or `TELEGRAM`.
    channel: Channel,
    /// Which mailbox; of Telegram the bot's username.
    name: String,
    /// How it does.
    state: State,
    /// What is wrong, up to 2,000 characters; empty when nothing is.
    detail: String,
    /// Messages that it took in since it was started.
    received: i64,
    /// Machines' messages that it passed over since it was started.
    ignored: i64,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

impl ReportChannelInput {
    pub(super) fn into_said(self) -> Said {
        let Self { channel, name, state, detail, received, ignored, .. } = self;
        Said { channel, name, state, detail, received, ignored }
    }
}

payload! {
    /// The outcome of `reportChannel`.
    ReportChannelPayload {
        /// What is known of the bot now.
        report: ChannelReport
    }
}

/// Which message one has looked at.
#[derive(InputObject)]
pub struct MarkUnreadableSeenInput {
    /// Which message.
    pub(super) id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `markUnreadableSeen`.
    MarkUnreadableSeenPayload {
        /// The message.
        message: UnreadableMessage
    }
}
