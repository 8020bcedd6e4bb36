//! How one wants to read: language, colours, size, contrast, time zone.

use askama::Template;

use super::{
    map::Map,
    parts::Choice,
    preferences::COOKIE,
    ui::{Answer, Ui},
};
use crate::i18n::Locale;

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/display", show, save)
}

/// Time zones of most readers; others are known by the browser.
const ZONES: [&str; 14] = [
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Novosibirsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Magadan",
    "Asia/Kamchatka",
    "Europe/London",
    "UTC",
];

#[derive(Template)]
#[template(path = "display.html")]
struct Display {
    ui: Ui,
    languages: Vec<Choice>,
    lang: &'static str,
    zones: Vec<Choice>,
    zone: &'static str,
}

impl Ui {
    /// Choices of the display: the empty one is what the device says.
    pub fn display_choices(&self, group: &str, values: &[&str]) -> Vec<Choice> {
        let label = |value: &str| self.t(&format!("{group}-{}", if value.is_empty() { "auto" } else { value }));
        values.iter().map(|value| Choice { value: (*value).to_owned(), label: label(value) }).collect()
    }
}

async fn show(ui: Ui) -> Answer {
    ui.ask_shell().await?;
    let auto = Choice { value: String::new(), label: ui.t("display-zone-auto") };
    // Each language is called by its own name.
    let own = |locale: Locale| Choice { value: locale.tag().to_owned(), label: crate::i18n::text(locale, "display-own-name", &[]) };
    let languages =
        [Choice { value: String::new(), label: ui.t("display-language-auto") }].into_iter().chain(Locale::ALL.map(own)).collect();
    let page = Display {
        languages,
        lang: ui.preferences.locale.map_or("", Locale::tag),
        zones: [auto].into_iter().chain(ZONES.iter().map(|z| Choice { value: (*z).into(), label: z.replace('_', " ") })).collect(),
        zone: if ui.preferences.zone_chosen { ui.preferences.zone.name() } else { "" },
        ui: ui.clone(),
    };
    ui.page(&page)
}

async fn save(ui: Ui) -> Answer {
    let mut preferences = ui.preferences.clone();
    for name in ["lang", "theme", "text", "contrast", "zone"] {
        if ui.form.has(name) {
            preferences.choose(name, ui.form.get(name));
        }
    }
    let mut response = ui.go("/display", Some(("flash-display-saved", "")))?;
    ui.set_cookie(&mut response, COOKIE, &preferences.cookie(), 31_536_000);
    Ok(response)
}
