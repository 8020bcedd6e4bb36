use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Between two lines of the log where no bar can be drawn.
const PAUSE: Duration = Duration::from_secs(5);

/// How far a long work has come: a bar on the standard error, or, where that is no terminal, a line of the log every few seconds.
pub struct Progress {
    bar: ProgressBar,
    what: &'static str,
    said: Option<Instant>,
}

impl Progress {
    /// Of something measured in bytes.
    pub fn bytes(what: &'static str, total: u64, draw: bool) -> Self {
        Self::new(what, total, draw, "{msg:>14} [{bar:40}] {bytes}/{total_bytes} {bytes_per_sec} {eta}")
    }

    /// Of something that is counted.
    pub fn items(what: &'static str, total: u64, draw: bool) -> Self {
        Self::new(what, total, draw, "{msg:>14} [{bar:40}] {pos}/{len} {per_sec} {eta}")
    }

    fn new(what: &'static str, total: u64, draw: bool, template: &str) -> Self {
        let terminal = draw && std::io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(total), target).with_style(style.progress_chars("=> ")).with_message(what);
        Self { bar, what, said: (!terminal).then(Instant::now) }
    }

    /// So much is done.
    pub fn set(&mut self, position: u64) {
        self.bar.set_position(position);
        if self.said.is_some_and(|said| said.elapsed() >= PAUSE) {
            self.said = Some(Instant::now());
            tracing::info!(position, total = self.bar.length(), "{}", self.what);
        }
    }

    /// So much is left; the whole grows when that is more than there was.
    pub fn left(&mut self, left: u64) {
        let total = self.bar.length().unwrap_or(0).max(left);
        self.bar.set_length(total);
        self.set(total - left);
    }

    /// The work is over, done or not.
    pub fn finish(self) {
        self.bar.abandon();
    }
}
