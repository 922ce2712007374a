//! From SVG to PNG, with the fonts that are built in and nothing from outside.

use super::DrawError;
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{ImageHrefResolver, Options, Tree, fontdb},
};
use skrifa::{
    FontRef, MetadataProvider,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};
use std::sync::{Arc, LazyLock};

static REGULAR: &[u8] = include_bytes!("../../../templates/pictures/fonts/DejaVuSansCondensed.ttf");
static BOLD: &[u8] = include_bytes!("../../../templates/pictures/fonts/DejaVuSansCondensed-Bold.ttf");
static STYLE: &str = include_str!("../../../templates/pictures/style.css");

/// Four bytes each while it is drawn.
const MOST_DOTS: u32 = 4_000_000;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    for font in [REGULAR, BOLD] {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(font)));
    }
    let family = fonts.faces().next().and_then(|face| face.families.first()).map(|(name, _)| name.clone());
    if let Some(family) = family {
        fonts.set_sans_serif_family(family);
    }
    Arc::new(fonts)
});

pub(super) fn png(name: &str, svg: &str) -> Result<Vec<u8>, DrawError> {
    let options = Options {
        font_family: "sans-serif".to_owned(),
        fontdb: Arc::clone(&FONTS),
        style_sheet: Some(STYLE.to_owned()),
        // A template has no images, and what came from data is escaped; should one get through, it is not loaded.
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|source| DrawError::Svg { name: name.to_owned(), source })?;
    let size = tree.size().to_int_size();
    let (wide, high) = (size.width(), size.height());
    let dots = wide.checked_mul(high).filter(|dots| *dots <= MOST_DOTS).and_then(|_| Pixmap::new(wide, high));
    let Some(mut dots) = dots else {
        return Err(DrawError::Size { name: name.to_owned(), wide, high, most: MOST_DOTS });
    };
    resvg::render(&tree, Transform::default(), &mut dots.as_mut());
    dots.encode_png().map_err(|source| DrawError::Png { name: name.to_owned(), source: Box::new(source) })
}

/// Whether the fonts have the character; both have the same.
pub(super) fn has(c: char) -> bool {
    static REGULAR_GLYPHS: LazyLock<Option<Charmap<'static>>> =
        LazyLock::new(|| FontRef::new(REGULAR).ok().map(|font| font.charmap()));
    REGULAR_GLYPHS.as_ref().is_some_and(|glyphs| glyphs.map(c).is_some())
}

/// How wide each character is drawn, in dots at that size.
pub(super) struct Widths<'a> {
    glyphs: Charmap<'a>,
    metrics: GlyphMetrics<'a>,
}

impl Widths<'static> {
    /// Nothing when the font cannot be read, which a test would see.
    pub(super) fn new(size: f32, is_bold: bool) -> Option<Self> {
        let font = FontRef::new(if is_bold { BOLD } else { REGULAR }).ok()?;
        let metrics = font.glyph_metrics(Size::new(size), LocationRef::default());
        Some(Self { glyphs: font.charmap(), metrics })
    }

    pub(super) fn of(&self, c: char) -> f32 {
        self.metrics.advance_width(self.glyphs.map(c).unwrap_or_default()).unwrap_or_default()
    }
}
