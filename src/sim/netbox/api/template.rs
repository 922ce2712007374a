//! The least of Jinja that a config template of the lab needs: values by path, `for`, `if`, and nothing else.

use serde_json::Value;

enum Node {
    Text(String),
    Value(String),
    For { name: String, path: String, body: Vec<Node> },
    If { path: String, body: Vec<Node> },
}

/// # Errors
/// As the real one says it: the kind of the error and its words.
pub fn render(source: &str, context: &Value) -> Result<String, String> {
    let mut rest = source;
    let nodes = parse(&mut rest, None)?;
    let mut out = String::new();
    write(&nodes, &mut vec![("", context.clone())], &mut out)?;
    Ok(out)
}

/// Nodes up to the tag that ends them. A tag takes the line break behind it along, as with `trim_blocks`.
fn parse(rest: &mut &str, end: Option<&str>) -> Result<Vec<Node>, String> {
    let mut nodes = Vec::new();
    loop {
        let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).min() else {
            if let Some(end) = end {
                return Err(format!(
                    "TemplateSyntaxError: Unexpected end of template. Jinja was looking for: '{end}'."
                ));
            }
            nodes.push(Node::Text(std::mem::take(rest).to_owned()));
            return Ok(nodes);
        };
        nodes.push(Node::Text(rest[..at].to_owned()));
        let is_value = rest[at..].starts_with("{{");
        let close = if is_value { "}}" } else { "%}" };
        let inner = &rest[at + 2..];
        let stop = inner.find(close).ok_or("TemplateSyntaxError: unexpected end of template")?;
        let tag = inner[..stop].trim_matches(|c: char| c == '-' || c.is_whitespace()).to_owned();
        *rest = &inner[stop + 2..];
        if is_value {
            nodes.push(Node::Value(tag));
            continue;
        }
        *rest = rest.strip_prefix('\n').unwrap_or(rest);
        let words: Vec<&str> = tag.split_whitespace().collect();
        match words.as_slice() {
            ["for", name, "in", path] => {
                let body = parse(rest, Some("endfor"))?;
                nodes.push(Node::For { name: (*name).to_owned(), path: (*path).to_owned(), body });
            }
            ["if", path] => {
                let body = parse(rest, Some("endif"))?;
                nodes.push(Node::If { path: (*path).to_owned(), body });
            }
            [word] if Some(*word) == end => return Ok(nodes),
            _ => {
                return Err(format!(
                    "TemplateSyntaxError: Encountered unknown tag '{}'.",
                    words.first().unwrap_or(&"")
                ));
            }
        }
    }
}

type Scope<'a> = Vec<(&'a str, Value)>;

/// What a path means; the innermost name wins, and the last scope without a name is the context.
fn look(scope: &Scope<'_>, path: &str) -> Result<Value, String> {
    let path = path.trim_end_matches(".all()");
    let mut parts = path.split('.');
    let first = parts.next().unwrap_or_default();
    let named = scope.iter().rev().find(|(name, _)| *name == first).map(|(_, value)| value);
    let mut value = named.or_else(|| scope.first().and_then(|(_, context)| context.get(first))).cloned();
    let mut owner = first;
    for part in parts {
        let Some(there) = value else { return Err(format!("UndefinedError: '{owner}' is undefined")) };
        value = there.get(part).cloned();
        if value.is_none() && owner == "device" {
            return Err(format!("UndefinedError: 'dcim.models.devices.Device object' has no attribute '{part}'"));
        }
        owner = part;
    }
    Ok(value.unwrap_or_default())
}

fn write(nodes: &[Node], scope: &mut Scope<'_>, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Value(path) => match look(scope, path)? {
                Value::Null => {}
                Value::String(text) => out.push_str(&text),
                other => out.push_str(&crate::netbox::world::parse::python(&other)),
            },
            Node::For { name, path, body } => {
                let Value::Array(all) = look(scope, path)? else { continue };
                for value in all {
                    let mut inner: Scope<'_> = scope.clone();
                    inner.push((name, value));
                    write(body, &mut inner, out)?;
                }
            }
            Node::If { path, body } => {
                let value = look(scope, path)?;
                let is_empty = value.is_null() || value == false || value == "" || value == serde_json::json!([]);
                if !is_empty {
                    write(body, scope, out)?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::render;
    use serde_json::json;

    #[test]
    fn values_loops_and_conditions() {
        let context = json!({"device": {"name": "sw1", "ports": [{"n": "e1", "up": true}, {"n": "e2", "up": false}]}});
        let source = "host {{ device.name }}\n{% for p in device.ports %}\n{% if p.up %}\nport {{ p.n }}\n{% endif %}\n{% endfor %}\nend\n";
        assert_eq!(render(source, &context).as_deref(), Ok("host sw1\nport e1\nend\n"));
        assert_eq!(
            render("{{ device.nope.deeper }}", &context).expect_err("no such thing"),
            "UndefinedError: 'dcim.models.devices.Device object' has no attribute 'nope'"
        );
    }
}
