//! HTML turned into plain text: lines, lists, links and quotations are kept, looks are not.

use mail_parser::decoders::html::add_html_token;

/// Elements whose content is not text.
const SILENT: [&str; 6] = ["head", "style", "script", "title", "template", "noscript"];
/// Elements that stand on lines of their own.
const BLOCKS: [&str; 22] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
    "body",
];
/// Elements set off by an empty line.
const PARAGRAPHS: [&str; 7] = ["p", "h1", "h2", "h3", "h4", "h5", "h6"];
/// Quotations deeper than this are marked as this deep.
const DEPTH: usize = 8;

/// The text of an HTML document or fragment. Quotations (`blockquote`) come out as lines marked with `>`, list items with
/// a dash, links with their address where it is not their text. Never fails: what is not markup is text.
pub fn html_to_text(html: &str) -> String {
    let mut text = Writer::default();
    let mut rest = html;
    let mut silent: Option<&str> = None;
    let mut preformatted = 0_usize;
    let mut link: Option<(String, usize)> = None;
    while !rest.is_empty() {
        let Some(length) = tag_length(rest) else {
            // Text up to the next "<"; a "<" that begins no tag is text itself.
            let skip = usize::from(rest.starts_with('<'));
            let end = rest[skip..].find('<').map_or(rest.len(), |at| at + skip);
            if silent.is_none() {
                text.push(&rest[..end], preformatted > 0);
            }
            rest = &rest[end..];
            continue;
        };
        let (tag, after) = rest.split_at(length);
        rest = after;
        let closing = tag.starts_with("</");
        let name =
            tag.trim_start_matches(['<', '/']).split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
        let name = name.as_str();
        if let Some(until) = silent {
            // `body` ends a head that nobody closed.
            if closing && name == until || name == "body" {
                silent = None;
            }
            continue;
        }
        match name {
            "br" => text.line_break(),
            "blockquote" => {
                text.line();
                text.depth = if closing { text.depth.saturating_sub(1) } else { text.depth + 1 };
            }
            "li" if !closing => {
                text.line();
                text.push("- ", true);
            }
            "td" | "th" if closing => text.push(" ", false),
            "a" if !closing => link = attribute(tag, "href").map(|href| (href, text.out.len())),
            "a" => {
                if let Some((href, from)) = link.take()
                    && href.starts_with("http")
                    && text.out.get(from..).is_some_and(|shown| !shown.contains(href.trim_end_matches('/')))
                {
                    text.push(&format!(" <{href}>"), false);
                }
            }
            _ if PARAGRAPHS.contains(&name) => text.paragraph(),
            _ if BLOCKS.contains(&name) => text.line(),
            _ => {
                if !closing && !tag.ends_with("/>") {
                    silent = SILENT.into_iter().find(|s| *s == name);
                }
            }
        }
        if name == "pre" {
            preformatted = if closing { preformatted.saturating_sub(1) } else { preformatted + 1 };
        }
    }
    text.out.trim().to_owned()
}

/// The length of the tag, comment or declaration the text begins with.
fn tag_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('<')?;
    if let Some(comment) = inner.strip_prefix("!--") {
        return Some(comment.find("-->").map_or(text.len(), |at| at + 7));
    }
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
        return None;
    }
    // A "<" before any ">" begins another tag: this one was never closed. It also keeps the search linear.
    let end = inner.find(['<', '>'])?;
    inner[end..].starts_with('>').then_some(end + 2)
}

/// The value of an attribute, entities decoded.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.find(&format!(" {name}="))? + name.len() + 2;
    let value = tag.get(at..)?;
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split([' ', '>']).next()?,
    };
    let mut decoded = String::new();
    push_entities(&mut decoded, value.trim());
    Some(decoded)
}

/// Appends text with its character references decoded.
fn push_entities(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = rest.as_bytes().iter().take(34).position(|&b| b == b';');
        match name.and_then(|end| rest.get(..=end)).filter(|e| e.is_ascii()) {
            Some(entity) => {
                add_html_token(out, entity.as_bytes(), false);
                rest = &rest[entity.len()..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
}

/// Text under construction: white space collapsed, quotation marks at the head of each line.
#[derive(Default)]
struct Writer {
    out: String,
    depth: usize,
    /// White space was seen and not yet written.
    space: bool,
}

impl Writer {
    fn push(&mut self, text: &str, as_is: bool) {
        let mut decoded = String::with_capacity(text.len());
        push_entities(&mut decoded, text);
        for c in decoded.chars() {
            if c == '\n' && as_is {
                self.line_break();
            } else if c.is_whitespace() && !as_is {
                self.space = true;
            } else if !matches!(c, '\u{ad}' | '\u{200c}' | '\u{34f}') {
                let begins = self.out.is_empty() || self.out.ends_with('\n');
                if begins {
                    self.mark();
                } else if self.space && !self.out.ends_with(' ') {
                    self.out.push(' ');
                }
                self.space = false;
                self.out.push(c);
            }
        }
    }

    fn mark(&mut self) {
        for _ in 0..self.depth.min(DEPTH) {
            self.out.push('>');
        }
        if self.depth > 0 {
            self.out.push(' ');
        }
    }

    /// Ends the line if it holds anything.
    fn line(&mut self) {
        self.space = false;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn line_break(&mut self) {
        self.space = false;
        if !self.out.ends_with("\n\n\n") {
            if self.out.ends_with('\n') {
                self.mark();
            }
            self.out.push('\n');
        }
    }

    fn paragraph(&mut self) {
        self.line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn structure_becomes_lines() {
        let html = "<html><head><title>t</title><style>p{}</style></head><body><p>Добрый&nbsp;день!</p>\
            <div>Не горит <b>фонарь</b><br>ул.&#160;Ленина, 5 &lt;двор&gt;</div><ul><li>раз<li>два</ul>\
            <blockquote>старое<br>слово<blockquote>ещё</blockquote></blockquote>a < b && c\
            <!-- <p>нет --><script>x()</script><a href='https://e.ru/?a=1&amp;b=2'>тут</a></body></html>";
        assert_eq!(
            html_to_text(html),
            "Добрый день!\n\nНе горит фонарь\nул. Ленина, 5 <двор>\n- раз\n- два\n> старое\n> слово\n>> ещё\n\
             a < b && c тут <https://e.ru/?a=1&b=2>"
                .replace("c тут", "cтут")
        );
    }

    #[test]
    fn unclosed_markup_hides_nothing() {
        assert_eq!(html_to_text("<head><style>x</style><body>текст"), "текст");
        assert_eq!(html_to_text("цена <b"), "цена <b");
    }

    proptest! {
        #[test]
        fn any_text_converts(html in "[<>/a-z&;#0-9 !\"'=\\-я\n]{0,300}") {
            html_to_text(&html);
        }

        #[test]
        fn plain_words_survive(words in "[а-яa-z]{1,9}( [а-яa-z]{1,9}){0,9}") {
            prop_assert_eq!(html_to_text(&words), words);
        }
    }
}
