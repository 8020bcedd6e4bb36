//! The new words of a reply, without what it quotes and without the signature.
//!
//! Lines are judged as mail programs write them, after the approach of GitHub's `email_reply_parser` and its successors:
//! marked lines are quotations wherever they stand; an attribution line, a separator or a header block with no marked
//! lines under it folds the rest. Where a judgement is doubtful the words are kept: a fold that hides a request costs more
//! than one that shows a signature.

use crate::fold_marks::{
    is_attribution, is_closing, is_dashed_name, is_header_block, is_ruler, is_sent_from, is_separator, is_signature_mark, opens_attribution,
};

/// A reply in two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// The new words; the whole text if there would be none.
    pub text: String,
    /// What was left out, in its order; empty if nothing was.
    pub folded: String,
}

/// Most lines an attribution is wrapped to.
const WRAPPED: usize = 4;
/// A signature under a doubtful mark has at most this many lines that are not empty …
const SIGNATURE_LINES: usize = 10;
/// … none of them longer than this, in characters.
const SIGNATURE_WIDTH: usize = 100;

/// Separates the new words of a message from quotations and signatures. The caller keeps the whole text.
///
/// Every line of the message is in exactly one of the two parts. The new words are never empty if the message is not.
pub fn fold_quotation(text: &str) -> Folded {
    let lines: Vec<&str> = text.lines().collect();
    let mut fold = vec![false; lines.len()];
    let end = fold_quoted(&lines, &mut fold);
    fold_signatures(&lines[..end], &mut fold);

    let new = gather(&lines, &fold, false);
    if !new.chars().any(|c| c.is_alphanumeric() || !c.is_ascii() && !c.is_whitespace() && c != '—') {
        return Folded { text: text.trim().to_owned(), folded: String::new() };
    }
    Folded { text: new, folded: gather(&lines, &fold, true) }
}

fn gather(lines: &[&str], fold: &[bool], folded: bool) -> String {
    let mut text = String::new();
    let mut empty = true;
    for (line, _) in lines.iter().zip(fold).filter(|(_, f)| **f == folded) {
        if line.trim().is_empty() {
            if !empty {
                text.push('\n');
            }
            empty = true;
        } else {
            text.push_str(line.trim_end());
            text.push('\n');
            empty = false;
        }
    }
    text.trim_matches('\n').to_owned()
}

fn is_marked(line: &str) -> bool {
    let line = line.trim_start();
    // An arrow or a quotation mark is not a quotation.
    line.starts_with('>') && !line.starts_with(">=") || line.starts_with("&gt;")
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// Folds quotations; returns where a quotation without marks takes the rest (or the number of lines).
fn fold_quoted(lines: &[&str], fold: &mut [bool]) -> usize {
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if is_marked(line) {
            fold[at] = true;
            if is_wrapped_quotation(lines, at + 1) {
                fold[at + 1] = true;
            }
        } else if is_separator(line) || is_header_block(&lines[at..]) {
            let from = with_ruler(lines, at);
            fold[from..].fill(true);
            return from;
        } else if let Some(length) = attribution(&lines[at..]) {
            let under = at + length;
            fold[at..under].fill(true);
            let next = lines[under..].iter().find(|l| !is_blank(l));
            if next.is_some_and(|l| !is_marked(l)) {
                fold[at..].fill(true);
                return with_ruler(lines, at);
            }
            at = under;
            continue;
        }
        at += 1;
    }
    lines.len()
}

