//! The words of a message as they are kept: cleaned, never longer than people can read, and what people should know of them.

use async_graphql::Enum;

use super::threads::{TOKEN, ticket_of_token};
use crate::{identity::Keys, validate};

/// What people should know of a message before they believe or answer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "ArticleFlag")]
pub enum Flag {
    /// Nothing shows that the sender's address is the sender's.
    SenderUnverified,
    /// It named a token of a ticket that we did not make.
    ForgedToken,
    /// It held characters that cannot be seen or that turn the direction of writing; they are taken out.
    HiddenCharacters,
    /// There are no words in it.
    NoWords,
    /// It is only the beginning: the whole is among its files.
    Truncated,
}

/// The words of a message.
#[derive(Debug, PartialEq, Eq)]
pub struct Wording {
    /// What it says; empty when nothing is left.
    pub body: String,
    /// What the sender's program quoted of earlier messages; it ends in `…` where more of it came.
    pub quotation: String,
    /// What people should know of it.
    pub flags: Vec<Flag>,
    /// All of what it says, where a part was cut off.
    pub whole: Option<String>,
}

/// Cleans the words of a message; what is over `most` characters is cut off.
pub fn of(keys: &Keys, subject: Option<&str>, text: &str, quotation: &str, most: usize) -> Wording {
    let mut flags = Vec::new();
    if [subject.unwrap_or_default(), text].into_iter().any(hides) {
        flags.push(Flag::HiddenCharacters);
    }
    let (text, quotation) = (without_secrets(keys, text), without_secrets(keys, quotation));
    let whole = |text: &str| validate::salvage(text, usize::MAX);
    let (all, quotation) = (whole(&text), whole(&quotation));
    let body = validate::salvage(&all, most);
    // Of what was cut off of a quotation nothing is kept: it is earlier messages, and files of a public ticket are for everybody.
    let quotation = match validate::salvage(&quotation, most) {
        kept if kept == quotation => kept,
        kept => format!("{kept}\n…"),
    };
    let whole = (body != all).then_some(all);
    if whole.is_some() {
        flags.push(Flag::Truncated);
    }
    if !body.is_empty() && !body.chars().any(char::is_alphanumeric) {
        flags.push(Flag::NoWords);
    }
    Wording { body, quotation, flags, whole }
}

/// Whether a text holds signs that nobody sees and that forge what is read. Soft hyphens and the mark at the beginning of a file come
/// with honest texts.
fn hides(text: &str) -> bool {
    let text = text.trim_start_matches('\u{FEFF}');
    text.chars().any(|c| matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{180E}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
}

/// The text without the secrets of our links and addresses, which a quoted mail of ours carries: others may read it.
fn without_secrets(keys: &Keys, text: &str) -> String {
    const MASK: &str = "…";
    let is_secret = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // The secret of a ticket's link.
    while let Some(at) = rest.find("secret=") {
        let (head, tail) = rest.split_at(at + "secret=".len());
        let end = tail.find(|c: char| !is_secret(c)).unwrap_or(tail.len());
        out.push_str(head);
        out.push_str(if end >= 20 { MASK } else { &tail[..end] });
        rest = &tail[end..];
    }
    out.push_str(rest);
    // The token of an address to answer to: a word of its length that is one indeed.
    let words: Vec<&str> = out
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() == TOKEN && ticket_of_token(keys, word).is_some())
        .collect();
    let mut tokens: Vec<String> = words.into_iter().map(str::to_owned).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens.iter().fold(out, |text, token| text.replace(token.as_str(), MASK))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{
        super::{link_secret, reply_token},
        *,
    };

    fn keys() -> Keys {
        Keys::new(&[7; 32]).unwrap()
    }

    #[test]
    fn what_is_seen_is_what_is_kept() {
        let wording = of(&keys(), None, "Счёт \u{202E}fdp.exe\u{200B} во вложении", "", 100);
        assert_eq!((wording.body.as_str(), &wording.flags[..]), ("Счёт fdp.exe во вложении", &[Flag::HiddenCharacters][..]));
        assert_eq!(of(&keys(), None, "\u{FEFF}Обычный текст с пере\u{00AD}носом", "", 100).flags, []);
        assert_eq!(of(&keys(), Some("\u{202E}x"), "Текст", "", 100).flags, [Flag::HiddenCharacters]);
    }

    #[test]
    fn emoji_alone_are_no_words_and_nothing_is_nothing() {
        assert_eq!(of(&keys(), None, "🔥🔥 ❤️!", "", 100).flags, [Flag::NoWords]);
        let nothing = of(&keys(), None, " \u{200B}\n", "> старое", 100);
        assert_eq!((nothing.body.as_str(), nothing.quotation.as_str(), nothing.whole), ("", "> старое", None));
    }

    #[test]
    fn what_is_cut_off_is_kept_whole() {
        let wording = of(&keys(), None, &"слово ".repeat(30), "> цитата", 100);
        assert_eq!((wording.body.chars().count(), &wording.flags[..]), (100, &[Flag::Truncated][..]));
        assert!(wording.whole.unwrap().ends_with("слово"));
        assert_eq!(of(&keys(), None, &"а".repeat(100), "", 100).whole, None);
        let quoted = of(&keys(), None, "Да", &"б".repeat(101), 100);
        assert_eq!((quoted.flags, quoted.whole, quoted.quotation), (vec![], None, format!("{}\n…", "б".repeat(100))));
    }

    #[test]
    fn a_quoted_mail_of_ours_gives_no_secret_away() {
        let ticket = Uuid::from_u128(5);
        let (secret, token) = (link_secret(&keys(), ticket), reply_token(&keys(), ticket));
        let quoted = format!("> https://x/tickets/2026-000001?secret={secret}&a=1\n> inbox+{token}@example.org писал(а):\n> secret=short");
        let kept = of(&keys(), None, "Спасибо", &quoted, 1000).quotation;
        assert!(!kept.contains(&secret) && !kept.contains(&token), "{kept}");
        assert_eq!(kept, "> https://x/tickets/2026-000001?secret=…&a=1\n> inbox+…@example.org писал(а):\n> secret=short");
        let upper = of(&keys(), None, &token.to_uppercase(), "", 1000).body;
        assert_eq!(upper, "…");
    }
}
