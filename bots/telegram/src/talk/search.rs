//! Searching everything that everybody may read.

use std::fmt::Write;

use super::{Result, Turn};
use crate::{
    dialogue::Step,
    telegram::{Page, cut},
    texts::say,
};

/// Hits that are shown.
const SHOWN: usize = 5;

impl Turn<'_> {
    /// The first things with these words, as links, and the way to all of them.
    pub(crate) async fn search(&mut self, words: &str) -> Result<()> {
        let words = cut(words.trim(), 200);
        let (found, total) = self.platform().search(&words, SHOWN, self.language).await?;
        let mut page = Page { head: say!(self.language, "search-head"), ..Page::default() };
        page.body = match total {
            0 => say!(self.language, "nothing-found", words = words.as_str()),
            count => say!(self.language, "found", words = words.as_str(), count = count),
        };
        let site = self.bot.settings.site.trim_end_matches('/');
        for (n, one) in found.iter().enumerate() {
            // A text that grows in memory takes everything.
            let _ = write!(page.body, "\n\n{}. {}", n + 1, cut(&one.name, 120));
            if !site.is_empty() {
                let _ = write!(page.body, "\n{site}{}", one.path);
            }
        }
        if total > 0 && !site.is_empty() {
            let link = format!("{site}/search?q={}", encoded(&words));
            let _ = write!(page.body, "\n\n{}", say!(self.language, "search-all", link = link));
        }
        page.key(say!(self.language, "button-menu"), "m:menu");
        self.send(&page, None).await.map(drop)
    }

    pub(crate) async fn ask_words(&mut self) -> Result<()> {
        self.dialogue.ask(Step::Words);
        self.tell(say!(self.language, "ask-words")).await
    }
}

/// Words as a part of an address (RFC 3986).
fn encoded(words: &str) -> String {
    let mut encoded = String::with_capacity(words.len() * 3);
    for byte in words.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn words_stand_in_an_address() {
        assert_eq!(encoded("яма & lift-2"), "%D1%8F%D0%BC%D0%B0%20%26%20lift-2");
    }
}
