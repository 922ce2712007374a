//! The models: what fields an object has, how each is written and read, what may be asked for.
//!
//! One [`Model`] per kind of object, in a file per application. Everything else (reading, writing, filters, deletion) goes
//! by these tables; what is peculiar to one model stands in `world/rules`.

mod dcim;
mod extras;
mod ipam;
mod others;
mod places;
mod virtualization;

use serde_json::Value;
use std::sync::LazyLock;

/// A kind of object.
#[derive(Debug)]
pub struct Model {
    /// `ipam.ipaddress`, as in `assigned_object_type`.
    pub kind: &'static str,
    /// `ipam/ip-addresses`, under `/api/`.
    pub path: &'static str,
    /// `IPAddress`, as in "No IPAddress matches the given query."
    pub class: &'static str,
    /// `IP address`.
    pub noun: &'static str,
    pub fields: &'static [Field],
    /// Fields of the short form, besides `id`, `url` and `display`.
    pub brief: &'static [&'static str],
    /// What a list is sorted by; `-` before a name turns it round.
    pub order: &'static [&'static str],
    /// Where `q` looks.
    pub search: &'static [&'static str],
    /// Fields of which no two objects may have the same value.
    pub unique: &'static [&'static str],
    /// Fields that may not be the same together; null is never the same as null.
    pub together: &'static [&'static [&'static str]],
    /// What a filter by name compares: `slug`, `name`, `rd`.
    pub handle: &'static str,
}

impl Model {
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// `ipam` of `ipam.ipaddress`.
    pub fn app(&self) -> &'static str {
        self.kind.split('.').next().unwrap_or_default()
    }

    /// `ipaddress` of `ipam.ipaddress`.
    pub fn name(&self) -> &'static str {
        self.kind.split('.').nth(1).unwrap_or_default()
    }

    pub fn has_custom_fields(&self) -> bool {
        self.fields.iter().any(|f| matches!(f.kind, Kind::CustomFields))
    }
}

/// What happens to an object when the one that it names is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The deletion is refused.
    Protects,
    Goes,
    Forgets,
}

type Choices = &'static [(&'static str, &'static str)];

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Characters at most; 0 is any number.
    Text(usize),
    Slug,
    /// A text that must be one of the colour's form.
    Color,
    /// Least, most, what it is by itself.
    Int(i64, i64, Option<i64>),
    Float(f64, f64),
    Flag(bool),
    /// Values with their labels, and which it is by itself; without one it may be null.
    Choice(Choices, Option<&'static str>),
    One(&'static str, Fate),
    Many(&'static str),
    Json,
    /// A list of kinds of objects.
    Kinds,
    /// The type of a generic reference; its id is `Id`. With the kinds that are allowed; none means any.
    TypeOf(&'static [&'static str]),
    IdOf,
    Address,
    Prefix,
    Mac,
    Dns,
    /// Pairs of numbers.
    Ranges,
    Created,
    Updated,
    Tags,
    CustomFields,
    /// Computed; cannot be written.
    Made,
    /// There is never anything else here: `null`, `[]`, `0`.
    Null,
    Empty,
    Zero,
}

#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub is_required: bool,
    pub is_nullable: bool,
    /// Whether a filter of its name exists.
    pub is_filter: bool,
    /// Whether a filter of its name with `_id` exists, if it names another object.
    pub is_id_filter: bool,
}

