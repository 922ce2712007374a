//! The patterns of the contract, each as a plain function: the Perl text is only the name by which tables ask for it.

type Fits = fn(&str) -> bool;

/// Whether the whole of `value` fits the pattern that the contract writes as `perl`. A pattern nobody told us about
/// fits nothing, so that it is found out at once.
pub fn fits(perl: &str, value: &str) -> bool {
    PATTERNS.iter().find(|(known, _)| *known == perl).is_some_and(|(_, fits)| fits(value))
}

#[cfg(test)]
pub fn is_known(perl: &str) -> bool {
    PATTERNS.iter().any(|(known, _)| *known == perl)
}

static PATTERNS: &[(&str, Fits)] = &[
    (r"(?^:^(?^:[^\s:/]+)\@(?^:[A-Za-z][A-Za-z0-9\.\-_]+)(?:!(?^:[A-Za-z][A-Za-z0-9\.\-_]+))?$)", full_user),
    (r"(?^:[A-Za-z][A-Za-z0-9\.\-_]+)", name_of_two),
    (r"\S+", |s| !s.is_empty() && !s.contains(char::is_whitespace)),
    (r"(ide|sata|scsi|virtio)\d+", |s| {
        ["ide", "sata", "scsi", "virtio"].iter().any(|f| s.strip_prefix(f).is_some_and(digits))
    }),
    (r"(?^:^(0x)[0-9a-fA-F]{16})", |s| s.strip_prefix("0x").is_some_and(|h| h.len() >= 16 && hex(&h[..16]))),
    (r"[a-zA-Z0-9\-]+", |s| some(s, |b| b.is_ascii_alphanumeric() || b == b'-')),
    (
        r"(pc|pc(-i440fx)?-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|q35|pc-q35-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|virt(?:-\d+(\.\d+)+)?(\+pve\d+)?)",
        machine,
    ),
    (r"(?^:\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*)", |s| s.split(';').all(range)),
    (r"(?^:\d+(?:;\d+)*)", |s| s.split(';').all(digits)),
    (r"/dev/parport\d+|/dev/usb/lp\d+", |s| {
        ["/dev/parport", "/dev/usb/lp"].iter().any(|f| s.strip_prefix(f).is_some_and(digits))
    }),
    (r"[A-Za-z0-9\-_\s]{,16}", |s| s.len() <= 16 && device_text(s)),
    (r"[A-Za-z0-9\-_\s]{,8}", |s| s.len() <= 8 && device_text(s)),
    (r"(/dev/[^,]+|socket)", |s| {
        s == "socket" || s.strip_prefix("/dev/").is_some_and(|d| !d.is_empty() && !d.contains(','))
    }),
    (r"(now|\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}:\d{1,2}:\d{1,2})?)", start_date),
    (
        r"(?^:(?:(?:(?^:(0x)?([0-9A-Fa-f]{4}):(0x)?([0-9A-Fa-f]{4})))|(?:(?^:(\d+)\-(\d+(\.\d+)*)))|[Ss][Pp][Ii][Cc][Ee]))",
        usb_host,
    ),
    (r"(?:[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}|[01])", |s| s == "0" || s == "1" || uuid(s)),
    (r"net\d+=\d+(,net\d+=\d+)*", |s| {
        s.split(',')
            .all(|p| p.strip_prefix("net").and_then(|p| p.split_once('=')).is_some_and(|(a, b)| digits(a) && digits(b)))
    }),
    (r"\+?\d+(\.\d+)?[KMGT]?", |s| size(s.strip_prefix('+').unwrap_or(s))),
    (r"0[0-7]{3}", |s| s.len() == 4 && s.starts_with('0') && s.bytes().all(|b| (b'0'..=b'7').contains(&b))),
    (r"(?^:[^\x00-\x08\x0a-\x1F\x7F]+)", |s| !s.is_empty() && printable(s)),
    (r"(?^:(?:\w+=[^\x00-\x08\x0a-\x1F\x7F]*)(?:\0\w+=[^\x00-\x08\x0a-\x1F\x7F]*)*)", |s| {
        s.split('\0').all(|p| p.split_once('=').is_some_and(|(k, v)| words(k) && printable(v)))
    }),
    (r"(?^:[a-zA-Z0-9_; ]+)", |s| some(s, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b';' | b' '))),
    (r"(?^:^(?:passthrough|[ug]:[0-9]+:[0-9]+:[1-9][0-9]*(?:;[ug]:[0-9]+:[0-9]+:[1-9][0-9]*)*)$)", |s| {
        s == "passthrough" || s.split(';').all(id_map)
    }),
    (
        r"(?^:(?^:(discard|lazytime|noatime|nodev|noexec|nosuid))(;(?^:(discard|lazytime|noatime|nodev|noexec|nosuid)))*)",
        |s| s.split(';').all(|o| ["discard", "lazytime", "noatime", "nodev", "noexec", "nosuid"].contains(&o)),
    ),
    (r"[-_.\w\d]+", |s| some(s, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))),
    ("[acdn]{1,4}", |s| (1..=4).contains(&s.len()) && s.bytes().all(|b| b"acdn".contains(&b))),
];

