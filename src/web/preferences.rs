//! How somebody wants to read: language, colours, size, contrast, time zone. Kept in a cookie, so it works without an account.

use chrono_tz::Tz;

use super::cookies::Cookies;
use crate::{app::App, i18n::Locale};

/// The cookie of what was chosen.
pub const COOKIE: &str = "veche_display";
/// The cookie in which a script notes the browser's time zone.
const ZONE: &str = "veche_zone";

/// How somebody wants to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// The language that was chosen; none: the account's or the browser's.
    pub locale: Option<Locale>,
    /// `light` or `dark`; empty: as the device.
    pub theme: &'static str,
    /// `large` or empty.
    pub text: &'static str,
    /// `more` or empty.
    pub contrast: &'static str,
    /// The time zone that was chosen or the browser's; the installation's where neither is known.
    pub zone: Tz,
    /// Whether the zone was chosen by hand.
    pub zone_chosen: bool,
}

fn one_of(value: Option<&str>, known: &[&'static str]) -> &'static str {
    value.and_then(|value| known.iter().find(|k| **k == value)).copied().unwrap_or("")
}

impl Preferences {
    /// What the cookies say; anything else counts as nothing.
    pub fn of(app: &App, cookies: &Cookies) -> Self {
        let parts: Vec<(&str, &str)> = cookies.get(COOKIE).unwrap_or("").split('&').filter_map(|p| p.split_once(':')).collect();
        let part = |name: &str| parts.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        let zone = |name: Option<&str>| name.and_then(|z| z.replace("%2F", "/").parse::<Tz>().ok());
        let chosen = zone(part("zone"));
        Self {
            locale: part("lang").and_then(Locale::from_tag),
            theme: one_of(part("theme"), &["light", "dark"]),
            text: one_of(part("text"), &["large"]),
            contrast: one_of(part("contrast"), &["more"]),
            zone: chosen.or_else(|| zone(cookies.get(ZONE))).or_else(|| zone(Some(&app.config.site.time_zone))).unwrap_or(Tz::UTC),
            zone_chosen: chosen.is_some(),
        }
    }

    /// What stands in the cookie.
    pub fn cookie(&self) -> String {
        let zone = if self.zone_chosen { self.zone.name() } else { "" };
        let lang = self.locale.map_or("", Locale::tag);
        format!("lang:{lang}&theme:{}&text:{}&contrast:{}&zone:{zone}", self.theme, self.text, self.contrast)
    }

    /// With one thing chosen anew; what is not known leaves it to the device or the installation.
    pub fn choose(&mut self, name: &str, value: &str) {
        match name {
            "lang" => self.locale = Locale::from_tag(value),
            "theme" => self.theme = one_of(Some(value), &["light", "dark"]),
            "text" => self.text = one_of(Some(value), &["large"]),
            "contrast" => self.contrast = one_of(Some(value), &["more"]),
            "zone" => {
                let zone = value.parse::<Tz>().ok();
                self.zone_chosen = zone.is_some();
                self.zone = zone.unwrap_or(self.zone);
            }
            _ => (),
        }
    }
}
