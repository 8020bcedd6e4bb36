//! The header fields of a message as they stand there, in their order: for what the parser of mail does not tell.

/// A field: its name in lower case, and its value unfolded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub name: String,
    pub value: String,
}

/// Fields that are looked at: those of a message within its limits are fewer.
const MOST: usize = 20_000;

/// The fields on top of a message.
pub(crate) fn of(raw: &[u8]) -> Vec<Field> {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_start();
    let mut fields: Vec<Field> = Vec::new();
    for (number, line) in raw.split(|&b| b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() || fields.len() >= MOST {
            break;
        }
        if number == 0 && (line.starts_with(b"From ") || line.starts_with(b">From ")) {
            continue;
        }
        let text = String::from_utf8_lossy(line);
        if text.starts_with([' ', '\t']) {
            if let Some(last) = fields.last_mut() {
                last.value.push(' ');
                last.value.push_str(text.trim());
            }
            continue;
        }
        let field = text.split_once(':').map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()));
        match field.filter(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic())) {
            Some((name, value)) => fields.push(Field { name, value: value.to_owned() }),
            // What goes on below it belongs to none of the fields above.
            None => fields.push(Field { name: String::new(), value: String::new() }),
        }
    }
    fields
}

/// The values of the fields of a name.
pub(crate) fn named<'a>(fields: &'a [Field], name: &'a str) -> impl Iterator<Item = &'a str> {
    fields.iter().filter(move |f| f.name == name).map(|f| f.value.as_str())
}

/// Whatever looks like an address in a value: `local@domain`, in lower case.
pub(crate) fn addresses(value: &str) -> impl Iterator<Item = String> + '_ {
    value
        .split(|c: char| c.is_whitespace() || c.is_control() || "<>,;:\"()[]".contains(c))
        .filter(|word| word.len() <= 320 && word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty()))
        .map(str::to_lowercase)
}

/// The id inside angle brackets, or the whole value without them.
pub(crate) fn id(value: &str) -> Option<String> {
    let inside = value.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(value, |(id, _)| id).trim();
    (!inside.is_empty() && !inside.contains(char::is_whitespace)).then(|| inside.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_and_unfolded() {
        let fields =
            of(b"\xef\xbb\xbf\r\nFrom x y\r\nReceived: a\r\n\tb\r\nRECEIVED : c\nnonsense\nTo: <Help+T@X.ru>, z\n\nReceived: body\n");
        assert_eq!(named(&fields, "received").collect::<Vec<_>>(), ["a b", "c"]);
        let to = named(&fields, "to").next().unwrap();
        assert_eq!(addresses(to).collect::<Vec<_>>(), ["help+t@x.ru"]);
        assert_eq!(named(&of(b"A: b\nno field: x\n c\n"), "a").collect::<Vec<_>>(), ["b"]);
        assert_eq!(id("<a@b> (x)").as_deref(), Some("a@b"));
        assert_eq!(id("a b"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_have_fields(raw in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            for field in of(&raw) {
                addresses(&field.value).count();
                id(&field.value);
            }
        }
    }
}
