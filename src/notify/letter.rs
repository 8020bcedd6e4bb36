use askama::Template;

use crate::{
    error::{Error, Result},
    i18n::Locale,
};

/// What a mail says, to be written as text and as HTML. Neither holds anything that is fetched from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    /// The language of all of it.
    pub locale: Locale,
    /// What it is about, one line.
    pub subject: String,
    /// What it says: paragraphs with an empty line between them. A line that is an address of `own` leads there.
    pub body: String,
    /// An address of ours that stands in the body, on a line of its own.
    pub own: Option<String>,
    /// Where to read on: what it is called, and its address.
    pub link: Option<(String, String)>,
    /// Small print.
    pub notes: Vec<String>,
    /// Where to have no more of the kind: what it is called, and its address.
    pub unsubscribe: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Html<'a> {
    letter: &'a Letter,
}

impl Letter {
    /// As plain text.
    pub fn text(&self) -> String {
        let foot: Vec<String> = self
            .link
            .iter()
            .map(|(label, address)| format!("{label}: {address}"))
            .chain(self.notes.iter().cloned())
            .chain(self.unsubscribe.iter().map(|(label, address)| format!("{label}: {address}")))
            .collect();
        // The line by which programs know where the letter ends (RFC 3676, 4.3).
        if foot.is_empty() { self.body.clone() } else { format!("{}\n\n-- \n{}\n", self.body, foot.join("\n")) }
    }

    /// As HTML.
    ///
    /// # Errors
    /// The template failed.
    pub fn html(&self) -> Result<String> {
        Html { letter: self }.render().map_err(|error| Error::Internal(error.into()))
    }

    fn paragraphs(&self) -> Vec<&str> {
        self.body.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).collect()
    }

    fn is_link(&self, line: &str) -> bool {
        self.own.as_deref() == Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_says_the_same_in_both_forms_and_leads_nowhere_else() {
        let letter = Letter {
            locale: Locale::Ru,
            subject: "Ответ <1>".into(),
            body: "Здравствуйте!\n\nhttps://veche.example/x\n<script>alert(1)</script>\nhttps://evil.example/".into(),
            own: Some("https://veche.example/x".into()),
            link: Some(("Читать дальше".into(), "https://veche.example/t?secret=a&b".into())),
            notes: vec!["Примечание".into()],
            unsubscribe: Some(("Не присылать".into(), "https://veche.example/unsubscribe/y".into())),
        };
        let text = letter.text();
        assert!(
            text.starts_with("Здравствуйте!\n\n")
                && text.contains("\n\n-- \nЧитать дальше: https://veche.example/t?secret=a&b\nПримечание\n")
        );
        let html = letter.html().unwrap();
        assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"ru\">"), "{html}");
        assert_eq!(html.matches("<a href=\"https://veche.example/").count(), 3, "{html}");
        assert_eq!(html.matches("<a ").count(), 3, "{html}");
        for foreign in ["<script", "<img", "src=", "url(", "<link", "Ответ <1>"] {
            assert!(!html.contains(foreign), "{foreign}: {html}");
        }
    }
}
