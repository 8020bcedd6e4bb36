//! Pictures of pages for those who pass links on (Open Graph), and the icons of the installed application.

mod canvas;
mod wrap;

use std::{num::NonZeroUsize, sync::Mutex, time::Duration};

use bytes::Bytes;
use lru::LruCache;
use poem::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;

use super::{
    failure::Failure,
    initiatives::{self, Tally},
    map::Map,
    ui::{Answer, Ui},
    versions,
};
use canvas::{Canvas, Colour, can_draw, width};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/og/:file", show)
}

const SIZE: (usize, usize) = (1200, 630);
const MARGIN: f32 = 72.0;
const PAPER: Colour = [0xfa, 0xf8, 0xf2];
const INK: Colour = [0x1c, 0x26, 0x21];
const SOFT: Colour = [0x55, 0x63, 0x5b];
const LINE: Colour = [0xdc, 0xd8, 0xcc];
const MAIN: Colour = [0x0c, 0x5a, 0x45];
const COPPER: Colour = [0x98, 0x46, 0x0f];
const RED: Colour = [0xa1, 0x22, 0x1c];
/// From one line of a title to the next, in its size.
const LINES: f32 = 0.84;
/// Sizes of a title with the lines that it may have at them: the first at which all of it fits.
const TITLES: [(f32, usize); 3] = [(100.0, 3), (84.0, 4), (70.0, 4)];
const KEEP: &str = "public, max-age=600";
/// How long a picture waits for those before it.
const PATIENCE: Duration = Duration::from_secs(5);

/// One picture is drawn at a time: links are looked at by machines, and people's pages come first.
static TURN: Semaphore = Semaphore::const_new(1);
/// The pictures drawn last, by version.
static DRAWN: Mutex<Option<LruCache<String, Bytes>>> = Mutex::new(None);
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// What stands on a picture.
enum Picture {
    /// A card: who, the state of the thing, its title, how far it has come (in hundredths) and the words for it.
    Card { brand: String, place: String, state: Option<(String, &'static str)>, title: String, support: Option<(i64, String)> },
    /// The icon, so many pixels wide.
    Icon(usize),
}

#[derive(Deserialize)]
struct Data {
    initiative: Option<Initiative>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Initiative {
    state: String,
    title: String,
    threshold: i64,
    ballot_kind: String,
    hidden_at: Option<String>,
    voting_starts_at: Option<String>,
    tally: Option<Tally>,
}

const INITIATIVE: &str = "query($id: ID!) {
    initiative(id: $id) { state title threshold ballotKind hiddenAt votingStartsAt tally { ballots counts } }
}";

async fn show(ui: Ui) -> Answer {
    let name = ui.param("file").strip_suffix(".png").ok_or(Failure::NotFound)?;
    let card =
        |state, title: String, support| Picture::Card { brand: ui.t("web-title"), place: ui.place().to_owned(), state, title, support };
    let picture = match name {
        "icon-192" => Picture::Icon(192),
        "icon-512" => Picture::Icon(512),
        "veche" => card(None, ui.t("web-tagline"), None),
        id => {
            let data: Data = ui.ask(INITIATIVE, json!({ "id": id })).await?;
            let found = data.initiative.filter(|i| i.hidden_at.is_none() && (i.voting_starts_at.is_some() || i.state == "REJECTED"));
            let found = found.ok_or(Failure::NotFound)?;
            let support = found.tally.as_ref().map(|tally| {
                let support = tally.support(&found.ballot_kind);
                (ui.percent(support, found.threshold), format!("{} {}", ui.n(support), ui.t1("card-of", "count", found.threshold)))
            });
            let state = (ui.named("initiative-state", &found.state), initiatives::tone(&found.state));
            card(Some(state), found.title, support)
        }
    };
    let version = picture.version();
    let png = if ui.has(&version) { Bytes::new() } else { drawn(&ui, picture, &version).await? };
    Ok(ui.content("image/png", KEEP, &version, png))
}

/// The picture, drawn if it is not at hand.
async fn drawn(ui: &Ui, picture: Picture, version: &str) -> Result<Bytes, Failure> {
    let busy = || Failure::Other(StatusCode::SERVICE_UNAVAILABLE, ui.t("og-busy"));
    if let Some(png) = at_hand(version) {
        return Ok(png);
    }
    let _turn = tokio::time::timeout(PATIENCE, TURN.acquire()).await.map_err(|_| busy())?;
    if let Some(png) = at_hand(version) {
        return Ok(png);
    }
    let png = tokio::task::spawn_blocking(move || Bytes::from(picture.draw())).await.map_err(|_| busy())?;
    let mut drawn = DRAWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    drawn.get_or_insert_with(|| LruCache::new(KEPT)).put(version.to_owned(), png.clone());
    Ok(png)
}

fn at_hand(version: &str) -> Option<Bytes> {
    DRAWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner).as_mut()?.get(version).cloned()
}

impl Picture {
    /// The same for the same words and figures.
    fn version(&self) -> String {
        let words = match self {
            Self::Icon(side) => format!("icon {side}"),
            Self::Card { brand, place, state, title, support } => format!("{:?}", (brand, place, state, title, support)),
        };
        // With the number of this way of drawing: raise it with every change.
        versions::version(format!("1 {words}").as_bytes())
    }

