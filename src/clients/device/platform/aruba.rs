//! ArubaOS and AOS-CX.

use super::{CISCO_LIKE, Platform};

pub(super) static ARUBA: Platform = Platform {
    slug: "aruba_os",
    also: &["aruba_aoscx", "aoscx", "arubaos_cx", "hpe_aruba_os"],
    name: "Aruba",
    prompt: r"^(?P<base>\([\w.-]+\)|[A-Za-z0-9][\w.-]*)\s*(?:[*^]*\[[^\]]*\])?\s*(?:\([^()]*\))*\s*[>#]$",
    opening: &["no paging"],
    end: None,
    volatile: &[r"^;? ?(?:Generated|Last modified)"],
    ..CISCO_LIKE
};
