//! The filter of a query (RFC 4791, 9.7): read from XML, and held against an object.

use super::{
    ics::{
        lines::{Component, Line},
        object,
        occur::{Happens, Instance, Range, alarms, instances},
        time::{self, When},
        zone::Zones,
    },
    no::No,
    xml::Element,
};

/// How text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Collation {
    Ascii,
    Octet,
    Unicode,
}

pub const COLLATIONS: [&str; 3] = ["i;ascii-casemap", "i;octet", "i;unicode-casemap"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Upper case.
    pub name: String,
    is_not_defined: bool,
    pub range: Option<Range>,
    props: Vec<PropFilter>,
    pub comps: Vec<Filter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct PropFilter {
    name: String,
    is_not_defined: bool,
    range: Option<Range>,
    text: Option<TextMatch>,
    params: Vec<ParamFilter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ParamFilter {
    name: String,
    is_not_defined: bool,
    text: Option<TextMatch>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct TextMatch {
    /// As it is compared.
    part: String,
    collation: Collation,
    is_negated: bool,
}

fn wrong(why: &str) -> No {
    No::caldav("valid-filter", why)
}

/// `start` and `end` of a time-range, an expand or the like.
pub fn range(element: &Element) -> Result<Range, No> {
    let at = |name: &str| match element.attribute(name) {
        None => Ok::<_, No>(None),
        Some(text) => {
            let at = time::utc(text).ok_or_else(|| wrong("start and end are times in UTC, like 20260101T000000Z"))?;
            Ok(Some(at))
        }
    };
    let range = Range { from: at("start")?, to: at("end")? };
    match (range.from, range.to) {
        (None, None) => Err(wrong("a range needs a start, an end, or both")),
        (Some(from), Some(to)) if from >= to => Err(wrong("a range ends after it starts")),
        _ => Ok(range),
    }
}

impl Filter {
    /// The filter of a query; its outermost component is the calendar.
    pub fn read(filter: &Element) -> Result<Self, No> {
        let mut all = filter.children.iter().filter(|c| c.is_caldav("comp-filter"));
        let (Some(one), None) = (all.next(), all.next()) else {
            return Err(wrong("a filter has one comp-filter, for VCALENDAR"));
        };
        let read = Self::component(one, 0)?;
        if read.name != "VCALENDAR" || read.range.is_some() {
            return Err(wrong("the outermost comp-filter is for VCALENDAR, without a time-range"));
        }
        Ok(read)
    }

    fn component(element: &Element, depth: usize) -> Result<Self, No> {
        if depth > 4 {
            return Err(wrong("no component has others in it so deep"));
        }
        let name = element.attribute("name").ok_or_else(|| wrong("a comp-filter has a name"))?.to_ascii_uppercase();
        let mut read = Self { name, is_not_defined: false, range: None, props: vec![], comps: vec![] };
        for child in &element.children {
            match child.name.local.as_str() {
                "is-not-defined" => read.is_not_defined = true,
                "time-range" => read.range = Some(range(child)?),
                "prop-filter" => read.props.push(PropFilter::read(child)?),
                "comp-filter" => read.comps.push(Self::component(child, depth + 1)?),
                _ => {}
            }
        }
        Ok(read)
    }

    /// The component that objects must have to fit, and the range, where they are all that is asked for. The flag says
    /// that component and range decide alone.
    pub fn simple(&self) -> Option<(&str, Option<Range>, bool)> {
        match self.comps.as_slice() {
            [one] if !one.is_not_defined && !self.is_not_defined && self.props.is_empty() => {
                let decides = one.props.is_empty() && one.comps.is_empty();
                Some((&one.name, one.range, decides))
            }
            _ => None,
        }
    }

    /// Whether anything at all is asked of the calendar.
    pub fn is_open(&self) -> bool {
        self.comps.is_empty() && self.props.is_empty() && !self.is_not_defined
    }

    pub fn fits(&self, calendar: &Component<'_>, zones: &Zones<'_>) -> bool {
        !self.is_not_defined
            && self.props.iter().all(|prop| prop.fits(calendar, zones))
            && self.comps.iter().all(|filter| filter.fits_in(calendar, zones))
    }

    /// Of the components of a calendar.
    fn fits_in<'a>(&self, calendar: &Component<'a>, zones: &Zones<'a>) -> bool {
        let all: Vec<&Component<'a>> = calendar.parts.iter().filter(|part| part.is(&self.name)).collect();
        if self.is_not_defined {
            return all.is_empty();
        }
        let needs_times = self.range.is_some() || self.comps.iter().any(|c| c.range.is_some());
        if !needs_times {
            return all.iter().any(|component| self.fits_one(component, None, zones));
        }
        let main = object::main(calendar);
        let is_main = all.iter().all(|one| main.iter().any(|m| std::ptr::eq(*m, *one)));
        if !is_main {
            return false;
        }
        // An alarm goes off before its event: with a range of their own, alarms are looked for in all of them.
        let times = instances(&all, zones, self.range.unwrap_or_else(|| self.around()));
        times.iter().any(|instance| self.fits_one(instance.component, Some(instance), zones))
    }

    /// Where events may be whose alarms are in a range.
    fn around(&self) -> Range {
        const MONTHS: i64 = 92 * 86_400;
        let range = self.comps.iter().find_map(|c| c.range).unwrap_or_default();
        Range { from: range.from.map(|from| from - MONTHS), to: range.to.map(|to| to + MONTHS) }
    }

    fn fits_one<'a>(&self, component: &Component<'a>, instance: Option<&Instance<'_, 'a>>, zones: &Zones<'a>) -> bool {
        self.props.iter().all(|prop| prop.fits(component, zones))
            && self.comps.iter().all(|filter| filter.fits_alarm(component, instance, zones))
    }

    /// Of what is in an event: alarms.
    fn fits_alarm<'a>(&self, outer: &Component<'a>, instance: Option<&Instance<'_, 'a>>, zones: &Zones<'a>) -> bool {
        let mut all = outer.parts.iter().filter(|part| part.is(&self.name)).peekable();
        if self.is_not_defined {
            return all.peek().is_none();
        }
        all.any(|alarm| {
            let is_in = match (self.range, instance) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(range), Some(instance)) => {
                    let times = alarms(alarm, instance.happens, zones);
                    times.into_iter().any(|at| Happens::Span(at, at).is_in(range))
                }
            };
            is_in && self.props.iter().all(|prop| prop.fits(alarm, zones))
        })
    }
}