impl Field {
    const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }
    const fn nullable(mut self) -> Self {
        self.is_nullable = true;
        self
    }
    const fn unfiltered(mut self) -> Self {
        self.is_filter = false;
        self
    }
    const fn hidden(mut self) -> Self {
        self.is_filter = false;
        self.is_id_filter = false;
        self
    }
    /// Whether a body can set it.
    pub fn is_written(&self) -> bool {
        !matches!(self.kind, Kind::Created | Kind::Updated | Kind::Made | Kind::Null | Kind::Empty | Kind::Zero)
    }
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, is_required: false, is_nullable: false, is_filter: true, is_id_filter: true }
}
const fn text(name: &'static str, most: usize) -> Field {
    field(name, Kind::Text(most))
}
const fn long(name: &'static str) -> Field {
    field(name, Kind::Text(0)).unfiltered()
}
const fn slug() -> Field {
    field("slug", Kind::Slug).required()
}
const fn int(name: &'static str, least: i64, most: i64) -> Field {
    field(name, Kind::Int(least, most, None)).nullable()
}
const fn int_of(name: &'static str, least: i64, most: i64, usual: i64) -> Field {
    field(name, Kind::Int(least, most, Some(usual)))
}
const fn float(name: &'static str, least: f64, most: f64) -> Field {
    field(name, Kind::Float(least, most)).nullable()
}
const fn flag(name: &'static str, usual: bool) -> Field {
    field(name, Kind::Flag(usual))
}
const fn choice(name: &'static str, choices: Choices, usual: &'static str) -> Field {
    field(name, Kind::Choice(choices, Some(usual)))
}
const fn maybe(name: &'static str, choices: Choices) -> Field {
    field(name, Kind::Choice(choices, None)).nullable()
}
/// Another object, which cannot go while this one names it.
const fn one(name: &'static str, kind: &'static str) -> Field {
    field(name, Kind::One(kind, Fate::Protects))
}
/// The object that this one is a part of.
const fn part_of(name: &'static str, kind: &'static str) -> Field {
    field(name, Kind::One(kind, Fate::Goes)).required()
}
/// Another object that may go.
const fn loose(name: &'static str, kind: &'static str) -> Field {
    field(name, Kind::One(kind, Fate::Forgets)).nullable()
}
const fn many(name: &'static str, kind: &'static str) -> Field {
    field(name, Kind::Many(kind))
}
const fn json(name: &'static str) -> Field {
    field(name, Kind::Json).nullable().unfiltered()
}
const fn made(name: &'static str) -> Field {
    field(name, Kind::Made).unfiltered()
}
/// A computed number that there is a filter for.
const fn counted(name: &'static str) -> Field {
    field(name, Kind::Made)
}
const fn null(name: &'static str) -> Field {
    field(name, Kind::Null).unfiltered()
}
const fn empty(name: &'static str) -> Field {
    field(name, Kind::Empty).unfiltered()
}
const fn zero(name: &'static str) -> Field {
    field(name, Kind::Zero).unfiltered()
}
const fn type_of(name: &'static str, kinds: &'static [&'static str]) -> Field {
    field(name, Kind::TypeOf(kinds)).nullable()
}
const fn id_of(name: &'static str) -> Field {
    field(name, Kind::IdOf).nullable()
}

const DESCRIPTION: Field = text("description", 200);
const COMMENTS: Field = long("comments");
const OWNER: Field = null("owner");
const TAGS: Field = field("tags", Kind::Tags).unfiltered();
const CUSTOM_FIELDS: Field = field("custom_fields", Kind::CustomFields).unfiltered();
const CREATED: Field = field("created", Kind::Created).unfiltered();
const UPDATED: Field = field("last_updated", Kind::Updated).unfiltered();

const SCOPES: &[&str] = &["dcim.region", "dcim.sitegroup", "dcim.site", "dcim.location"];

/// Names with a slug: the smallest of models.
const NAMED: &[&str] = &["name", "slug", "description"];

static MODELS: LazyLock<Vec<&'static Model>> = LazyLock::new(|| {
    [places::MODELS, dcim::MODELS, ipam::MODELS, virtualization::MODELS, extras::MODELS, others::MODELS].concat()
});

pub fn all() -> &'static [&'static Model] {
    &MODELS
}

/// By `ipam.ipaddress`.
pub fn model(kind: &str) -> Option<&'static Model> {
    MODELS.iter().find(|m| m.kind == kind).copied()
}

/// Kinds of objects in the order of the tables; those without one come last.
pub fn sorted(kinds: &[Value]) -> Value {
    let mut kinds = kinds.to_vec();
    kinds.sort_by_key(|kind| MODELS.iter().position(|m| kind == m.kind).unwrap_or(usize::MAX));
    Value::Array(kinds)
}

/// The form of an address that is somebody's primary one.
pub fn ipam_primary() -> &'static [&'static str] {
    ipam::PRIMARY
}

/// By `ipam/ip-addresses`.
pub fn at(path: &str) -> Option<&'static Model> {
    MODELS.iter().find(|m| m.path == path).copied()
}
