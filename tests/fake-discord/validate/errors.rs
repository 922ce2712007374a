//! What is wrong with a body, in Discord's nested form.

use serde_json::{Map, Value, json};
use std::fmt;

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// `["data", "components", "0"]`
    pub path: Vec<String>,
    /// `BASE_TYPE_REQUIRED`
    pub code: String,
    pub message: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.path.join("."), self.message, self.code)
    }
}

/// All that is wrong with one body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors(pub Vec<Wrong>);

impl Errors {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn add(&mut self, path: &[String], code: &str, message: impl Into<String>) {
        self.0.push(Wrong { path: path.to_vec(), code: code.to_owned(), message: message.into() });
    }

    /// `Must be between 1 and 5 in length.`
    pub fn length(&mut self, path: &[String], min: usize, max: usize) {
        self.add(path, "BASE_TYPE_BAD_LENGTH", format!("Must be between {min} and {max} in length."));
    }

    pub fn required(&mut self, path: &[String]) {
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// `{"data": {"components": {"_errors": […]}}}`
    pub fn nested(&self) -> Value {
        let mut root = Map::new();
        for wrong in &self.0 {
            let mut at = &mut root;
            for key in &wrong.path {
                let next = at.entry(key.clone()).or_insert_with(|| json!({}));
                at = next.as_object_mut().expect("only objects are put there");
            }
            let list = at.entry("_errors").or_insert_with(|| json!([]));
            let list = list.as_array_mut().expect("only a list is put there");
            list.push(json!({"code": wrong.code, "message": wrong.message}));
        }
        Value::Object(root)
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(Wrong::to_string).collect();
        f.write_str(&all.join("; "))
    }
}

/// A longer path.
pub fn at(path: &[String], key: impl ToString) -> Vec<String> {
    let mut longer = path.to_vec();
    longer.push(key.to_string());
    longer
}
