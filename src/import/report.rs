use std::{collections::BTreeMap, fmt, time::Duration};

use uuid::Uuid;

/// Refused rows that a summary names.
const NAMED: usize = 50;
/// Different reasons that are counted apart.
const REASONS: usize = 50;

/// Why a row is ignored that an earlier import brought.
pub(super) const ALREADY: &str = "already imported";

/// A row that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// Its place in the source.
    pub at: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What became of the rows of a source, whatever they are.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// All that were read.
    pub read: u64,
    /// Those that are not for us, or were there already.
    pub ignored: u64,
    /// The same by their reasons.
    pub ignored_by_reason: BTreeMap<String, u64>,
    /// Those that could not be taken.
    pub refused: u64,
    /// The first 50 of them.
    pub refused_rows: Vec<RefusedRow>,
    /// Whether it was broken off by an interrupt.
    pub interrupted: bool,
    /// The time it all took.
    pub took: Duration,
}

impl Rows {
    pub(super) fn ignore(&mut self, reason: &str) {
        self.ignored += 1;
        let full = self.ignored_by_reason.len() >= REASONS && !self.ignored_by_reason.contains_key(reason);
        *self.ignored_by_reason.entry(if full { "other" } else { reason }.to_owned()).or_default() += 1;
    }

    pub(super) fn refuse(&mut self, at: String, reason: String) {
        self.refused += 1;
        if self.refused_rows.len() < NAMED {
            self.refused_rows.push(RefusedRow { at, reason });
        }
    }

    /// Rows that an earlier import brought.
    pub(super) fn already(&self) -> u64 {
        self.ignored_by_reason.get(ALREADY).copied().unwrap_or(0)
    }

    /// Rows a second.
    pub fn per_second(&self) -> f64 {
        // Counts are far below 2^52.
        #[allow(clippy::cast_precision_loss)]
        let read = self.read as f64;
        read / self.took.as_secs_f64().max(0.001)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in {:.1} s, {:.0} a second", self.took.as_secs_f64(), self.per_second())?;
        for (reason, count) in &self.ignored_by_reason {
            write!(f, "\n  ignored {count}: {reason}")?;
        }
        for row in &self.refused_rows {
            write!(f, "\n  refused {}: {}", row.at, row.reason)?;
        }
        let more = self.refused - self.refused_rows.len() as u64;
        if more > 0 {
            write!(f, "\n  and {more} more refused")?;
        }
        if self.interrupted {
            write!(f, "\nInterrupted. Repeat the same import: it goes on where it was.")?;
        }
        Ok(())
    }
}

/// What an import of messages came to. To be shown to people as it is.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// What became of the rows.
    pub rows: Rows,
    /// Messages that opened a ticket.
    pub tickets: u64,
    /// Messages that went on with one.
    pub follow_ups: u64,
    /// Clusters that the tickets are in.
    pub clusters: i64,
    /// The 15 largest: label and number of tickets.
    pub largest_clusters: Vec<(String, i64)>,
    /// The 15 groups with the most of the tickets; without a name, the triage desk.
    pub groups: Vec<(String, i64)>,
    /// Background jobs that failed and are left to later.
    pub failed_jobs: u64,
    /// The tickets themselves, those of an earlier run of the same import among them.
    pub(super) ticket_ids: Vec<Uuid>,
}

impl Summary {
    /// The figures for machines, one line.
    pub fn to_json_line(&self) -> String {
        serde_json::json!({
            "read": self.rows.read,
            "tickets": self.tickets,
            "follow_ups": self.follow_ups,
            "ignored": self.rows.ignored,
            "refused": self.rows.refused,
            "clusters": self.clusters,
        })
        .to_string()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rows { read, ignored, refused, .. } = &self.rows;
        let (tickets, follow_ups) = (self.tickets, self.follow_ups);
        write!(f, "{read} read: {tickets} tickets, {follow_ups} follow-ups, {ignored} ignored, {refused} refused, ")?;
        self.rows.write(f)?;
        write!(f, "\n{} clusters", self.clusters)?;
        for (label, size) in &self.largest_clusters {
            write!(f, "\n  {size:>6}  {label}")?;
        }
        if !self.groups.is_empty() {
            write!(f, "\nTickets by group")?;
        }
        for (name, size) in &self.groups {
            write!(f, "\n  {size:>6}  {}", if name.is_empty() { "(triage desk)" } else { name })?;
        }
        if self.failed_jobs > 0 {
            write!(f, "\n{} background jobs failed and are left to later", self.failed_jobs)?;
        }
        Ok(())
    }
}

/// What an import of initiatives came to. To be shown to people as it is.
#[derive(Debug, Clone, Default)]
pub struct InitiativesSummary {
    /// What became of the rows.
    pub rows: Rows,
    /// Initiatives that are new.
    pub initiatives: u64,
}

impl InitiativesSummary {
    /// The figures for machines, one line.
    pub fn to_json_line(&self) -> String {
        serde_json::json!({
            "read": self.rows.read,
            "initiatives": self.initiatives,
            "ignored": self.rows.ignored,
            "refused": self.rows.refused,
        })
        .to_string()
    }
}

impl fmt::Display for InitiativesSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rows { read, ignored, refused, .. } = &self.rows;
        write!(f, "{read} read: {} initiatives, {ignored} ignored, {refused} refused, ", self.initiatives)?;
        self.rows.write(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_stays_small_and_counts_everything() {
        let mut rows = Rows { read: 200, ..Rows::default() };
        for n in 0..100 {
            rows.refuse(format!("line {n}"), "it has no text".into());
            rows.ignore(&format!("reason {n}"));
        }
        assert_eq!((rows.refused, rows.refused_rows.len(), rows.ignored), (100, 50, 100));
        assert_eq!(rows.ignored_by_reason.values().sum::<u64>(), 100);
        assert!(rows.ignored_by_reason.len() <= REASONS + 1);
        let summary = Summary { rows, tickets: 3, ..Summary::default() };
        assert!(summary.to_string().contains("and 50 more refused"));
    }

    #[test]
    fn the_line_for_machines_holds_exactly_its_keys() {
        let line: serde_json::Value = serde_json::from_str(&Summary::default().to_json_line()).unwrap();
        let mut keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["clusters", "follow_ups", "ignored", "read", "refused", "tickets"]);
    }
}
