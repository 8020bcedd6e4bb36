use sha2::{Digest, Sha256};

/// Characters of a key at the most.
pub const LENGTH: usize = 60;

/// Whether a key is made of 1 to [`LENGTH`] small Latin letters, digits and hyphens.
pub fn is_key(text: &str) -> bool {
    (1..=LENGTH).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A key for a name: its transliteration and eight digits of its hash, so that different names have different keys and the same
/// name always has the same one.
pub fn key(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        let latin = latin(c);
        if !latin.is_empty() {
            slug.push_str(latin);
        } else if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if c != 'ь' && !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() >= LENGTH - 9 {
            break;
        }
    }
    // Everything in it is ASCII by now.
    slug.truncate(LENGTH - 9);
    let hash = Sha256::digest(name);
    let slug = slug.trim_end_matches('-');
    let hyphen = if slug.is_empty() { "" } else { "-" };
    format!("{slug}{hyphen}{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3])
}

/// A small Russian letter in Latin ones, by ICAO Doc 9303, part 3, section 6; empty for everything else (and for the soft sign).
const fn latin(c: char) -> &'static str {
    match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'д' => "d",
        'е' | 'ё' | 'э' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'й' => "i",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' => "ie",
        'ы' => "y",
        'ю' => "iu",
        'я' => "ia",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_name_has_a_key_and_always_the_same(name in any::<String>()) {
            prop_assert!(is_key(&key(&name)), "{}", key(&name));
            prop_assert_eq!(key(&name), key(&name));
        }

        #[test]
        fn russian_names_too(name in "[А-Яа-яЁё0-9 «»,.-]{1,200}", other in "[А-Яа-яЁё]{1,9}") {
            prop_assert!(is_key(&key(&name)), "{}", key(&name));
            prop_assume!(name != other);
            prop_assert_ne!(key(&name), key(&other));
        }
    }

    #[test]
    fn keys_can_be_read() {
        let key = key("Щедрая улица, 5 (объезд)");
        assert!(key.starts_with("shchedraia-ulitsa-5-obieezd-"), "{key}");
        assert_eq!(key.len(), "shchedraia-ulitsa-5-obieezd-".len() + 8);
        for bad in ["", "Roads", "дороги", "a b", "a_b", &"a".repeat(LENGTH + 1)] {
            assert!(!is_key(bad), "{bad}");
        }
    }
}
