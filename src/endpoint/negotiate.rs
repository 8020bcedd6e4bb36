//! Which form of answer a client prefers (RFC 9110, 12.5.1).

use poem::{Request, http::header};

/// A form of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `application/json`.
    Json,
    /// `application/graphql-response+json`, where the status says whether the document was executed.
    GraphqlJson,
    /// Server-sent events.
    Events,
    /// A page.
    Html,
}

impl Form {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlJson => "application/graphql-response+json; charset=utf-8",
            Self::Events => "text/event-stream",
            Self::Html => "text/html",
        }
    }

    /// The form that a request prefers of those that can be given, in the order of preference of the server; `None` when it takes none.
    pub fn of(req: &Request, can: &[Self]) -> Option<Self> {
        let accepted: Vec<&str> = req.headers().get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok()).collect();
        if accepted.is_empty() { can.first().copied() } else { preferred(&accepted.join(","), can) }
    }
}

fn preferred(accepted: &str, can: &[Form]) -> Option<Form> {
    let mut best: Option<(f32, Form)> = None;
    for entry in accepted.split(',') {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts.find_map(|p| p.strip_prefix("q=")).map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
        let form = can.iter().copied().find(|form| {
            let own = form.media_type().split(';').next().unwrap_or_default();
            name == own || name == "*/*" || name.strip_suffix('*').is_some_and(|start| start.ends_with('/') && own.starts_with(start))
        });
        if let Some(form) = form.filter(|_| quality > 0.0)
            && best.is_none_or(|(q, _)| quality > q)
        {
            best = Some((quality, form));
        }
    }
    best.map(|(_, form)| form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_what_can_be_given_is_given() {
        let can = [Form::Json, Form::GraphqlJson, Form::Events];
        for (accepted, form) in [
            ("application/json", Some(Form::Json)),
            ("*/*", Some(Form::Json)),
            ("application/*;q=0.5", Some(Form::Json)),
            ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", Some(Form::GraphqlJson)),
            ("application/graphql-response+json;q=0.5, application/json", Some(Form::Json)),
            ("text/html, application/xhtml+xml, */*;q=0.8", Some(Form::Json)),
            ("TEXT/EVENT-STREAM", Some(Form::Events)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("", None),
        ] {
            assert_eq!(preferred(accepted, &can), form, "{accepted}");
        }
    }
}
