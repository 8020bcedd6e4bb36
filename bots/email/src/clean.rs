//! Text that is safe to store and show: no control characters; in names no direction tricks and no path parts.

/// Longest file name kept, in characters.
const NAME: usize = 120;

/// Characters that have no place in text: controls and line separators. Marks that hide or turn round what is read stay: the platform takes
/// them out, and says that they were there.
fn hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Invisible marks that reverse or hide what is read (Unicode TR 36).
fn turns(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether nothing of a text can be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || hidden(c) || turns(c))
}

/// One line: hidden characters become spaces, runs of white space one space, ends trimmed.
pub fn clean_line(text: &str) -> String {
    words(text, |c| c.is_whitespace() || hidden(c))
}

/// A name on one line: as [`clean_line`], without marks that make it look like another.
pub(crate) fn clean_name(text: &str) -> String {
    words(text, |c| c.is_whitespace() || hidden(c) || turns(c))
}

fn words(text: &str, is_between: impl Fn(char) -> bool) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(is_between) {
        if !word.is_empty() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    line
}

/// Several lines: line ends become `\n`, other hidden characters but the tab are dropped, trailing spaces and more than
/// two empty lines in a row too.
pub fn clean_text(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let mut clean = String::with_capacity(unified.len());
    let mut empty = 0;
    for line in unified.split('\n') {
        let line: String = line.chars().filter(|&c| c == '\t' || !hidden(c)).collect();
        let line = line.trim_end();
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty <= 2 {
            clean.push_str(line);
            clean.push('\n');
        }
    }
    clean.trim_matches('\n').to_owned()
}

/// A name that can only be a file in the folder it is put in: the last path component, without control characters,
/// characters reserved on any system, or leading dots; `fallback` if nothing is left. The extension survives shortening.
pub fn safe_file_name(name: &str, fallback: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = clean_name(last).chars().filter(|c| !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{fffd}')).collect();
    let kept = kept.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    if kept.is_empty() {
        return fallback.to_owned();
    }
    let long = kept.chars().count();
    if long <= NAME {
        return kept.to_owned();
    }
    let extension = kept.rfind('.').map_or("", |at| &kept[at..]);
    let tail = extension.chars().count();
    if tail > 16 {
        return kept.chars().take(NAME).collect();
    }
    kept.chars().take(NAME - tail).chain(extension.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_folder() {
        assert_eq!(safe_file_name("../../etc/passwd", "f"), "passwd");
        assert_eq!(safe_file_name("C:\\Users\\x\\отчёт.doc", "f"), "отчёт.doc");
        assert_eq!(safe_file_name("..", "f"), "f");
        assert_eq!(safe_file_name("a\0b\r\n.txt", "f"), "a b .txt");
        assert_eq!(safe_file_name("фото\u{202e}gpj.exe", "f"), "фото gpj.exe");
        let long = format!("{}.jpeg", "я".repeat(500));
        let short = safe_file_name(&long, "f");
        assert_eq!(short.chars().count(), 120);
        assert!(short.ends_with(".jpeg"));
    }

    #[test]
    fn text_keeps_its_lines() {
        assert_eq!(clean_text("a\r\nb\0\u{7}c\rd  \n\n\n\n\ne\n"), "a\nbc\nd\n\n\ne");
        assert_eq!(
            (clean_text("a\u{202e}b\u{200b}"), clean_line("a\u{202e}b\u{feff}")),
            ("a\u{202e}b\u{200b}".into(), "a\u{202e}b\u{feff}".into())
        );
        assert_eq!(clean_line(" a\r\n\tb\u{0} c "), "a b c");
    }
}
