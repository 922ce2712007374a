//! What is said: one neutral [`Reply`] for every surface, made from `templates/replies/*.j2`.
//!
//! A reply carries meaning, not looks: a tone, a title, text as spans, fields, a table, a form, buttons. Surfaces draw
//! it with the widgets they have. Data is escaped by default, so that a guest's name can never become markup, a
//! mention, a line or a column; markup comes only from a template's own words and from the filters in `filters.rs`.
//!
//! A picture says the same to the eye: [`draw`] makes it of `templates/pictures/`. What is sent to network devices is
//! made in [`device`].
//!
//! Must never know a surface, a database or the clock. Start at [`Reply`] for the shape, at [`render`] for the way
//! from a template to it; the template's form is described in `front.rs`, the markup in `markup.rs`,
//! pictures in `picture/mod.rs`.

pub mod device;
mod engine;
mod filters;
pub mod format;
mod front;
mod given;
mod json;
mod markup;
mod picture;
mod reply;
mod table;
mod text;
mod trouble;

#[cfg(test)]
mod tests;

pub use engine::{RenderError, Values, render, template_names};
pub use format::bytes;
pub use given::{Filled, Spoken};
pub use picture::{DrawError, draw};
pub use reply::{Attachment, Field, Form, Progress, Question, Reply, Standing, Tone};
pub use table::{Cell, Table};
pub use text::{Span, Text};
pub use trouble::{render_bug, render_failure, render_refusal, render_trouble};
