//! Dates, times and numbers as the reader writes them.

use askama::Template;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};

use super::ui::Ui;
use crate::i18n::{self, Locale, Value};

/// A moment on a page: readable for people, exact for machines.
#[derive(Template)]
#[template(source = "<time datetime=\"{{ exact }}\" title=\"{{ title }}\">{{ shown }}</time>", ext = "html")]
pub struct When {
    exact: String,
    title: String,
    shown: String,
}

impl askama::filters::HtmlSafe for When {}

impl Ui {
    /// A whole number with its thousands apart.
    pub fn n(&self, number: impl std::borrow::Borrow<i64>) -> String {
        i18n::number(self.locale(), *number.borrow())
    }

    /// How many there are, as [`Ui::n`].
    pub fn count(&self, length: usize) -> String {
        self.n(i64::try_from(length).unwrap_or(i64::MAX))
    }

    /// How many hundredths one number is of another, 0 to 100 and more, rounded down: 99.9 % is not yet everything.
    pub fn percent(&self, part: i64, whole: i64) -> i64 {
        if whole <= 0 { 0 } else { part.saturating_mul(100) / whole }
    }

    /// A day: `22 ноября 2026`.
    pub fn day(&self, day: &NaiveDate) -> String {
        day_in(self.locale(), *day)
    }

    /// The day of a moment in the reader's time zone.
    pub fn date(&self, at: &DateTime<Utc>) -> When {
        let local = at.with_timezone(&self.preferences.zone);
        self.shown(at, day_in(self.locale(), local.date_naive()))
    }

    /// Day and time of a moment in the reader's time zone.
    pub fn moment(&self, at: &DateTime<Utc>) -> When {
        let full = self.full(at);
        self.shown(at, full)
    }

    /// How long ago, or in how long; after a month the day.
    pub fn ago(&self, at: &DateTime<Utc>) -> When {
        let text = self.ago_text(at);
        self.shown(at, text)
    }

    fn ago_text(&self, at: &DateTime<Utc>) -> String {
        match distance(*at - self.app().clock.now()) {
            None => day_in(self.locale(), at.with_timezone(&self.preferences.zone).date_naive()),
            Some((key, count)) => self.t1(key, "count", count),
        }
    }

    fn shown(&self, at: &DateTime<Utc>, shown: String) -> When {
        When { exact: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(), title: self.full(at), shown }
    }

    fn full(&self, at: &DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.preferences.zone);
        let time = format!("{:02}:{:02}", local.hour(), local.minute());
        self.ts("date-time", &[("day", day_in(self.locale(), local.date_naive()).into()), ("time", time.into())])
    }
}

/// A day in words.
pub fn day_in(locale: Locale, day: NaiveDate) -> String {
    let month = i18n::text(locale, &format!("date-month-{}", day.month()), &[]);
    let args = [("day", Value::from(day.day().to_string())), ("month", month.into()), ("year", day.year().to_string().into())];
    i18n::text(locale, "date-day", &args)
}

/// The text for a distance in time and its number; none where a date says more.
fn distance(from_now: TimeDelta) -> Option<(&'static str, i64)> {
    let (past, seconds) = (from_now < TimeDelta::zero(), from_now.num_seconds().abs());
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    Some(match () {
        () if minutes < 1 => (if past { "ago-now" } else { "in-now" }, 0),
        () if minutes < 60 => (if past { "ago-minutes" } else { "in-minutes" }, minutes),
        () if hours < 24 => (if past { "ago-hours" } else { "in-hours" }, hours),
        () if days < 31 => (if past { "ago-days" } else { "in-days" }, days),
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_distances_are_right_in_both_languages() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 2).unwrap();
        assert_eq!(day_in(Locale::Ru, day), "2 ноября 2026");
        assert_eq!(day_in(Locale::En, day), "2 November 2026");
        let text = |locale, seconds| {
            let (key, count) = distance(TimeDelta::seconds(seconds)).unwrap();
            i18n::text(locale, key, &[("count", count.into())])
        };
        assert_eq!(text(Locale::Ru, -60), "1 минуту назад");
        assert_eq!(text(Locale::Ru, -3600 * 22), "22 часа назад");
        assert_eq!(text(Locale::Ru, 86_400 * 5), "через 5 дней");
        assert_eq!(text(Locale::Ru, 86_400 * 21), "через 21 день");
        assert_eq!(text(Locale::En, -86_400), "1 day ago");
        assert!(distance(TimeDelta::days(-40)).is_none());
    }
}