fn some(s: &str, each: impl Fn(u8) -> bool) -> bool {
    !s.is_empty() && s.bytes().all(each)
}

fn digits(s: &str) -> bool {
    some(s, |b| b.is_ascii_digit())
}

fn hex(s: &str) -> bool {
    some(s, |b| b.is_ascii_hexdigit())
}

fn words(s: &str) -> bool {
    some(s, |b| b.is_ascii_alphanumeric() || b == b'_')
}

fn printable(s: &str) -> bool {
    s.bytes().all(|b| b == b'\t' || (b >= 0x20 && b != 0x7f))
}

fn device_text(s: &str) -> bool {
    s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b.is_ascii_whitespace())
}

/// A realm's or token's name: a letter, then at least one of letters, digits, `.`, `-` and `_`.
pub fn name_of_two(s: &str) -> bool {
    s.len() >= 2
        && s.starts_with(|c: char| c.is_ascii_alphabetic())
        && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// `name@realm`.
pub fn user(s: &str) -> bool {
    s.rsplit_once('@').is_some_and(|(name, realm)| {
        !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == ':' || c == '/') && name_of_two(realm)
    })
}

/// `name@realm` or `name@realm!token`.
pub fn full_user(s: &str) -> bool {
    match s.split_once('!') {
        Some((name, token)) => user(name) && name_of_two(token),
        None => user(s),
    }
}

fn range(s: &str) -> bool {
    match s.split_once('-') {
        Some((from, to)) => digits(from) && digits(to),
        None => digits(s),
    }
}

/// Digits, maybe a fraction, maybe one of K, M, G and T.
pub fn size(s: &str) -> bool {
    let number = s.strip_suffix(['K', 'M', 'G', 'T']).unwrap_or(s);
    match number.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(number),
    }
}

pub fn uuid(s: &str) -> bool {
    let parts: Vec<&str> = s.split('-').collect();
    parts.len() == 5 && parts.iter().zip([8, 4, 4, 4, 12]).all(|(part, len)| part.len() == len && hex(part))
}

fn id_map(s: &str) -> bool {
    let parts: Vec<&str> = s.split(':').collect();
    matches!(parts.as_slice(), ["u" | "g", from, to, count]
        if digits(from) && digits(to) && digits(count) && !count.starts_with('0'))
}

fn start_date(s: &str) -> bool {
    let numbers = |text: &str, by: char, lens: [RangeLen; 3]| {
        let parts: Vec<&str> = text.split(by).collect();
        parts.len() == 3 && parts.iter().zip(lens).all(|(p, (min, max))| digits(p) && (min..=max).contains(&p.len()))
    };
    let (date, time) = s.split_once('T').map_or((s, None), |(d, t)| (d, Some(t)));
    s == "now"
        || (numbers(date, '-', [(4, 4), (1, 2), (1, 2)])
            && time.is_none_or(|t| numbers(t, ':', [(1, 2), (1, 2), (1, 2)])))
}

type RangeLen = (usize, usize);

fn usb_host(s: &str) -> bool {
    let id = |s: &str| {
        let s = s.strip_prefix("0x").unwrap_or(s);
        s.len() == 4 && hex(s)
    };
    s.eq_ignore_ascii_case("spice")
        || s.split_once(':').is_some_and(|(vendor, product)| id(vendor) && id(product))
        || s.split_once('-').is_some_and(|(bus, port)| digits(bus) && port.split('.').all(digits))
}

fn machine(s: &str) -> bool {
    let version = |s: &str, pxe: bool| {
        let s = if pxe { s.strip_suffix(".pxe").unwrap_or(s) } else { s };
        let s = match s.split_once("+pve") {
            Some((version, revision)) if digits(revision) => version,
            Some(_) => return false,
            None => s,
        };
        s.contains('.') && s.split('.').all(digits)
    };
    match s {
        "pc" | "q35" | "virt" => true,
        _ => {
            ["pc-i440fx-", "pc-q35-", "pc-"].iter().any(|p| s.strip_prefix(p).is_some_and(|v| version(v, true)))
                || s.strip_prefix("virt-").is_some_and(|v| version(v, false))
                || s.strip_prefix("virt+pve").is_some_and(digits)
        }
    }
}
