//! What a bot says of itself.

use crate::{intake::Channel, schema};

/// How a channel is.
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelState {
    /// It works.
    Ok,
    /// It does not, for the reason in the detail.
    Failing,
}

/// What a bot says of itself.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct ReportChannelInput {
    /// The channel.
    pub channel: Channel,
    /// Which mailbox, which bot.
    pub name: String,
    /// How it is.
    pub state: ChannelState,
    /// Why it fails, for administrators; empty where it works.
    pub detail: String,
    /// Messages taken in since it was started.
    pub received: i32,
    /// Messages of machines passed over since it was started.
    pub ignored: i32,
}

/// What the platform keeps of it.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct ChannelReport {
    /// Which mailbox, which bot.
    pub name: String,
}

mutation! {
    /// Tells administrators how the bot is.
    report_channel(ReportChannelInput) -> "ReportChannelPayload" { report: ChannelReport }
}
