//! The pages of a file: what a form asks, and the steps of a wizard.

use crate::{Opt, Page};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilePage {
    title: String,
    ask: Vec<String>,
    #[serde(default)]
    step: u32,
    repeat: Option<String>,
    /// As the option itself says; here so that the page can be read alone.
    at_most: Option<u32>,
}

/// One page that comes after `before`. `steps` is the command's, 0 for one that is no wizard.
///
/// # Errors
/// What is wrong.
pub(super) fn page(given: FilePage, options: &[Opt], steps: u32, before: Option<&Page>) -> Result<Page, String> {
    let FilePage { title, ask, step, repeat, at_most } = given;
    let asked: &[Opt] = match &repeat {
        None => options,
        Some(name) => {
            let Some(option) = options.iter().find(|o| o.name == *name && !o.parts.is_empty()) else {
                return Err(format!("repeat = {name:?} names no option with parts"));
            };
            if at_most.is_some() && at_most != option.at_most {
                return Err(format!("at_most is another number than that of {name}"));
            }
            &option.parts
        }
    };
    if repeat.is_none() && at_most.is_some() {
        return Err("at_most needs repeat".to_owned());
    }
    if let Some(lost) = ask.iter().find(|a| !asked.iter().any(|o| o.name == **a)) {
        return Err(format!("the page asks for {lost}, which is no option"));
    }
    if steps == 0 && (step > 0 || repeat.is_some()) {
        return Err("step and repeat are for wizards: the command has no steps".to_owned());
    }
    let least = before.map_or(1, |page| page.step.max(1));
    if steps > 0 && !(least..=steps).contains(&step) {
        return Err(format!("step is {least} to {steps} here"));
    }
    Ok(Page { title, ask, step, repeat })
}
