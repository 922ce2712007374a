//! The ids of widgets: a verb, a version, the open question, and which widget of it. They say nothing that is trusted;
//! the question's state is in the database, so a button works after a restart.

/// Raised when widgets of an older form can no longer be answered.
const VERSION: &str = "1";

/// What a widget does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomId {
    /// A button: its label in the neutral reply.
    Press { on: String, label: String },
    /// A select: its question's key.
    Set { on: String, key: String },
    /// A button that opens the modal of all questions of a page.
    Write { on: String },
    /// That modal.
    Fill { on: String },
    /// The modal that asks for a part of a name.
    Find { on: String, key: String },
}

/// Why an id cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// Of another version of ours.
    Version,
    Unknown,
}

impl CustomId {
    pub fn parse(text: &str) -> Result<Self, Stale> {
        let mut parts = text.splitn(4, ':');
        let mut next = || parts.next().map(str::to_owned);
        let (Some(verb), Some(version), Some(on)) = (next(), next(), next()) else { return Err(Stale::Unknown) };
        if version != VERSION {
            return Err(Stale::Version);
        }
        let rest = next();
        match (verb.as_str(), rest) {
            ("press", Some(label)) => Ok(Self::Press { on, label }),
            ("set", Some(key)) => Ok(Self::Set { on, key }),
            ("write", None) => Ok(Self::Write { on }),
            ("fill", None) => Ok(Self::Fill { on }),
            ("find", Some(key)) => Ok(Self::Find { on, key }),
            _ => Err(Stale::Unknown),
        }
    }

    /// At most 100 characters, since ids and keys are ours and short.
    pub fn text(&self) -> String {
        match self {
            Self::Press { on, label } => format!("press:{VERSION}:{on}:{label}"),
            Self::Set { on, key } => format!("set:{VERSION}:{on}:{key}"),
            Self::Write { on } => format!("write:{VERSION}:{on}"),
            Self::Fill { on } => format!("fill:{VERSION}:{on}"),
            Self::Find { on, key } => format!("find:{VERSION}:{on}:{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_and_others_are_told_apart() {
        let (on, key) = ("q12".to_owned(), "nic1 ip".to_owned());
        for id in [
            CustomId::Press { on: on.clone(), label: "Yes".to_owned() },
            CustomId::Set { on: on.clone(), key: key.clone() },
            CustomId::Write { on: on.clone() },
            CustomId::Fill { on: on.clone() },
            CustomId::Find { on, key },
        ] {
            assert_eq!(CustomId::parse(&id.text()), Ok(id));
        }
        assert_eq!(CustomId::parse("press:0:q12:Yes"), Err(Stale::Version));
        for wrong in ["", "press", "press:1:q12", "jump:1:q12:Yes", "write:1:q12:x"] {
            assert_eq!(CustomId::parse(wrong), Err(Stale::Unknown), "{wrong}");
        }
    }
}
