//! What quotations and signatures look like: one line, or a few, at a time. Words of the mail programs Russians, their
//! neighbours and Europe use; see `fold` for how they are put together.

/// Verbs of attribution lines ("Ivan wrote:").
const WROTE: [&str; 24] = [
    "wrote",
    "writes",
    "написал",
    "написала",
    "написал(а)",
    "написали",
    "пишет",
    "писал",
    "писала",
    "писал(а)",
    "писали",
    "писав",
    "пише",
    "написав",
    "écrit",
    "schrieb",
    "schreef",
    "escreveu",
    "escribió",
    "scritto",
    "skrev",
    "napisał",
    "napisał(a)",
    "kirjoitti",
];
/// More of them, of the rarer languages.
const WROTE_TOO: [&str; 6] = ["írta", "napsal", "napsal(a)", "yazdı", "жазды", "напісаў"];
/// Words an attribution line may begin with when it runs over several lines.
const OPENERS: [&str; 14] = ["on", "le", "am", "op", "em", "il", "el", "den", "in", "w", "dnia", "в", "at", "ha"];
/// Labels of the fields in the header block of a forwarded or answered message.
const FROM: [&str; 13] = ["from", "от", "від", "отправитель", "de", "von", "van", "da", "fra", "från", "od", "lähettäjä", "message du"];
const FIELDS: [&str; 51] = [
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "reply-to",
    "отправлено",
    "дата",
    "кому",
    "копия",
    "тема",
    "дата отправки",
    "надіслано",
    "кому",
    "тема",
    "envoyé",
    "envoyé le",
    "date",
    "à",
    "a",
    "objet",
    "copie à",
    "cc",
    "gesendet",
    "datum",
    "an",
    "betreff",
    "verzonden",
    "aan",
    "onderwerp",
    "inviato",
    "data",
    "oggetto",
    "enviado",
    "enviada em",
    "para",
    "assunto",
    "asunto",
    "fecha",
    "dato",
    "til",
    "emne",
    "skickat",
    "till",
    "ämne",
    "wysłano",
    "do",
    "temat",
    "lähetetty",
    "vastaanottaja",
    "aihe",
];
/// Phrases between dashes above a quoted message.
const SEPARATORS: [&str; 20] = [
    "original message",
    "forwarded message",
    "forwarded by",
    "begin forwarded message",
    "исходное сообщение",
    "пересылаемое сообщение",
    "пересланное сообщение",
    "перенаправленное сообщение",
    "переадресованное сообщение",
    "конец пересылаемого",
    "начало переадресованного сообщения",
    "оригинальное сообщение",
    "вихідне повідомлення",
    "пересилане повідомлення",
    "message d'origine",
    "message transféré",
    "ursprüngliche nachricht",
    "oprindelig besked",
    "mensagem original",
    "mensaje original",
];
/// What programs put under the words.
const SENT_FROM: [&str; 22] = [
    "sent from",
    "sent via",
    "sent with",
    "get outlook for",
    "отправлено с",
    "отправлено из",
    "отправлено через",
    "отправлено от",
    "послано с",
    "скачать outlook",
    "загрузить outlook",
    "надіслано з",
    "надіслано від",
    "envoyé de",
    "envoyé depuis",
    "envoyé à partir",
    "gesendet von",
    "von meinem",
    "enviado desde",
    "enviado do",
    "inviato da",
    "verzonden vanaf",
];
/// How people take their leave.
const CLOSINGS: [&str; 26] = [
    "с уважением",
    "с глубоким уважением",
    "с искренним уважением",
    "искренне ваш",
    "с наилучшими пожеланиями",
    "с найлучшими пожеланиями",
    "всего доброго",
    "всего наилучшего",
    "всего хорошего",
    "с почтением",
    "з повагою",
    "best regards",
    "kind regards",
    "warm regards",
    "with regards",
    "regards",
    "best wishes",
    "sincerely",
    "yours sincerely",
    "yours faithfully",
    "yours truly",
    "cheers",
    "cordialement",
    "mit freundlichen grüßen",
    "atenciosamente",
    "saludos",
];

/// Whether one or several joined lines say who wrote the quotation and when.
pub(crate) fn is_attribution(line: &str) -> bool {
    let line = line.trim().trim_matches(['-', '*', '_', '>']).trim();
    if line.chars().count() > 400 {
        return false;
    }
    let lower = line.to_lowercase().replace("&lt;", "<").replace("&gt;", ">");
    let addressed = lower.contains('@');
    let plain = without_addresses(&lower);
    let has_verb = |text: &str| {
        text.split(|c: char| !(c.is_alphanumeric() || c == '(' || c == ')')).any(|word| WROTE.contains(&word) || WROTE_TOO.contains(&word))
    };
    let ends_in_verb = plain.trim_end_matches([':', ' ']).rsplit([' ', '>']).next().is_some_and(has_verb);
    let ends_in_colon = lower.ends_with(':');
    if !(ends_in_colon || ends_in_verb && addressed) {
        return false;
    }
    let digit = plain.bytes().any(|b| b.is_ascii_digit());
    let dated = has_time(&plain) || has_year(&plain);
    let you_wrote = lower.starts_with("вы писали") || lower.starts_with("you wrote");
    has_verb(&plain) && (dated || digit && addressed || addressed && ends_in_verb || you_wrote) || dated && addressed
}

