//! XML: read into a small tree, written as text. Types of documents and entities of one's own are refused, and so is
//! what is nested too deep.

use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
    name::ResolveResult,
    reader::NsReader,
};

pub const DAV: &str = "DAV:";
pub const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
pub const SERVER: &str = "http://calendarserver.org/ns/";
pub const APPLE: &str = "http://apple.com/ns/ical/";

const DEEPEST: usize = 24;
/// Elements of one request; a multiget of all objects of a large calendar has fewer.
const MOST: usize = 100_000;

/// A name with its namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    pub space: String,
    pub local: String,
}

impl Name {
    pub fn is(&self, space: &str, local: &str) -> bool {
        self.local == local && self.space == space
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    pub name: Name,
    /// By their local names.
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// All text directly in it.
    pub text: String,
}

impl Element {
    pub fn child(&self, space: &str, local: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name.is(space, local))
    }

    pub fn all<'e>(&'e self, space: &'e str, local: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |c| c.name.is(space, local))
    }

    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == local).map(|(_, value)| value.as_str())
    }

    pub fn is_dav(&self, local: &str) -> bool {
        self.name.is(DAV, local)
    }

    pub fn is_caldav(&self, local: &str) -> bool {
        self.name.is(CALDAV, local)
    }
}

/// The root of a document. `None` for an empty one.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn read(bytes: &[u8]) -> Result<Option<Element>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the body is no UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Ok(None);
    }
    let mut reader = NsReader::from_str(text);
    let (mut open, mut root, mut count) = (Vec::<Element>::new(), None::<Element>, 0);
    loop {
        let (space, event) = reader.read_resolved_event().map_err(|e| format!("the body is no XML: {e}"))?;
        let space = match space {
            ResolveResult::Bound(namespace) => String::from(namespace.into_inner()),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(prefix) => {
                return Err(format!("the prefix {prefix} is bound to no namespace"));
            }
        };
        match event {
            Event::Start(start) => {
                count += 1;
                if open.len() >= DEEPEST || count > MOST {
                    return Err("the body is nested too deep, or has too much in it".to_owned());
                }
                open.push(element(&start, space)?);
            }
            Event::Empty(start) => {
                count += 1;
                let element = element(&start, space)?;
                close(element, &mut open, &mut root)?;
            }
            Event::End(_) => {
                let ended = open.pop().ok_or("the body is no XML")?;
                close(ended, &mut open, &mut root)?;
            }
            Event::Text(text) => add(&mut open, &text.xml10_content())?,
            Event::CData(text) => add(&mut open, &text.xml10_content())?,
            Event::GeneralRef(named) => {
                let resolved = named.resolve_char_ref().map_err(|e| format!("the body is no XML: {e}"))?;
                let c = match (resolved, &*named.xml10_content()) {
                    (Some(c), _) => c,
                    (None, "amp") => '&',
                    (None, "lt") => '<',
                    (None, "gt") => '>',
                    (None, "quot") => '"',
                    (None, "apos") => '\'',
                    (None, other) => return Err(format!("the entity {other} is not known here")),
                };
                add(&mut open, c.encode_utf8(&mut [0; 4]))?;
            }
            Event::DocType(_) => return Err("a type of document (DTD) is not read here".to_owned()),
            Event::Eof => break,
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
        }
    }
    if !open.is_empty() {
        return Err("the body ends before its end".to_owned());
    }
    root.map(Some).ok_or_else(|| "there is no element in the body".to_owned())
}

fn element(start: &BytesStart<'_>, space: String) -> Result<Element, String> {
    let text = |bytes: &str| bytes.to_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| format!("the body is no XML: {e}"))?;
        let value =
            attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| format!("the body is no XML: {e}"))?;
        attributes.push((text(attribute.key.local_name().into_inner()), value.into_owned()));
    }
    let name = Name { space, local: text(start.local_name().into_inner()) };
    Ok(Element { name, attributes, ..Element::default() })
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), String> {
    match open.last_mut() {
        Some(outer) => outer.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err("there is more than one element at the root of the body".to_owned()),
    }
    Ok(())
}

fn add(open: &mut [Element], text: &str) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err("there is text outside of the elements of the body".to_owned()),
    }
    Ok(())
}

/// Adds text, escaped. Characters that XML cannot have are left out.
pub fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A reader would make a line feed of it, and the text another one.
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
}

/// The prefix of a namespace in what is written here.
pub fn prefix(space: &str) -> Option<&'static str> {
    match space {
        DAV => Some("D"),
        CALDAV => Some("C"),
        SERVER => Some("CS"),
        APPLE => Some("A"),
        _ => None,
    }
}

/// What is at the root of all that is written here.
pub const SPACES: &str = " xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" \
                          xmlns:CS=\"http://calendarserver.org/ns/\" xmlns:A=\"http://apple.com/ns/ical/\"";

/// Adds an element without content.
pub fn empty(out: &mut String, name: &Name) {
    match prefix(&name.space) {
        Some(prefix) => {
            out.push('<');
            out.push_str(prefix);
            out.push(':');
            escape(out, &name.local);
        }
        None => {
            out.push_str("<X:");
            escape(out, &name.local);
            out.push_str(" xmlns:X=\"");
            escape(out, &name.space);
            out.push('"');
        }
    }
    out.push_str("/>");
}
