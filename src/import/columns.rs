use clap::Args;

use super::read::Columns;

/// Names of columns or JSON keys. A field whose column is not named is read from the column of its own name, if there is one.
#[derive(Debug, Clone, Default, Args, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[command(next_help_heading = "Columns")]
pub struct ColumnNames {
    /// The words of the message or initiative.
    #[arg(long, value_name = "COLUMN")]
    pub text: Option<String>,
    /// The source's own identifier; without it rows are known by their content.
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// The title of an initiative.
    #[arg(long, value_name = "COLUMN")]
    pub title: Option<String>,
    /// The subject of a message.
    #[arg(long, value_name = "COLUMN")]
    pub subject: Option<String>,
    /// The sender: a name, an address, or both.
    #[arg(long, value_name = "COLUMN")]
    pub author: Option<String>,
    /// When it was received or published.
    #[arg(long, value_name = "COLUMN")]
    pub date: Option<String>,
    /// The working group that had it, from which the router learns; it is made when there is none of that name.
    #[arg(long, value_name = "COLUMN")]
    pub group: Option<String>,
    /// What it is about; the topic is made when there is none of that name.
    #[arg(long, value_name = "COLUMN")]
    pub topic: Option<String>,
    /// How a message came in: web, email, telegram, phone or api.
    #[arg(long, value_name = "COLUMN")]
    pub channel_column: Option<String>,
    /// The level of government that an initiative is addressed to.
    #[arg(long, value_name = "COLUMN")]
    pub jurisdiction: Option<String>,
    /// The votes that an initiative has.
    #[arg(long, value_name = "COLUMN")]
    pub votes: Option<String>,
}

impl From<&ColumnNames> for Columns {
    fn from(names: &ColumnNames) -> Self {
        let names = names.clone();
        Self {
            text: names.text,
            id: names.id,
            title: names.title,
            subject: names.subject,
            author: names.author,
            date: names.date,
            group: names.group,
            topic: names.topic,
            channel: names.channel_column,
            jurisdiction: names.jurisdiction,
            votes: names.votes,
        }
    }
}