    fn draw(&self) -> Vec<u8> {
        match self {
            Self::Icon(side) => icon(*side),
            Self::Card { brand, place, state, title, support } => card(brand, place, state.as_ref(), title, support.as_ref()),
        }
    }
}

/// The icon without round corners, with room around the mark, so that every system may cut it as it likes (maskable).
fn icon(side: usize) -> Vec<u8> {
    let mut canvas = Canvas::new(side, side, MAIN);
    let side = side as f32;
    canvas.bell(side * 0.09, side * 0.08, side * 0.82);
    canvas.png()
}

fn card(brand: &str, place: &str, state: Option<&(String, &str)>, title: &str, support: Option<&(i64, String)>) -> Vec<u8> {
    let (wide, high) = (SIZE.0 as f32, SIZE.1 as f32);
    let room = wide - 2.0 * MARGIN;
    let mut canvas = Canvas::new(SIZE.0, SIZE.1, PAPER);
    canvas.rounded([0.0, 0.0, wide, 12.0], 0.0, MAIN);
    canvas.rounded([MARGIN, 60.0, 76.0, 76.0], 17.0, MAIN);
    canvas.bell(MARGIN, 60.0, 76.0);
    let end = MARGIN + 96.0 + canvas.text(brand, MARGIN + 96.0, 117.0, 62.0, MAIN);
    let mut right = wide - MARGIN;
    if let Some((state, tone)) = state {
        right -= width(state, 42.0) + 56.0;
        let tone = match *tone {
            "warm" => COPPER,
            "good" => MAIN,
            "bad" => RED,
            _ => SOFT,
        };
        canvas.rounded([right, 64.0, wide - MARGIN - right, 68.0], 34.0, tone);
        canvas.text(state, right + 28.0, 111.0, 42.0, PAPER);
    }
    let place = wrap::wrap(&plain(place), right - end - 60.0, 1, |t| width(t, 42.0));
    canvas.text(place.first().map_or("", String::as_str), end + 24.0, 115.0, 42.0, SOFT);
    let title = plain(title);
    let (size, lines) = TITLES
        .iter()
        .map(|&(size, most)| (size, wrap::wrap(&title, room, most, |t| width(t, size))))
        .find(|(_, lines)| !lines.last().is_some_and(|l| l.ends_with('…')))
        .unwrap_or_else(|| (TITLES[2].0, wrap::wrap(&title, room, TITLES[2].1, |t| width(t, TITLES[2].0))));
    // In the middle of the room between the head and the figures.
    let (top, bottom) = (160.0, if support.is_some() { high - 190.0 } else { high - 60.0 });
    let height = size * LINES * lines.len() as f32;
    let mut base = top + (bottom - top - height) / 2.0 + size * 0.68;
    for line in lines {
        canvas.text(&line, MARGIN, base, size, INK);
        base += size * LINES;
    }
    if let Some((percent, words)) = support {
        let top = high - 104.0;
        canvas.text(words, MARGIN, top - 24.0, 50.0, INK);
        let share = format!("{percent} %");
        canvas.text(&share, wide - MARGIN - width(&share, 50.0), top - 24.0, 50.0, MAIN);
        canvas.rounded([MARGIN, top, room, 28.0], 14.0, LINE);
        // At least a dot where there is a voice at all.
        let filled = if *percent > 0 { (room * (*percent).min(100) as f32 / 100.0).max(28.0) } else { 0.0 };
        canvas.rounded([MARGIN, top, filled, 28.0], 14.0, MAIN);
    }
    canvas.png()
}

/// A text without what the face cannot show.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| can_draw(*c)).take(400).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_of_any_title_are_drawn() {
        for title in ["", "Тёплые остановки на улице Садовой", &"слово ".repeat(200), &"ы".repeat(10_000), "\u{202e}\u{200b}漢字 <script>"]
        {
            let png = card("Вече", "Заречье", Some(&("Голосование".into(), "warm")), title, Some(&(140, "1 400 из 1 000 голосов".into())));
            assert_eq!(&png[16..24], [0, 0, 4, 176, 0, 0, 2, 118], "{title}");
            assert!(png.len() < 120_000, "{} bytes", png.len());
        }
    }

    #[test]
    fn a_version_changes_with_what_is_shown() {
        let card = |support| Picture::Card {
            brand: "a".into(),
            place: String::new(),
            state: None,
            title: "c".into(),
            support: Some((support, String::new())),
        };
        assert_eq!(card(1).version(), card(1).version());
        assert_ne!(card(1).version(), card(2).version());
    }
}
