//! Just enough of HTML to see what is on a page and what is wrong with it.

use std::collections::HashSet;

/// A tag as it stands in the source.
#[derive(Debug)]
pub struct Tag {
    pub name: String,
    pub closing: bool,
    /// `<br/>` and the like.
    pub closed: bool,
    pub attributes: Vec<(String, String)>,
    /// Where the text behind it begins.
    pub end: usize,
    /// Where it begins itself.
    pub start: usize,
}

impl Tag {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// What the entities of our templates stand for.
pub fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let known = after.split_once(';').filter(|(entity, _)| entity.len() < 8).and_then(|(entity, rest)| {
            let c = match entity {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                _ => {
                    let number = entity.strip_prefix('#')?;
                    let code = number.strip_prefix('x').map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
                    char::from_u32(code.ok()?)?
                }
            };
            Some((c, rest))
        });
        match known {
            Some((c, behind)) => {
                plain.push(c);
                rest = behind;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain + rest
}

/// All tags, in order. What stands in a script or a comment is none.
pub fn tags(html: &str) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        let start = at + found;
        if html[start..].starts_with("<!--") {
            at = html[start..].find("-->").map_or(html.len(), |e| start + e + 3);
            continue;
        }
        if !html[start + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') {
            at = start + 1;
            continue;
        }
        let tag = read(html, start);
        at = tag.end;
        let raw = ["script", "style"].contains(&tag.name.as_str()) && !tag.closing;
        let close = format!("</{}", tag.name);
        tags.push(tag);
        if raw {
            at = html[at..].find(&close).map_or(html.len(), |e| at + e);
        }
    }
    tags
}

fn read(html: &str, start: usize) -> Tag {
    let mut rest = &html[start + 1..];
    let closing = rest.starts_with('/');
    rest = rest.trim_start_matches('/');
    let name_end = rest.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(rest.len());
    let mut tag = Tag { name: rest[..name_end].to_lowercase(), closing, closed: false, attributes: Vec::new(), end: html.len(), start };
    rest = &rest[name_end..];
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix('>') {
            tag.end = html.len() - behind.len();
            return tag;
        }
        if let Some(behind) = rest.strip_prefix('/') {
            tag.closed = true;
            rest = behind;
            continue;
        }
        if rest.is_empty() {
            return tag;
        }
        let end = rest.find(|c: char| c.is_whitespace() || ['=', '>', '/'].contains(&c)).unwrap_or(rest.len()).max(1);
        let name = rest.get(..end).unwrap_or(rest).to_lowercase();
        rest = rest.get(end..).unwrap_or_default().trim_start();
        let mut value = String::new();
        if let Some(behind) = rest.strip_prefix('=') {
            rest = behind.trim_start();
            let (found, behind) = match rest.chars().next() {
                Some(quote @ ('"' | '\'')) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
                _ => rest.split_at(rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len())),
            };
            value = unescape(found);
            rest = behind;
        }
        tag.attributes.push((name, value));
    }
}

/// A form of a page.
#[derive(Debug, Clone)]
pub struct Form {
    pub method: String,
    pub action: String,
    /// Names and values as they would be sent, buttons aside.
    pub fields: Vec<(String, String)>,
    /// Names of all that can be filled in, chosen or pressed.
    pub names: Vec<String>,
}

impl Form {
    /// With a field filled in.
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(n, _)| n == name)
    }
}

/// The forms of a page.
pub fn forms(html: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut open: Option<Form> = None;
    let mut select = String::new();
    for tag in tags(html) {
        if tag.name == "form" && !tag.closing {
            let get = |name: &str| tag.get(name).unwrap_or_default().to_owned();
            open = Some(Form { method: get("method"), action: get("action"), fields: Vec::new(), names: Vec::new() });
        } else if tag.name == "form" {
            forms.extend(open.take());
        } else if let (Some(form), false) = (&mut open, tag.closing) {
            form.names.extend(tag.get("name").map(str::to_owned));
            let mut push = |value: &str| form.fields.push((tag.get("name").unwrap_or_default().to_owned(), value.to_owned()));
            let kind = tag.get("type").unwrap_or("text");
            let off = ["checkbox", "radio"].contains(&kind) && tag.get("checked").is_none();
            match tag.name.as_str() {
                "input" if !off && !["submit", "button", "file"].contains(&kind) => push(tag.get("value").unwrap_or_default()),
                "textarea" => {
                    let text = &html[tag.end..];
                    push(&unescape(text.split("</textarea").next().unwrap_or_default().trim_start_matches('\n')));
                }
                "select" => select = tag.get("name").unwrap_or_default().to_owned(),
                "option" if tag.get("selected").is_some() => {
                    form.fields.push((select.clone(), tag.get("value").unwrap_or_default().to_owned()));
                }
                _ => (),
            }
        }
    }
    forms
}

