//! Numbers as a table for spreadsheets.

use poem::{Response, http::header};

use super::figures::{Figure, Numbers};
use crate::{
    error::Error,
    i18n::Locale,
    web::{
        failure::Failure,
        ui::{Answer, Ui},
    },
};

/// A file for spreadsheets: in UTF-8 with a mark that says so, with the separator that spreadsheets of the reader's language expect.
pub fn answer(ui: &Ui, figure: &Figure) -> Answer {
    let separator = match ui.locale() {
        Locale::Ru => b';',
        Locale::En => b',',
    };
    let file = write(&table(ui, figure), separator).map_err(|error| Failure::of(Error::Internal(error), ui.locale()))?;
    let day = ui.app().clock.now().with_timezone(&ui.preferences.zone).format("%Y-%m-%d");
    Ok(Response::builder()
        .content_type("text/csv; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"veche-{}-{day}.csv\"", figure.name))
        .header(header::CACHE_CONTROL, "no-store")
        .body(file))
}

/// The rows, the header first.
fn table(ui: &Ui, figure: &Figure) -> Vec<Vec<String>> {
    match &figure.numbers {
        Numbers::Named(rows) => {
            let head = vec![ui.t("chart-name"), ui.t("chart-number")];
            std::iter::once(head).chain(rows.iter().map(|(name, count)| vec![name.clone(), count.to_string()])).collect()
        }
        Numbers::Weeks(series) => {
            let head = std::iter::once(ui.t("statistics-week")).chain(series.iter().map(|s| s.name.clone())).collect();
            let weeks = series.first().map_or(&[][..], |s| &s.points);
            let row = |(at, (week, _)): (usize, &(chrono::DateTime<chrono::Utc>, i64))| {
                let values = series.iter().map(|s| s.points.get(at).map_or_else(String::new, |(_, count)| count.to_string()));
                std::iter::once(week.format("%Y-%m-%d").to_string()).chain(values).collect()
            };
            std::iter::once(head).chain(weeks.iter().enumerate().map(row)).collect()
        }
    }
}

fn write(rows: &[Vec<String>], separator: u8) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell)))?;
    }
    writer.into_inner().map_err(|error| anyhow::anyhow!("failed to write a table: {error}"))
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_no_formulas_and_stay_apart() {
        let rows = [vec!["Что".to_owned(), "Сколько".to_owned()], vec!["=HYPERLINK(\"x\");1".to_owned(), "3".to_owned()]];
        let text = String::from_utf8(write(&rows, b';').unwrap()).unwrap();
        assert_eq!(text, "\u{feff}Что;Сколько\n\"'=HYPERLINK(\"\"x\"\");1\";3\n");
        for cell in ["+1", "-1", "@a", "=1", "\t=1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        assert_eq!(harmless("Дороги"), "Дороги");
    }
}
