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
    use super::super::{Data, NotificationKind, render};
    use super::*;
    use crate::{
        attachments::{RefusedFile, RefusedFileReason},
        i18n,
    };

    /// What is wrong with a mail of ours, if anything.
    fn check(letter: &Letter) {
        let (text, html) = (letter.text(), letter.html().unwrap());
        for form in [&text, &html] {
            assert!(form.len() > 40 && !form.contains("{$") && !form.contains("notify-") && !form.contains("mail-"), "{form}");
        }
        assert!(!letter.subject.contains('\n') && html.contains(&format!("<html lang=\"{}\">", letter.locale.tag())), "{html}");
        assert_eq!((html.matches("<h1").count(), html.matches("<main").count(), html.matches("<title>").count()), (1, 1, 1), "{html}");
        for foreign in ["<img", "src=", "url(", "<link", "<script", "@import"] {
            assert!(!html.contains(foreign), "{foreign}: {html}");
        }
        let address = letter.link.as_ref().map(|(_, address)| address).or(letter.own.as_ref()).unwrap();
        assert!(text.contains(address.as_str()) && html.contains(&format!("<a href=\"{address}\">")), "{html}");
        for (open, close) in [("<p", "</p>"), ("<a ", "</a>"), ("<main", "</main>"), ("<body", "</body>")] {
            assert_eq!(html.matches(open).count(), html.matches(close).count(), "{open}: {html}");
        }
    }

    #[test]
    fn every_kind_is_a_mail_in_both_languages() {
        let data = Data {
            title: "Скамейки у пруда".into(),
            number: "2026-004711".into(),
            reason: "Потому что.".into(),
            text: "Первая строка.\n\nВторая.".into(),
            actor: "Анна".into(),
            days: 21,
            files: vec![RefusedFile { name: "счёт.exe".into(), reason: RefusedFileReason::Executable }],
        };
        for locale in Locale::ALL {
            let t = |key: &str| i18n::lookup(locale, key, &[]).unwrap();
            for kind in NotificationKind::ALL {
                let (subject, body) = render(locale, *kind, &data);
                for unsubscribe in [None, Some((t("mail-unsubscribe"), "https://veche.example/unsubscribe/x".to_owned()))] {
                    check(&Letter {
                        locale,
                        subject: subject.clone(),
                        body: body.clone(),
                        own: None,
                        link: Some((t("mail-link-conversation"), "https://veche.example/tickets/2026-004711".into())),
                        notes: vec![t("mail-note-link"), t("mail-note-answer")],
                        unsubscribe,
                    });
                }
            }
            assert!(!t("mail-link").is_empty());
        }
        assert!(render(Locale::Ru, NotificationKind::TicketCreated, &data).1.contains("21 дня"));
    }

    #[test]
    fn the_mails_of_accounts_read_well_in_both_languages() {
        let link = "https://veche.example/confirm/x";
        let args = [("name", "Анна".into()), ("link", link.into()), ("hours", 72.into())];
        for locale in Locale::ALL {
            for key in ["mail-confirmation", "mail-already-registered", "mail-reset"] {
                let part = |part: &str| i18n::lookup(locale, &format!("{key}-{part}"), &args).unwrap();
                check(&Letter { locale, subject: part("subject"), body: part("body"), own: Some(link.into()), ..Letter::default() });
            }
        }
        assert!(i18n::text(Locale::Ru, "mail-confirmation-body", &args).contains("72 часа "));
    }

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