/// The number of lines of the attribution that begins here.
fn attribution(lines: &[&str]) -> Option<usize> {
    if is_attribution(lines.first()?) {
        return Some(1);
    }
    if !opens_attribution(lines[0]) && !lines[0].contains('@') && !lines[0].starts_with(|c: char| c.is_ascii_digit()) {
        // A line that ends a sentence does not run on into an attribution; one that begins with a weekday or a date may.
        let dated = lines[0].bytes().any(|b| b.is_ascii_digit()) && lines[0].chars().count() < 120;
        if !dated || lines[0].trim_end().ends_with(['.', '!', '?']) {
            return None;
        }
    }
    let mut joined = String::from(lines[0].trim());
    for (n, line) in lines.iter().enumerate().take(WRAPPED).skip(1) {
        if is_blank(line) || is_marked(line) && line.trim() != ">:" {
            return None;
        }
        // Two attributions in a row are two.
        if is_attribution(line) && !opens_attribution(lines[0]) && line.contains(['@', '<']) && line.trim().len() > 60 {
            return None;
        }
        joined.push(' ');
        joined.push_str(line.trim());
        if is_attribution(&joined) {
            return Some(n + 1);
        }
    }
    None
}

/// The tail of a marked line that a program broke without marking it.
fn is_wrapped_quotation(lines: &[&str], at: usize) -> bool {
    let (Some(line), Some(next)) = (lines.get(at), lines.get(at + 1)) else {
        return false;
    };
    lines[at - 1].chars().count() >= 60 && is_marked(next) && line.chars().count() < 70 && line.starts_with(|c: char| c.is_lowercase())
}

/// Where the rest begins, with the ruler drawn above it.
fn with_ruler(lines: &[&str], at: usize) -> usize {
    let mut above = at;
    while above > 0 && is_blank(lines[above - 1]) {
        above -= 1;
    }
    if above > 0 && is_ruler(lines[above - 1]) { above - 1 } else { at }
}

/// Folds signatures: at the end of the new words, and single lines that phones add.
fn fold_signatures(lines: &[&str], fold: &mut [bool]) {
    for (at, line) in lines.iter().enumerate() {
        if is_sent_from(line) {
            fold[at] = true;
        }
    }
    // Where the next quotation begins, for every line; found once, so that the cost stays linear.
    let mut quoted = vec![None; lines.len()];
    let mut next = None;
    for at in (0..lines.len()).rev() {
        if fold[at] && is_marked(lines[at]) {
            next = Some(at);
        }
        quoted[at] = next;
    }
    let mut at = 0;
    while at < lines.len() {
        if fold[at] {
            at += 1;
            continue;
        }
        let until = quoted[at].unwrap_or(lines.len());
        let standard = lines[at].trim_end() == "--" && quoted[at].is_none();
        let footer = is_ruler(lines[at]) && lines[at].contains("____");
        let marked = is_signature_mark(lines[at]) || is_closing(lines[at]) || footer;
        if standard || marked && is_short(&lines[at + 1..until]) {
            fold[at..until].fill(true);
            at = until;
        } else {
            at += 1;
        }
    }
    let last = (0..lines.len()).rev().find(|&n| !fold[n] && !is_blank(lines[n]));
    if let Some(last) = last.filter(|&n| is_dashed_name(lines[n])) {
        fold[last] = true;
    }
}

