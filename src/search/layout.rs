//! Words typed in the wrong keyboard layout: `ljhjuf` for «дорога», «руддщ» for `hello`.

const LATIN: &str = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./~@#$^&QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?";
const CYRILLIC: &str = "ёйцукенгшщзхъфывапролджэячсмитьбю.Ё\"№;:?ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,";

fn typed(c: char, from: &str, to: &str) -> Option<char> {
    from.chars().zip(to.chars()).find(|(known, _)| *known == c).map(|(_, other)| other)
}

/// The text as the same keys write it in the other layout (QWERTY and ЙЦУКЕН); `None` where it has letters of both scripts or of neither,
/// so that nothing shows in which layout it was meant.
pub fn other(text: &str) -> Option<String> {
    let latin = text.chars().any(|c| c.is_ascii_alphabetic());
    let cyrillic = text.chars().any(crate::nlp::text::is_cyrillic);
    let (from, to) = match (latin, cyrillic) {
        (true, false) => (LATIN, CYRILLIC),
        (false, true) => (CYRILLIC, LATIN),
        _ => return None,
    };
    let other: String = text.chars().map(|c| typed(c, from, to).unwrap_or(c)).collect();
    (other != text).then_some(other)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_keys_in_the_other_layout() {
        assert_eq!(LATIN.chars().count(), CYRILLIC.chars().count());
        for (typed, meant) in
            [("ljhjuf", "дорога"), ("руддщ цщкдв", "hello world"), ("cytu ,fr", "снег бак"), ("`krf", "ёлка"), ("Gj;fh 12", "Пожар 12")]
        {
            assert_eq!(other(typed).as_deref(), Some(meant));
        }
        for text in ["", "12", "дом house", "?"] {
            assert_eq!(other(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn back_and_forth_is_where_it_began(text in "[а-яё ]{0,40}") {
            if let Some(turned) = other(&text)
                && turned.chars().any(|c| c.is_ascii_alphabetic())
            {
                prop_assert_eq!(other(&turned), Some(text));
            }
        }
    }
}