impl PropFilter {
    fn read(element: &Element) -> Result<Self, No> {
        let name = element.attribute("name").ok_or_else(|| wrong("a prop-filter has a name"))?.to_owned();
        let mut read = Self { name, is_not_defined: false, range: None, text: None, params: vec![] };
        for child in &element.children {
            match child.name.local.as_str() {
                "is-not-defined" => read.is_not_defined = true,
                "time-range" => read.range = Some(range(child)?),
                "text-match" => read.text = Some(TextMatch::read(child)?),
                "param-filter" => read.params.push(ParamFilter::read(child)?),
                _ => {}
            }
        }
        Ok(read)
    }

    fn fits<'a>(&self, component: &Component<'a>, zones: &Zones<'a>) -> bool {
        let mut all = component.all(&self.name).peekable();
        if self.is_not_defined {
            return all.peek().is_none();
        }
        all.any(|line| self.fits_line(line, zones))
    }

    fn fits_line<'a>(&self, line: &Line<'a>, zones: &Zones<'a>) -> bool {
        let is_in = self.range.is_none_or(|range| {
            When::of(line).is_some_and(|when| {
                let at = zones.moment(&when);
                Happens::Span(at, at).is_in(range)
            })
        });
        is_in
            && self.text.as_ref().is_none_or(|text| text.fits(&line.text()))
            && self.params.iter().all(|param| param.fits(line))
    }
}

impl ParamFilter {
    fn read(element: &Element) -> Result<Self, No> {
        let name = element.attribute("name").ok_or_else(|| wrong("a param-filter has a name"))?.to_owned();
        let is_not_defined = element.children.iter().any(|c| c.is_caldav("is-not-defined"));
        let text = element.children.iter().find(|c| c.is_caldav("text-match")).map(TextMatch::read).transpose()?;
        Ok(Self { name, is_not_defined, text })
    }

    fn fits(&self, line: &Line<'_>) -> bool {
        match line.param(&self.name) {
            None => self.is_not_defined,
            Some(value) => !self.is_not_defined && self.text.as_ref().is_none_or(|text| text.fits(value)),
        }
    }
}

impl TextMatch {
    fn read(element: &Element) -> Result<Self, No> {
        let collation = match element.attribute("collation") {
            None | Some("i;ascii-casemap" | "default") => Collation::Ascii,
            Some("i;octet") => Collation::Octet,
            Some("i;unicode-casemap") => Collation::Unicode,
            Some(_) => {
                let why = format!("text is compared by {}", COLLATIONS.join(", "));
                return Err(No::caldav("supported-collation", why));
            }
        };
        let is_negated = element.attribute("negate-condition").is_some_and(|negate| negate == "yes");
        Ok(Self { part: folded(&element.text, collation), collation, is_negated })
    }

    fn fits(&self, text: &str) -> bool {
        folded(text, self.collation).contains(&self.part) != self.is_negated
    }
}

fn folded(text: &str, collation: Collation) -> String {
    match collation {
        Collation::Ascii => text.to_ascii_lowercase(),
        Collation::Octet => text.to_owned(),
        Collation::Unicode => text.to_lowercase(),
    }
}