fn is_short(lines: &[&str]) -> bool {
    let mut written = lines.iter().filter(|l| !is_blank(l));
    written.clone().take(SIGNATURE_LINES + 1).count() <= SIGNATURE_LINES && written.all(|l| l.chars().count() <= SIGNATURE_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn new_words(text: &str, expected: &str) {
        assert_eq!(fold_quotation(text).text, expected);
    }

    #[test]
    fn attributions_of_many_programs() {
        for attribution in [
            "ср, 30 апр. 2025 г. в 15:19, Иван Петров <ivan@example.ru>:",
            "25.03.2024, 10:15, \"Администрация\" <adm@example.ru>:",
            "Понедельник, 25 марта 2024, 10:15 +03:00 от Иван <ivan@example.ru>:",
            "25 марта 2024 г., в 10:15, Иван Петров <ivan@example.ru> написал(а):",
            "Иван Петров писал(а) 2024-03-25 10:15:",
            "Вы писали 25 марта 2024 г., 10:15:04:",
            "25.03.2024 10:15, Иван Петров пишет:",
            "On Mon, 25 Mar 2024 at 10:15, Ivan <ivan@example.ru> wrote:",
            "On Mon, 25 Mar 2024 at 10:15, Ivan\n<ivan@example.ru>\nwrote:",
            "пн, 25 мар. 2024 г. в 10:15, Очень Длинное Имя Отдела Благоустройства <\nivan@example.ru>:",
            "Le lun. 15 nov. 2021 à 19:42, Jean <jean@example.fr>\na écrit :",
            "Am 13.12.2017 21:11 schrieb \"Hans\" <hans@example.de>:",
        ] {
            new_words(&format!("Новые слова.\n\n{attribution}\n\n> старые\n"), "Новые слова.");
            new_words(&format!("Новые слова.\n\n{attribution}\n\nстарые\n"), "Новые слова.");
        }
    }

    #[test]
    fn whole_quoted_messages() {
        for below in [
            "-----Исходное сообщение-----\nстарые",
            "-------- Пересылаемое сообщение --------\n25.03.2024, 10:15, Иван <a@b.ru>:\nстарые",
            "________________________________\nОт: Иван <a@b.ru>\nОтправлено: 25 марта 2024 г. 10:15\nКому: Пётр\nТема: Фонарь\n\nстарые",
            "*From:* Ivan\n*Sent:* Monday\n*To:* Petr\n*Subject:* x\n\nold",
            "Begin forwarded message:\n\nold",
        ] {
            new_words(&format!("Новые слова.\n\n{below}\n"), "Новые слова.");
        }
    }

    #[test]
    fn answers_between_quotations_are_kept() {
        new_words("Иван писал(а) 2024-03-25 10:15:\n> Где?\nНа Ленина.\n> Когда?\n\nВчера.\n\nС уважением,\nПётр", "На Ленина.\n\nВчера.");
    }

    #[test]
    fn signatures() {
        new_words("Не горит фонарь.\n\n-- \nИван\nтел. 123", "Не горит фонарь.");
        new_words("Не горит фонарь.\n\nС уважением, Иван Петров\nул. Ленина, 5", "Не горит фонарь.");
        new_words("Не горит фонарь.\nОтправлено с iPhone", "Не горит фонарь.");
        new_words("Не горит.\n\n—\nОтправлено из мобильной Почты Mail.ru", "Не горит.");
    }

    #[test]
    fn words_that_only_look_like_it_are_kept() {
        for text in [
            "В 2016 году на улице поставили знаки:\n\n- один\n- два",
            "Отправлено с нарушением срока, прошу разобраться.",
            "С уважением отношусь к вашей работе, но двор не убран.",
            "Прошу:\n-- убрать мусор\n-- починить фонарь\n\nСпасибо!",
            "From: our database, not from outside.\nThe data comes in.",
            "Адрес: ул. Ленина, 5\nТема: фонари\nДата: вчера",
        ] {
            new_words(text, text);
        }
    }

    #[test]
    fn nothing_but_a_quotation_is_kept_whole() {
        new_words("> старые\n> слова", "> старые\n> слова");
        new_words("С уважением,\nИван", "С уважением,\nИван");
        new_words("🎉\n\n—\nИван", "🎉");
    }

    #[test]
    fn a_large_message_takes_linear_time() {
        for line in ["text text\n", "Regards,\n", "12:00 a@b.c\n", "> x\n", "From: x\n", "\n"] {
            fold_quotation(&line.repeat(20_000));
        }
    }

    proptest! {
        #[test]
        fn no_word_is_lost(text in "([>а-яa-z0-9:,.<@ \\-_*]{0,30}|On 1 Jan 2020 a@b\\.c wrote:|--|С уважением,|От: x|\n){0,20}") {
            let folded = fold_quotation(&text);
            let sorted = |t: &str| { let mut l: Vec<_> = t.lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect(); l.sort(); l };
            prop_assert_eq!(sorted(&text), sorted(&format!("{}\n{}", folded.text, folded.folded)));
            prop_assert!(!folded.text.is_empty() || text.trim().is_empty());
        }
    }
}
