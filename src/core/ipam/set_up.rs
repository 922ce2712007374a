//! What direttore uses in NetBox where it is there: a tag on what it writes, and a custom field that names the job.
//!
//! The bot itself never makes them. Whoever has the shell does, by `direttore check --fix`.

use super::{Ipam, failure};
use direttore_clients::netbox::{CustomField, Error, NewCustomField};
use direttore_domain::{Failure, text};

/// What has the custom field.
const FIELD_OF: [&str; 2] = ["virtualization.virtualmachine", "ipam.ipaddress"];
const FIELD_KIND: &str = "text";
const COLOUR: &str = "2a7f9e";

/// How one of them stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    There,
    Missing,
    /// It is there and cannot be used: why, as a clause.
    Wrong(String),
}

/// How NetBox is set up for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetUp {
    pub tag: Part,
    pub field: Part,
}

impl SetUp {
    pub fn is_missing_any(&self) -> bool {
        self.tag == Part::Missing || self.field == Part::Missing
    }
}

/// Something that was to be made.
#[derive(Debug, Clone)]
pub struct Made {
    /// `the tag direttore`.
    pub what: String,
    pub outcome: Result<(), Failure>,
    /// What to do about a failure; empty when there is none.
    pub advice: String,
}

/// Whether the field can be filled: NetBox refuses a record with a field that is not of its kind.
pub(super) fn is_usable(field: &CustomField) -> bool {
    wrong_with(field).is_none()
}

fn wrong_with(field: &CustomField) -> Option<String> {
    if field.kind != FIELD_KIND && field.kind != "longtext" {
        return Some(format!("it is of type {}, not {FIELD_KIND}", field.kind));
    }
    let missing = FIELD_OF.iter().filter(|kind| !field.object_types.iter().any(|t| t == *kind));
    let missing: Vec<String> = missing.map(|kind| (*kind).to_owned()).collect();
    (!missing.is_empty()).then(|| format!("{} does not have it", text::list(&missing)))
}

impl Ipam {
    /// How tag and custom field stand.
    ///
    /// # Errors
    /// NetBox' own.
    pub async fn set_up(&self) -> Result<SetUp, Error> {
        let (tag, field) = futures::try_join!(
            self.client.tag(&self.settings.tag),
            self.client.custom_field(&self.settings.job_field)
        )?;
        Ok(SetUp {
            tag: if tag.is_some() { Part::There } else { Part::Missing },
            field: match field.as_ref().map(wrong_with) {
                None => Part::Missing,
                Some(None) => Part::There,
                Some(Some(why)) => Part::Wrong(why),
            },
        })
    }

    /// Their names, for people: the tag's and the field's.
    pub fn set_up_names(&self) -> (String, String) {
        (format!("the tag {}", self.settings.tag), format!("the custom field {}", self.settings.job_field))
    }

    /// Makes what is missing, one after another. What somebody else makes meanwhile is there, too.
    pub async fn make_missing(&self, seen: &SetUp) -> Vec<Made> {
        let (tag, field) = self.set_up_names();
        let mut all = Vec::new();
        if seen.field == Part::Missing {
            let new = NewCustomField {
                name: self.settings.job_field.clone(),
                label: "direttore job".to_owned(),
                kind: FIELD_KIND.to_owned(),
                object_types: FIELD_OF.map(str::to_owned).to_vec(),
                description: "The job of direttore that wrote this".to_owned(),
            };
            all.push(made(field, "extras.customfield", self.client.create_custom_field(&new).await));
        }
        if seen.tag == Part::Missing {
            let slug = &self.settings.tag;
            let created = self.client.create_tag(slug, slug, COLOUR, "Written by direttore").await;
            all.push(made(tag, "extras.tag", created));
        }
        all
    }
}

fn made<T>(what: String, object_type: &str, created: Result<T, Error>) -> Made {
    match created {
        Ok(_) | Err(Error::Duplicate { .. }) => Made { what, outcome: Ok(()), advice: String::new() },
        Err(error) => {
            let advice = match &error {
                Error::Denied { .. } => {
                    format!(
                        "give the token's user add on {object_type} and let the token write, or make {what} by hand"
                    )
                }
                error if error.may_have_been_done() => "run it again: it may have been made all the same".to_owned(),
                _ => "run it again when NetBox takes it".to_owned(),
            };
            Made { what, outcome: Err(failure(&error)), advice }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_the_wrong_kind_is_not_filled() {
        let field = |kind: &str, of: &[&str]| CustomField {
            id: 1,
            name: "direttore_job".to_owned(),
            kind: kind.to_owned(),
            object_types: of.iter().map(|t| (*t).to_owned()).collect(),
        };
        assert!(is_usable(&field("text", &FIELD_OF)) && is_usable(&field("longtext", &FIELD_OF)));
        assert_eq!(wrong_with(&field("integer", &FIELD_OF)).as_deref(), Some("it is of type integer, not text"));
        let half = wrong_with(&field("text", &["ipam.ipaddress", "ipam.prefix"]));
        assert_eq!(half.as_deref(), Some("virtualization.virtualmachine does not have it"));
    }

    #[test]
    fn what_is_there_by_now_was_made() {
        let there = made("the tag x".to_owned(), "extras.tag", Err::<(), _>(Error::Duplicate { why: "slug".into() }));
        assert!(there.outcome.is_ok() && there.advice.is_empty());
        let denied = made("the tag x".to_owned(), "extras.tag", Err::<(), _>(Error::Denied { why: "no".into() }));
        assert!(denied.outcome.is_err() && denied.advice.contains("add on extras.tag"), "{}", denied.advice);
    }
}
