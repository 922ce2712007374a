//! One parameter of a call, stated in one line of a table: `int("cores").opt().from(1.0)`.

use std::ops::RangeInclusive;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    Integer,
    Number,
    Boolean,
    List,
    /// Another spelling of a property string's key.
    Alias(&'static str),
    /// `virtio=MAC`: the key is a value of `model`, its value is `macaddr`.
    Model,
}

/// The keys of a property string (`net0=virtio,bridge=vmbr0`), in groups so that several can share one.
#[derive(Debug)]
pub struct Property(pub &'static [&'static [Param]]);

impl Property {
    pub fn keys(&self) -> impl Iterator<Item = &'static Param> {
        self.0.iter().flat_map(|group| group.iter())
    }
}

/// A parameter, or a key of a property string. A name that ends with `[n]` stands for a numbered family.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    pub name: &'static str,
    pub kind: Type,
    pub optional: bool,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub min_len: Option<usize>,
    pub max_len: Option<usize>,
    pub one_of: &'static [&'static str],
    /// As `one_of`, written short: `("scsi", 30)` is `scsi0` to `scsi30`.
    pub one_of_numbered: &'static [(&'static str, u16)],
    pub format: Option<&'static str>,
    pub property: Option<&'static Property>,
    /// A pattern of the contract; `pattern::fits` knows what each means.
    pub pattern: Option<&'static str>,
    pub requires: Option<&'static str>,
    /// May be given without its key in a property string.
    pub is_default_key: bool,
    pub is_since_9: bool,
}

const fn plain(name: &'static str, kind: Type) -> Param {
    Param {
        name,
        kind,
        optional: false,
        min: None,
        max: None,
        min_len: None,
        max_len: None,
        one_of: &[],
        one_of_numbered: &[],
        format: None,
        property: None,
        pattern: None,
        requires: None,
        is_default_key: false,
        is_since_9: false,
    }
}

pub const fn text(name: &'static str) -> Param {
    plain(name, Type::Text)
}
pub const fn int(name: &'static str) -> Param {
    plain(name, Type::Integer)
}
pub const fn num(name: &'static str) -> Param {
    plain(name, Type::Number)
}
pub const fn flag(name: &'static str) -> Param {
    plain(name, Type::Boolean)
}
pub const fn list(name: &'static str) -> Param {
    plain(name, Type::List)
}
pub const fn alias(name: &'static str, of: &'static str) -> Param {
    plain(name, Type::Alias(of)).opt()
}
pub const fn model(name: &'static str) -> Param {
    plain(name, Type::Model).opt()
}

impl Param {
    pub const fn opt(mut self) -> Self {
        self.optional = true;
        self
    }
    pub const fn from(mut self, min: f64) -> Self {
        self.min = Some(min);
        self
    }
    pub const fn to(mut self, max: f64) -> Self {
        self.max = Some(max);
        self
    }
    pub const fn min_len(mut self, n: usize) -> Self {
        self.min_len = Some(n);
        self
    }
    pub const fn max_len(mut self, n: usize) -> Self {
        self.max_len = Some(n);
        self
    }
    pub const fn one_of(mut self, values: &'static [&'static str]) -> Self {
        self.one_of = values;
        self
    }
    pub const fn one_of_numbered(mut self, families: &'static [(&'static str, u16)]) -> Self {
        self.one_of_numbered = families;
        self
    }
    pub const fn format(mut self, name: &'static str) -> Self {
        self.format = Some(name);
        self
    }
    pub const fn property(mut self, keys: &'static Property) -> Self {
        self.property = Some(keys);
        self
    }
    pub const fn pattern(mut self, perl: &'static str) -> Self {
        self.pattern = Some(perl);
        self
    }
    pub const fn requires(mut self, other: &'static str) -> Self {
        self.requires = Some(other);
        self
    }
    pub const fn key(mut self) -> Self {
        self.is_default_key = true;
        self
    }
    pub const fn since_9(mut self) -> Self {
        self.is_since_9 = true;
        self
    }

    /// Every value that is allowed, when they can be counted.
    pub fn values(&self) -> Vec<String> {
        let numbered =
            self.one_of_numbered.iter().flat_map(|(family, last)| (0..=*last).map(move |n| format!("{family}{n}")));
        self.one_of.iter().map(|s| (*s).to_owned()).chain(numbered).collect()
    }

    /// True when `given` is this parameter, or a member of the family that it stands for (`net0` of `net[n]`).
    pub fn is_named(&self, given: &str) -> bool {
        let Some(family) = self.name.strip_suffix("[n]") else { return self.name == given };
        let Some(digits) = given.strip_prefix(family) else { return false };
        let plain = !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit())
            && (digits.len() == 1 || !digits.starts_with('0'));
        plain && digits.parse::<u16>().is_ok_and(|n| members(family).contains(&n))
    }
}

/// How far a family goes; the schema does not say.
fn members(family: &str) -> RangeInclusive<u16> {
    0..=match family {
        "net" | "ipconfig" => 31,
        "ide" | "serial" => 3,
        "parallel" => 2,
        "sata" => 5,
        "scsi" => 30,
        "virtio" | "hostpci" => 15,
        "usb" => 13,
        "numa" => 7,
        "virtiofs" => 9,
        _ => 255,
    }
}

pub const NODE: Param = text("node").format("pve-node");
pub const VMID: Param = int("vmid").from(100.0).to(999_999_999.0).format("pve-vmid");
pub const NEWID: Param = int("newid").from(100.0).to(999_999_999.0).format("pve-vmid");
pub const SNAPNAME: Param = text("snapname").max_len(40).format("pve-configid");
pub const SKIPLOCK: Param = flag("skiplock").opt();
pub const DIGEST: Param = text("digest").opt().max_len(40);
pub const UPID: Param = text("upid");
pub const STORAGE: Param = text("storage").format("pve-storage-id");
