//! Colours, and the document around the drawing.

use plotters::style::{RGBAColor, RGBColor};
use quick_xml::escape::escape;

use super::figures::plain;

/// Light colours, each with what takes its place where the reader prefers dark ones. Each differs from every other, since
/// the style finds them by their value.
pub(super) const GROUND: RGBColor = RGBColor(0xff, 0xff, 0xff);
pub(super) const TEXT: RGBColor = RGBColor(0x1b, 0x24, 0x30);
pub(super) const QUIET: RGBColor = RGBColor(0x56, 0x61, 0x70);
pub(super) const GRID: RGBColor = RGBColor(0xe2, 0xe6, 0xec);
pub(super) const LINE: RGBColor = RGBColor(0x1d, 0x5f, 0xbf);
pub(super) const RISE: RGBColor = RGBColor(0x0b, 0x75, 0x48);
pub(super) const FALL: RGBColor = RGBColor(0xb3, 0x26, 0x1e);
pub(super) const ALERT: RGBColor = RGBColor(0x9a, 0x5b, 0x00);
pub(super) const SECOND: RGBColor = RGBColor(0x75, 0x48, 0xae);

const DARK: [(RGBColor, &str); 9] = [
    (GROUND, "#14191f"),
    (TEXT, "#e4e9ef"),
    (QUIET, "#9ba8b6"),
    (GRID, "#2b333d"),
    (LINE, "#74abff"),
    (RISE, "#4cc38a"),
    (FALL, "#ff8a80"),
    (ALERT, "#ffb84d"),
    (SECOND, "#c5a4ff"),
];

/// A colour through which what is behind it is seen.
pub(super) fn pale(colour: RGBColor, opacity: f64) -> RGBAColor {
    RGBAColor(colour.0, colour.1, colour.2, opacity)
}

/// The drawing with what is said of it to who does not see it, and with its dark colours.
pub(super) fn document(drawing: &str, title: &str, description: &str) -> String {
    let head = format!(
        "<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>{}</style>\n",
        escape(plain(title)),
        escape(plain(description)),
        style()
    );
    let Some((tag, rest)) = drawing.split_once('\n') else { return drawing.to_owned() };
    let tag = tag.replacen("<svg ", "<svg role=\"img\" aria-labelledby=\"title desc\" ", 1);
    format!("{tag}\n{head}{rest}")
}

/// Attributes give way to any style.
fn style() -> String {
    let rules = DARK.map(|(RGBColor(r, g, b), dark)| {
        let light = format!("#{r:02X}{g:02X}{b:02X}");
        format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
    });
    format!("@media (prefers-color-scheme: dark){{{}}}", rules.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_colour_stands_for_two() {
        let mut colours = DARK.map(|(RGBColor(r, g, b), _)| (r, g, b));
        colours.sort_unstable();
        assert!(colours.windows(2).all(|two| two[0] != two[1]));
    }

    #[test]
    fn what_is_said_is_text() {
        let drawn = document("<svg width=\"1\">\n</svg>\n", "a<b", "\"c\" & </desc><script>");
        assert!(
            drawn.starts_with(
                "<svg role=\"img\" aria-labelledby=\"title desc\" width=\"1\">\n<title id=\"title\">a&lt;b<"
            )
        );
        assert!(drawn.contains("&amp; &lt;/desc&gt;&lt;script&gt;</desc>"), "{drawn}");
        assert!(drawn.ends_with("</style>\n</svg>\n"));
    }
}
