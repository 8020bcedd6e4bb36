//! A picture in the making: rounded shapes, the mark, text in our own face; at the end a PNG.

use std::{io::Write, sync::LazyLock};

use ab_glyph::{Font, FontRef, ScaleFont, point};
use ab_glyph_rasterizer::{Rasterizer, point as at};
use flate2::{Compression, Crc, write::ZlibEncoder};

/// Red, green, blue.
pub type Colour = [u8; 3];

/// Literata Bold, Latin and Cyrillic: the face of the pages' headings.
static FACE: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(include_bytes!("../static/og/literata.ttf")).ok());

/// Whether the face has a picture for a character.
pub fn can_draw(c: char) -> bool {
    FACE.as_ref().is_some_and(|face| face.glyph_id(c).0 != 0)
}

/// How wide a text is at a size, in pixels. The size is the height of a line, from the top of the tallest letter to the foot of the
/// lowest: about one and a half of what style sheets call the size.
pub fn width(text: &str, size: f32) -> f32 {
    let Some(face) = FACE.as_ref() else { return 0.0 };
    let scaled = face.as_scaled(size);
    text.chars().map(|c| scaled.h_advance(face.glyph_id(c))).sum()
}

/// Pixels, row by row.
pub struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    /// An empty one.
    pub fn new(width: usize, height: usize, paper: Colour) -> Self {
        Self { width, height, pixels: paper.repeat(width * height) }
    }

    /// Lays a colour over a pixel, as far as it is covered (0 to 1); outside the picture nothing happens.
    fn lay(&mut self, x: i64, y: i64, covered: f32, colour: Colour) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x >= self.width || y >= self.height {
            return;
        }
        let start = (y * self.width + x) * 3;
        for (pixel, new) in self.pixels[start..start + 3].iter_mut().zip(colour) {
            let mixed = f32::from(*pixel) + (f32::from(new) - f32::from(*pixel)) * covered.clamp(0.0, 1.0);
            *pixel = mixed.round() as u8;
        }
    }

    /// Fills a shape whose first pixel lies here.
    fn fill(&mut self, shape: &Rasterizer, [left, top]: [f32; 2], colour: Colour) {
        shape.for_each_pixel_2d(|x, y, covered| {
            if covered > 0.0 {
                self.lay(left as i64 + i64::from(x), top as i64 + i64::from(y), covered, colour);
            }
        });
    }

    /// A rectangle with round corners; with a radius of half its side it is a circle.
    pub fn rounded(&mut self, [x, y, w, h]: [f32; 4], radius: f32, colour: Colour) {
        if w <= 0.0 || h <= 0.0 {
            return;
        }
        let r = radius.min(w / 2.0).min(h / 2.0);
        // How far the handles of a curve stand from a corner to make a quarter of a circle.
        let k = r * 0.447_715;
        let corner = [x.floor(), y.floor()];
        let (x, y) = (x - corner[0], y - corner[1]);
        let (right, bottom) = (x + w, y + h);
        let mut shape = Rasterizer::new(right.ceil() as usize, bottom.ceil() as usize);
        shape.draw_line(at(x + r, y), at(right - r, y));
        shape.draw_cubic(at(right - r, y), at(right - k, y), at(right, y + k), at(right, y + r));
        shape.draw_line(at(right, y + r), at(right, bottom - r));
        shape.draw_cubic(at(right, bottom - r), at(right, bottom - k), at(right - k, bottom), at(right - r, bottom));
        shape.draw_line(at(right - r, bottom), at(x + r, bottom));
        shape.draw_cubic(at(x + r, bottom), at(x + k, bottom), at(x, bottom - k), at(x, bottom - r));
        shape.draw_line(at(x, bottom - r), at(x, y + r));
        shape.draw_cubic(at(x, y + r), at(x, y + k), at(x + k, y), at(x + r, y));
        self.fill(&shape, corner, colour);
    }

    /// The mark, a bell, as in `icon.svg`, whose square of 64 units begins here and is so many pixels wide.
    pub fn bell(&mut self, x: f32, y: f32, side: f32) {
        const BEAM: Colour = [0xf2, 0xc7, 0x9b];
        const BODY: Colour = [0xf2, 0xa7, 0x6f];
        let unit = side / 64.0;
        let corner = [x.floor(), y.floor()];
        let place = |px: f32, py: f32| at(x - corner[0] + px * unit, y - corner[1] + py * unit);
        let part = |[px, py, w, h]: [f32; 4]| [x + px * unit, y + py * unit, w * unit, h * unit];
        self.rounded(part([12.0, 12.0, 40.0, 4.0]), 2.0 * unit, BEAM);
        self.rounded(part([30.0, 12.0, 4.0, 10.0]), 2.0 * unit, BEAM);
        let mut shape = Rasterizer::new(side.ceil() as usize + 1, side.ceil() as usize + 1);
        shape.draw_cubic(place(32.0, 19.0), place(41.0, 19.0), place(44.0, 27.0), place(44.5, 34.0));
        shape.draw_cubic(place(44.5, 34.0), place(44.9, 39.0), place(47.0, 42.0), place(50.0, 45.0));
        shape.draw_line(place(50.0, 45.0), place(14.0, 45.0));
        shape.draw_cubic(place(14.0, 45.0), place(17.0, 42.0), place(19.1, 39.0), place(19.5, 34.0));
        shape.draw_cubic(place(19.5, 34.0), place(20.0, 27.0), place(23.0, 19.0), place(32.0, 19.0));
        self.fill(&shape, corner, BODY);
        self.rounded(part([28.0, 46.0, 8.0, 8.0]), 4.0 * unit, BEAM);
    }

    /// A line of text whose letters stand on `base`; gives its width.
    pub fn text(&mut self, text: &str, x: f32, base: f32, size: f32, colour: Colour) -> f32 {
        let Some(face) = FACE.as_ref() else { return 0.0 };
        let scaled = face.as_scaled(size);
        let mut pen = x;
        for c in text.chars() {
            let glyph = face.glyph_id(c);
            if let Some(outline) = face.outline_glyph(glyph.with_scale_and_position(size, point(pen, base))) {
                let bounds = outline.px_bounds();
                // Bounds of a glyph are whole pixels.
                let (left, top) = (bounds.min.x as i64, bounds.min.y as i64);
                outline.draw(|px, py, covered| self.lay(left + i64::from(px), top + i64::from(py), covered, colour));
            }
            pen += scaled.h_advance(glyph);
        }
        pen - x
    }

    /// The picture as a PNG (ISO/IEC 15948): three bytes a pixel, each row as its difference from the one above.
    pub fn png(&self) -> Vec<u8> {
        let mut rows = Vec::with_capacity(self.pixels.len() + self.height);
        let mut above = vec![0_u8; self.width * 3];
        for row in self.pixels.chunks(self.width * 3) {
            rows.push(2);
            rows.extend(row.iter().zip(&above).map(|(a, b)| a.wrapping_sub(*b)));
            above.copy_from_slice(row);
        }
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(6));
        // Writing to memory cannot fail.
        let zipped = zlib.write_all(&rows).and_then(|()| zlib.finish()).unwrap_or_default();
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX).to_be_bytes();
        let header = [side(self.width).as_slice(), &side(self.height), &[8, 2, 0, 0, 0]].concat();
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, data) in [(b"IHDR", header.as_slice()), (b"IDAT", &zipped), (b"IEND", &[])] {
            let mut sum = Crc::new();
            sum.update(kind);
            sum.update(data);
            png.extend(side(data.len()));
            png.extend(kind);
            png.extend(data);
            png.extend(sum.sum().to_be_bytes());
        }
        png
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn letters_of_both_languages_can_be_drawn() {
        for c in "Съешь ещё этих мягких французских булок, да выпей чаю № 1 — «Quick brown fox» 12\u{a0}345 %".chars()
        {
            assert!(can_draw(c), "{c:?}");
        }
        assert!(!can_draw('漢') && !can_draw('\u{202e}'));
        assert!(width("Тёплые", 64.0) > width("Тёпл", 64.0));
    }

    #[test]
    fn a_picture_is_a_png_of_its_size() {
        let mut canvas = Canvas::new(40, 20, [250, 248, 242]);
        canvas.rounded([-5.0, -5.0, 30.0, 30.0], 4.0, [12, 90, 69]);
        canvas.text("Ё", 30.0, 18.0, 16.0, [0, 0, 0]);
        let png = canvas.png();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(png[16..24], [0, 0, 0, 40, 0, 0, 0, 20]);
        let length = u32::from_be_bytes(png[33..37].try_into().unwrap()) as usize;
        let mut rows = Vec::new();
        flate2::read::ZlibDecoder::new(&png[41..41 + length]).read_to_end(&mut rows).unwrap();
        assert_eq!(rows.len(), 20 * (40 * 3 + 1));
        assert_eq!(rows[1..4], [12, 90, 69], "the first pixel lies in the shape");
        assert!(png.ends_with(b"IEND\xae\x42\x60\x82"));
    }
}