/// Whether a line begins an attribution that runs on.
pub(crate) fn opens_attribution(line: &str) -> bool {
    let lower = line.trim().to_lowercase();
    let word = lower.split([' ', ',']).next().unwrap_or_default();
    lower.bytes().any(|b| b.is_ascii_digit()) && lower.chars().count() < 120 && OPENERS.contains(&word)
}

fn without_addresses(line: &str) -> String {
    line.split_whitespace()
        .map(|word| match (word.find('<'), word.rfind('>')) {
            // "<a@b>wrote:" keeps its verb.
            (Some(from), Some(to)) if word.contains('@') && from < to => {
                format!("{} {}", &word[..from], &word[to + 1..])
            }
            _ if word.contains('@') => String::new(),
            _ => word.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// `10:15`, `10.15` or `10h30`.
fn has_time(line: &str) -> bool {
    let b = line.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| b.get(at)).is_some_and(u8::is_ascii_digit);
    (1..b.len()).any(|at| matches!(b[at], b':' | b'.' | b'h') && digit(at.checked_sub(1)) && digit(Some(at + 1)) && digit(Some(at + 2)))
}

/// A year from 1990 to 2099, or a date like `01/03/11`.
fn has_year(line: &str) -> bool {
    line.split(|c: char| !c.is_ascii_digit()).any(|n| n.len() == 4 && (n.starts_with("20") || n.starts_with("199")))
        || line
            .split_whitespace()
            .any(|word| word.split(['/', '.']).filter(|p| (1..=4).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit())).count() >= 3)
}

/// Whether a header block of a quoted message begins here: a sender, and within the next lines two other fields (or one
/// and nothing but fields).
pub(crate) fn is_header_block(lines: &[&str]) -> bool {
    let Some(first) = lines.first().and_then(|l| label(l)) else {
        return false;
    };
    if !FROM.contains(&first.as_str()) {
        return false;
    }
    let others = lines[1..]
        .iter()
        .take(6)
        .take_while(|l| !l.trim().is_empty())
        .filter_map(|l| label(l))
        .filter(|l| FIELDS.contains(&l.as_str()) || FROM.contains(&l.as_str()))
        .count();
    others >= 2
}

/// The label of a "Label: value" line, in lower case without emphasis.
fn label(line: &str) -> Option<String> {
    let line = line.trim_start_matches([' ', '\t', '*', '>', '|', '\u{a0}']);
    let (label, _) = line.split_once(':')?;
    let label = label.trim_matches([' ', '*', '\u{a0}']).to_lowercase();
    (!label.is_empty() && label.chars().count() <= 20).then_some(label)
}

/// Whether a line stands between the new words and a whole quoted message.
pub(crate) fn is_separator(line: &str) -> bool {
    let line = line.trim();
    if line.chars().count() > 90 {
        return false;
    }
    let lower = line.to_lowercase().replace('’', "'");
    let dashed = lower.starts_with("--") || lower.starts_with("==") || lower.starts_with("__");
    let inner = lower.trim_matches(['-', '=', '_', ' ', ':']);
    (dashed || lower.ends_with(':')) && SEPARATORS.iter().any(|s| inner.starts_with(s))
        || lower.contains("reply above this line")
        || lower.contains("ответьте выше этой строки")
}

/// A ruler of underscores or dashes, as Outlook draws above a quoted message.
pub(crate) fn is_ruler(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 4 && line.chars().all(|c| matches!(c, '_' | '-' | '=' | '—' | '*'))
}

/// The line that begins a signature: the standard one (RFC 3676, 4.3), or one that looks like it.
pub(crate) fn is_signature_mark(line: &str) -> bool {
    let line = line.trim();
    matches!(line, "--" | "__" | "—" | "––" | "– –") || line.chars().count() >= 2 && line.chars().all(|c| c == '—')
}

/// "Sent from my phone", and not a sentence that begins like it.
pub(crate) fn is_sent_from(line: &str) -> bool {
    let line = line.trim();
    let shown = line.split(['<', '(']).next().unwrap_or(line).trim_end();
    let lower = shown.to_lowercase();
    let words = shown.split_whitespace().count();
    shown.chars().count() <= 70
        && words <= 9
        && !lower.ends_with(['.', '!', '?', ':'])
        && !lower.contains(',')
        && SENT_FROM.iter().any(|s| lower.starts_with(s))
}

/// "Best regards," and the like: the phrase alone, or followed by a name.
pub(crate) fn is_closing(line: &str) -> bool {
    let line = line.trim();
    let lower = line.to_lowercase();
    line.chars().count() <= 60
        && CLOSINGS.iter().any(|c| {
            lower.strip_prefix(c).is_some_and(|rest| {
                let rest = rest.trim_end();
                // "Cheers 🎉" closes, "Regards the timeline" does not.
                rest.is_empty()
                    || rest.starts_with([',', '!', '.', ';', '-', '—', '–'])
                    || rest.starts_with(' ') && !rest.trim_start().starts_with(char::is_lowercase)
            })
        })
}

/// "-Ivan Petrov": a name after a dash.
pub(crate) fn is_dashed_name(line: &str) -> bool {
    let Some(name) = line.trim().strip_prefix(['-', '–', '—']) else {
        return false;
    };
    let words: Vec<&str> = name.split_whitespace().collect();
    (1..=4).contains(&words.len())
        && words.iter().all(|w| w.starts_with(char::is_uppercase) && w.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '-')))
}