/// The texts between the tags, and those that are read out or shown of attributes.
pub fn texts(html: &str) -> Vec<String> {
    let tags = tags(html);
    let mut texts = Vec::new();
    for (tag, next) in tags.iter().zip(tags.iter().skip(1).map(|t| t.start).chain([html.len()])) {
        if !["script", "style"].contains(&tag.name.as_str()) && tag.end < next {
            texts.push(unescape(&html[tag.end..next]));
        }
        texts.extend(["aria-label", "title", "alt", "placeholder", "content"].iter().filter_map(|a| tag.get(a)).map(str::to_owned));
    }
    texts
}

const VOID: [&str; 15] =
    ["!doctype", "?xml", "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// What is wrong with a page.
pub fn problems(html: &str) -> Vec<String> {
    let tags = tags(html);
    let mut wrong = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut ids = HashSet::new();
    for tag in &tags {
        if tag.closing {
            if open.pop() != Some(&tag.name) {
                wrong.push(format!("</{}> closes nothing", tag.name));
            }
        } else if !tag.closed && !VOID.contains(&tag.name.as_str()) {
            open.push(&tag.name);
        }
        if let Some(id) = tag.get("id").filter(|id| !ids.insert((*id).to_owned())) {
            wrong.push(format!("the id {id:?} stands twice"));
        }
        let mut seen = HashSet::new();
        for (name, value) in &tag.attributes {
            if name.starts_with("on") || name == "style" || name.starts_with("veche-") || !seen.insert(name) {
                wrong.push(format!("<{}> has the attribute {name:?}", tag.name));
            }
            let address = ["src", "href", "action", "formaction", "poster", "data"].contains(&name.as_str());
            if address && value.trim_start().to_lowercase().starts_with("javascript:") {
                wrong.push(format!("<{}> leads to {value:?}", tag.name));
            }
            // A page may link elsewhere, but it takes nothing from elsewhere.
            let link = tag.name == "a" || tag.get("rel").is_some_and(|rel| ["canonical", "alternate"].contains(&rel));
            let ours = value.is_empty() || value.starts_with('#') || value.starts_with('/') && !value.starts_with("//");
            if address && !link && !ours {
                wrong.push(format!("<{}> takes something from {value:?}", tag.name));
            }
        }
    }
    if !open.is_empty() {
        wrong.push(format!("not closed: {open:?}"));
    }
    for tag in &tags {
        for name in ["for", "aria-describedby", "aria-labelledby", "aria-controls", "list", "form"] {
            for id in tag.get(name).unwrap_or_default().split_whitespace().filter(|id| !ids.contains(*id)) {
                wrong.push(format!("<{}> names {id:?} in {name}, which is not there", tag.name));
            }
        }
        if tag.name == "script" && !tag.closing && tag.get("src").is_none() {
            wrong.push("a script stands in the page".into());
        }
    }
    let headings: Vec<_> = tags.iter().filter(|t| t.name == "h1" && !t.closing).collect();
    if headings.len() != 1 {
        wrong.push(format!("{} headings of the first level", headings.len()));
    }
    if !tags.iter().any(|t| t.name == "html" && t.get("lang").is_some()) {
        wrong.push("no language".into());
    }
    for form in forms(html).iter().filter(|f| f.method == "post") {
        if !form.has("token") || !form.has("key") {
            wrong.push(format!("the form to {:?} has no guard", form.action));
        }
    }
    if texts(html).iter().any(|t| t.contains("{$") || t.contains("{ $") || t.contains("{%")) {
        wrong.push("a value was not put into a text".into());
    }
    wrong
}

#[test]
fn pages_are_read_as_browsers_read_them() {
    let page = "<!doctype html><html lang=\"ru\"><body><h1 id=a title='x &#62; y'>A &amp; B</h1><br/><!-- <b> -->\
                <form method=\"post\" action=\"/x\"><input type=hidden name=token value=\"&#34;t\"><input name=key>\
                <textarea name=\"text\">\n1 < 2</textarea></form><script src=\"/s.js\"></script></body></html>";
    assert_eq!(problems(page), Vec::<String>::new());
    assert_eq!(forms(page)[0].fields[0], ("token".into(), "\"t".into()));
    assert!(texts(page).contains(&"A & B".to_owned()) && texts(page).contains(&"x > y".to_owned()));
    let bad =
        "<html><h1 id=a onclick=x></h1><p id=a><label for=b></label><img src=\"//evil\"><form method=\"post\"></form><script>x</script>";
    assert_eq!(problems(bad).len(), 8, "{:?}", problems(bad));
}
