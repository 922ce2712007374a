//! What a device should say: a template over NetBox' data, or what NetBox renders itself; judged by models where there are
//! some for it.

use super::{Devices, Target, data::gather, find::name};
use crate::ipam::{Ipam, failure};
use direttore_clients::{
    device::{
        Platform,
        yang::{self, Form},
    },
    netbox::{self, Device},
};
use direttore_domain::{Failure, Instant, Refusal, Trouble, nearest::nearest, text};
use direttore_reply::device::{Rendered, Rows, TemplateError};
use std::{collections::BTreeMap, io::Write};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// A template of the device's platform; [`NETBOX`] is what NetBox renders.
    pub template: String,
    /// Names and values that the asker gave.
    pub vars: Vec<(String, String)>,
    /// What `now()` gives: the same text can be made again.
    pub at: Instant,
}

/// The template that is NetBox' own.
pub const NETBOX: &str = "netbox";

/// A text that a device should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    pub rendered: Rendered,
}

impl Devices {
    /// The templates there are for a platform.
    pub fn templates_of(&self, platform: &Platform) -> Vec<&str> {
        self.folder(platform).map(|folder| self.templates.of_platform(folder)).unwrap_or_default()
    }

    /// The templates of the platforms of these devices, by what people call the platform.
    pub fn templates_for<'r>(&self, rows: impl Iterator<Item = &'r Device>) -> BTreeMap<&'static str, Vec<&str>> {
        let platforms = rows.filter_map(|row| self.platform(row).ok());
        platforms.map(|platform| (platform.name, self.templates_of(platform))).collect()
    }

    /// The commands of a platform whose answers can be read as rows.
    pub fn tables_of(&self, platform: &Platform) -> Vec<String> {
        let of = |name: &str| Some(self.templates.tables_of(name)).filter(|all| !all.is_empty());
        names(platform).find_map(of).unwrap_or_default()
    }

    /// A command's answer as rows, masked or not; none where there is no template for the command.
    pub fn table(&self, platform: &Platform, command: &str, answer: &str) -> Option<Result<Rows, String>> {
        names(platform).find_map(|name| self.templates.table(name, command, answer))
    }

    /// Whoever has templates under the long and a short name of a platform means the long one.
    fn folder(&self, platform: &Platform) -> Option<&'static str> {
        names(platform).find(|name| !self.templates.of_platform(name).is_empty())
    }

    /// # Errors
    /// A template that there is not, or that does not render; a text that the models refuse.
    pub async fn render(&self, ipam: &Ipam, row: &Device, wanted: &Wanted) -> Result<Intent, Trouble> {
        let platform = self.platform(row)?;
        let rendered = if wanted.template == NETBOX {
            let told = ipam.client.rendered_config(row.id).await.map_err(|e| rendering(row, &e))?;
            Rendered::of(NETBOX, ended(told))
        } else {
            let has = self.templates_of(platform);
            let Some(folder) = self.folder(platform).filter(|_| has.contains(&wanted.template.as_str())) else {
                return Err(Refusal::NoSuch {
                    what: "device template",
                    given: wanted.template.clone(),
                    nearest: nearest(&wanted.template, has.iter().copied()).map(str::to_owned),
                    has: has.iter().map(|name| (*name).to_owned()).chain([NETBOX.to_owned()]).collect(),
                }
                .into());
            };
            let data = gather(ipam, row, &wanted.vars).await?;
            let full = format!("{folder}/{}", wanted.template);
            self.templates.render(&full, &data, wanted.at).map_err(|error| template(&wanted.template, &error))?
        };
        if rendered.text.trim().is_empty() {
            return Err(Refusal::NothingFits {
                what: format!("{}: it renders nothing for {}", wanted.template, name(row)),
            }
            .into());
        }
        self.judge(platform, &rendered.text).await?;
        Ok(Intent { rendered })
    }

    /// What models say of a structured text. A command line's cannot be judged.
    async fn judge(&self, platform: &Platform, text: &str) -> Result<(), Trouble> {
        let begin = text.trim_start();
        let form = match begin.as_bytes().first() {
            Some(b'<') => Form::Xml,
            Some(b'{' | b'[') => Form::Json,
            _ => return Ok(()),
        };
        let Some(models) = self.settings.models.get(platform.slug) else { return Ok(()) };
        let failed = |why: String| Failure::Upstream { peer: "yanglint".to_owned(), why };
        let mut file = tempfile::NamedTempFile::new().map_err(|e| failed(e.to_string()))?;
        file.write_all(text.as_bytes()).map_err(|e| failed(e.to_string()))?;
        let found = yang::judge(models, file.path(), form).await.map_err(|e| failed(e.to_string()))?;
        if found.is_empty() {
            return Ok(());
        }
        let said = found.iter().take(10).map(|v| match (&v.path, v.line) {
            (Some(path), _) => format!("{path}: {}", v.rule),
            (None, Some(line)) => format!("line {line}: {}", v.rule),
            (None, None) => v.rule.clone(),
        });
        let said: Vec<String> = said.collect();
        Err(Refusal::AgainstModels { models: models.display().to_string(), why: text::list(&said) }.into())
    }

    /// A target's text, as a reply shows it.
    pub fn shown(&self, target: &Target, intent: &Intent) -> String {
        self.masked(target.platform, &intent.rendered.text)
    }
}

/// What folders of templates are called: its slug, then the short ones.
fn names(platform: &Platform) -> impl Iterator<Item = &'static str> {
    [platform.slug].into_iter().chain(platform.also.iter().copied())
}

fn ended(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn rendering(row: &Device, error: &netbox::Error) -> Trouble {
    match error {
        netbox::Error::Refused { why, .. } => {
            Refusal::Template { name: format!("NetBox' own, for {}", name(row)), why: why.clone() }.into()
        }
        other => failure(other).into(),
    }
}

fn template(name: &str, error: &TemplateError) -> Trouble {
    Refusal::Template { name: name.to_owned(), why: error.to_string() }.into()
}
