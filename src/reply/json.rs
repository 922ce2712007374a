//! The reply as programs read it: one JSON object, keys absent where empty.

use crate::{Attachment, Question, Reply, Table};
use serde_json::{Map, Value, json};

impl Reply {
    /// Text and dates are plain (see [`crate::Text::plain`]); an attachment's `bytes` is its size.
    pub fn to_json(&self) -> Value {
        let mut out = Object::default();
        out.text("id", &self.id);
        out.text("to", &self.to);
        out.text("tone", self.tone.as_str());
        out.text("title", &self.title_plain());
        out.text("text", &self.text_plain());
        out.list(
            "fields",
            self.fields.iter().map(|f| json!({ "name": f.name, "value": f.value.plain(&self.zone) })).collect(),
        );
        out.some("table", self.table.as_ref().map(table));
        out.some(
            "form",
            self.form.as_ref().map(|form| {
                let ask: Vec<Value> = form.ask.iter().map(question).collect();
                json!({ "title": form.title, "page": form.page, "of": form.of, "ask": ask })
            }),
        );
        out.list("actions", self.actions.iter().map(|a| json!(a)).collect());
        out.list("attachments", self.attachments.iter().map(attachment).collect());
        out.flag("public", self.public);
        out.some("code", self.code.as_ref().map(|v| json!(v)));
        out.some("reference", self.reference.as_ref().map(|v| json!(v)));
        out.some("job", self.job.as_ref().map(|v| json!(v)));
        out.some("replaces", self.replaces.as_ref().map(|v| json!(v)));
        out.flag("unasked", self.unasked);
        Value::Object(out.0)
    }
}

fn table(table: &Table) -> Value {
    json!({ "columns": table.columns, "rows": table.rows })
}

fn question(ask: &Question) -> Value {
    let mut out = Object::default();
    out.text("key", &ask.key);
    out.text("label", &ask.label);
    out.text("kind", &ask.kind);
    out.flag("required", ask.required);
    out.some("value", ask.value.as_ref().map(|v| json!(v)));
    out.list("choices", ask.choices.iter().map(|v| json!(v)).collect());
    out.list("hints", ask.hints.iter().map(|v| json!(v)).collect());
    out.some("more", (ask.more > 0).then(|| json!(ask.more)));
    out.some("error", ask.error.as_ref().map(|v| json!(v)));
    Value::Object(out.0)
}

fn attachment(file: &Attachment) -> Value {
    json!({ "name": file.name, "type": file.media_type, "bytes": file.bytes.len(), "alt": file.alt })
}

/// Leaves out what is empty.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn some(&mut self, key: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value);
        }
    }

    fn text(&mut self, key: &str, value: &str) {
        self.some(key, (!value.is_empty()).then(|| json!(value)));
    }

    fn list(&mut self, key: &str, value: Vec<Value>) {
        self.some(key, (!value.is_empty()).then_some(Value::Array(value)));
    }

    fn flag(&mut self, key: &str, value: bool) {
        self.some(key, value.then_some(Value::Bool(true)));
    }
}
