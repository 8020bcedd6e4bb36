//! What the bot says, in Russian and English (Project Fluent): one file a language.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use serde::{Deserialize, Serialize};
use unic_langid::langid;

/// A language that the bot speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
}

impl Language {
    /// The tag, as in `Accept-Language`.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The language for a person whose app is in `code`. Where Russian is widely read it is Russian; elsewhere English.
    pub(crate) fn of(code: &str) -> Self {
        match code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "" | "ru" | "be" | "kk" | "ky" | "tg" | "tt" | "uz" | "ba" | "cv" => Self::Ru,
            _ => Self::En,
        }
    }
}

type Bundle = FluentBundle<FluentResource>;

static RU: LazyLock<Bundle> = LazyLock::new(|| bundle(langid!("ru"), include_str!("../locales/ru.ftl")));
static EN: LazyLock<Bundle> = LazyLock::new(|| bundle(langid!("en"), include_str!("../locales/en.ftl")));

fn bundle(language: unic_langid::LanguageIdentifier, source: &str) -> Bundle {
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Isolation marks show as rubbish in some apps.
    bundle.set_use_isolating(false);
    // A damaged line loses itself only; a test reads the files strictly.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

/// The text for a key, if there is one. The values come as a `Vec`, so that none of them outlives the call: they may not cross an `await`.
pub(crate) fn find(language: Language, key: &str, args: Vec<(&str, FluentValue<'_>)>) -> Option<String> {
    let bundle = match language {
        Language::Ru => &*RU,
        Language::En => &*EN,
    };
    let pattern = bundle.get_message(key)?.value()?;
    let args: FluentArgs<'_> = args.into_iter().collect();
    let mut problems = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&args), &mut problems).into_owned();
    if !problems.is_empty() {
        tracing::warn!(key, language = language.tag(), "a text could not be filled in");
    }
    Some(text)
}

/// The text for a key; the key itself where there is none.
pub(crate) fn text(language: Language, key: &str, args: Vec<(&str, FluentValue<'_>)>) -> String {
    find(language, key, args).unwrap_or_else(|| {
        tracing::error!(key, "a text is missing");
        key.to_owned()
    })
}

/// `say!(language, "key", name = value, …)`: a text for people.
macro_rules! say {
    ($language:expr, $key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::texts::text($language, $key, vec![$((stringify!($name), fluent_bundle::FluentValue::from($value))),*])
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SOURCES: [(&str, &str); 2] = [("ru", include_str!("../locales/ru.ftl")), ("en", include_str!("../locales/en.ftl"))];

    fn keys(source: &str) -> BTreeSet<&str> {
        source
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|line| line.split(" =").next())
            .collect()
    }

    #[test]
    fn both_languages_have_every_text_and_every_line_is_sound() {
        assert_eq!(keys(SOURCES[0].1), keys(SOURCES[1].1));
        for (name, source) in SOURCES {
            FluentResource::try_new(source.to_owned()).map_err(|(_, problems)| format!("{name}: {problems:?}")).unwrap();
        }
    }

    #[test]
    fn every_text_that_is_said_exists_and_every_text_is_said() {
        let code = [
            include_str!("lib.rs"),
            include_str!("intake.rs"),
            include_str!("outgoing.rs"),
            include_str!("platform.rs"),
            include_str!("talk/mod.rs"),
            include_str!("talk/compose.rs"),
            include_str!("talk/hand_over.rs"),
            include_str!("talk/tickets.rs"),
            include_str!("talk/initiatives.rs"),
            include_str!("talk/search.rs"),
            include_str!("talk/account.rs"),
        ]
        .concat();
        let said: BTreeSet<&str> = code.split('"').skip(1).filter(|part| keys(SOURCES[1].1).contains(part)).collect();
        for key in keys(SOURCES[1].1) {
            let by_name = ["state-", "kind-", "vote-state-", "refused-", "command-", "draft-topic", "draft-place"]
                .iter()
                .any(|prefix| key.starts_with(prefix));
            assert!(by_name || said.contains(key), "{key} is never said");
        }
        for part in code.split("say!(").skip(1) {
            let Some(key) = part.split('"').nth(1).filter(|_| part.split(',').nth(1).is_some_and(|key| key.trim().starts_with('"'))) else {
                continue;
            };
            for language in [Language::Ru, Language::En] {
                assert!(find(language, key, Vec::new()).is_some(), "{key} is missing");
            }
        }
    }

    #[test]
    fn a_language_is_chosen_by_the_apps() {
        assert_eq!(
            (Language::of("ru-RU"), Language::of("en"), Language::of("de"), Language::of("")),
            (Language::Ru, Language::En, Language::En, Language::Ru)
        );
    }
}
