//! QR codes (ISO/IEC 18004), drawn as SVG.

use std::fmt::Write;

use askama::Template;
use qrcode::{Color, QrCode};

/// Modules of the light edge that readers need on each side.
const QUIET: usize = 4;

/// A picture of a text that a phone's camera reads.
#[derive(Template)]
#[template(
    source = "<svg class=\"qr\" viewBox=\"0 0 {{ side }} {{ side }}\" role=\"img\" aria-label=\"{{ label }}\"><path d=\"{{ path }}\"/></svg>",
    ext = "html"
)]
pub struct Qr {
    side: usize,
    path: String,
    label: String,
}

impl askama::filters::HtmlSafe for Qr {}

impl Qr {
    /// The picture of a text, and what is said to those who do not see it; none for a text that no code can hold.
    pub fn of(text: &str, label: String) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let colors = code.into_colors();
        let mut path = String::new();
        for (y, line) in colors.chunks(width).enumerate() {
            let mut x = 0;
            for run in line.chunk_by(|a, b| a == b) {
                if run[0] == Color::Dark {
                    let _ = write!(path, "M{} {}h{2}v1h-{2}z", x + QUIET, y + QUIET, run.len());
                }
                x += run.len();
            }
        }
        Some(Self { side: width + 2 * QUIET, path, label })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The dark modules of a picture, read back from its path.
    fn dark(path: &str) -> Vec<(usize, usize)> {
        let runs = path.split('M').skip(1).map(|run| {
            let numbers: Vec<usize> =
                run.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect();
            (numbers[0], numbers[1], numbers[2])
        });
        runs.flat_map(|(x, y, length)| (x..x + length).map(move |x| (x, y))).collect()
    }

    #[test]
    fn every_module_is_drawn_once_inside_a_light_edge() {
        let text = "https://t.me/veche_bot?start=0123456789abcdefghjkmnpqrs";
        let qr = Qr::of(text, String::new()).unwrap();
        let modules = dark(&qr.path);
        let code = QrCode::new(text).unwrap();
        assert_eq!(qr.side, code.width() + 8);
        let expected: Vec<(usize, usize)> = (0..code.width())
            .flat_map(|y| (0..code.width()).map(move |x| (x, y)))
            .filter(|at| code[*at] == Color::Dark)
            .map(|(x, y)| (x + 4, y + 4))
            .collect();
        assert_eq!(modules, expected);
        // The three marks by which readers find it.
        for (x, y) in [(4, 4), (qr.side - 5, 4), (4, qr.side - 5)] {
            assert!(modules.contains(&(x, y)), "{x} {y}");
        }
    }

    #[test]
    fn what_is_too_long_has_no_picture_and_a_label_is_no_markup() {
        assert!(Qr::of(&"Ы".repeat(10_000), String::new()).is_none());
        let shown = Qr::of("x", "\"><script>".into()).unwrap().render().unwrap();
        assert!(!shown.contains("<script>") && shown.starts_with("<svg class=\"qr\""), "{shown}");
    }
}
