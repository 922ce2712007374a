//! One call as a value: method, path, query, body. Nothing here sends anything.

use super::Etag;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Parameters of a query, in the order in which they are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query(pub(super) Vec<(Cow<'static, str>, String)>);

impl Query {
    pub(super) fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl ToString) -> Self {
        self.0.push((name.into(), value.to_string()));
        self
    }

    pub(super) fn with_some(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// A custom field and its value.
    pub(super) fn with_custom(self, field: Option<&(String, String)>) -> Self {
        match field {
            Some((name, value)) => self.with(format!("cf_{name}"), value),
            None => self,
        }
    }

    /// Of a link to another page: the host in it may be one that we do not know.
    pub(super) fn of_link(link: &str) -> Option<Self> {
        let (_, query) = link.split_once('?')?;
        let url = reqwest::Url::parse(&format!("http://x/?{query}")).ok()?;
        Some(Self(url.query_pairs().map(|(k, v)| (Cow::Owned(k.into_owned()), v.into_owned())).collect()))
    }
}

#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    /// `/api/ipam/prefixes/`: NetBox wants the slash at the end.
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) body: Option<Value>,
    /// Carry it out only while the object is the one that was read.
    pub(super) only_if: Option<Etag>,
    /// The media type that is to come back.
    pub(super) accept: &'static str,
}

impl Request {
    fn new(method: Method, path: &str) -> Self {
        let path = format!("/api/{path}/");
        Self { method, path, query: Query::default(), body: None, only_if: None, accept: "application/json" }
    }

    /// `path` is below `/api/`, without slashes around it.
    pub(super) fn get(path: &str, query: Query) -> Self {
        Self { query, ..Self::new(Method::GET, path) }
    }

    pub(super) fn post(path: &str, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::POST, path) }
    }

    pub(super) fn patch(path: &str, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::PATCH, path) }
    }

    pub(super) fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Deletes what a list names.
    pub(super) fn delete_all(path: &str, ids: &[u64]) -> Self {
        let body = ids.iter().map(|id| json!({"id": id})).collect();
        Self { body: Some(body), ..Self::new(Method::DELETE, path) }
    }

    pub(super) fn only_if(mut self, etag: Option<&Etag>) -> Self {
        self.only_if = etag.cloned();
        self
    }

    /// Whether sending it twice does no more than sending it once.
    pub(super) fn is_repeatable(&self) -> bool {
        self.method == Method::GET
    }

    /// As it is recorded: `{"system":"netbox","method":"GET","path":"/api/ipam/vrfs/","query":[["limit","1000"]],
    /// "body":null}`. There is no secret in it: the token is in a header.
    pub(super) fn record(&self) -> Value {
        json!({
            "system": "netbox", "method": self.method.as_str(), "path": self.path, "query": self.query.0,
            "body": self.body,
        })
    }
}

/// A body that holds what was said and nothing else.
#[derive(Debug, Default)]
pub(super) struct Body(Map<String, Value>);

impl Body {
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn with_some(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Left out when empty.
    pub(super) fn with_text(self, name: &str, text: &str) -> Self {
        if text.is_empty() { self } else { self.with(name, text) }
    }

    /// Tags by their slugs; left out when there are none.
    pub(super) fn with_tags(self, slugs: &[String]) -> Self {
        if slugs.is_empty() { self } else { self.with("tags", tags(slugs)) }
    }

    /// Custom fields that are not named keep their values; left out when there are none.
    pub(super) fn with_custom(self, fields: &Map<String, Value>) -> Self {
        if fields.is_empty() { self } else { self.with("custom_fields", fields.clone()) }
    }

    /// The interface that has it, as its type (`virtualization.vminterface`) and id.
    pub(super) fn with_assigned(self, to: Option<&(String, u64)>) -> Self {
        match to {
            Some((kind, id)) => self.with("assigned_object_type", kind.as_str()).with("assigned_object_id", *id),
            None => self,
        }
    }
}

/// Tags as they are written.
pub(super) fn tags(slugs: &[String]) -> Value {
    slugs.iter().map(|slug| json!({"slug": slug})).collect()
}

impl From<Body> for Value {
    fn from(body: Body) -> Self {
        Self::Object(body.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_gives_its_query_and_nothing_else() {
        let link = "http://10.0.0.9:8080/api/ipam/prefixes/?limit=1000&offset=1000&q=a%26b+c&vrf_id=null";
        let right = Query::default().with("limit", 1000).with("offset", 1000).with("q", "a&b c").with("vrf_id", "null");
        assert_eq!(Query::of_link(link), Some(right.clone()));
        assert_eq!(Query::of_link(&link.replace("http://10.0.0.9:8080", "")), Some(right));
        assert_eq!(Query::of_link("http://10.0.0.9/"), None);
    }

    #[test]
    fn a_record_has_all_but_the_token() {
        let request = Request::patch("ipam/ip-addresses/5", Body::default().with_text("dns_name", "a.lab").into());
        let record = r#"{"system":"netbox","method":"PATCH","path":"/api/ipam/ip-addresses/5/","query":[],"body":{"dns_name":"a.lab"}}"#;
        assert_eq!(request.record().to_string(), record);
        let request = Request::get("ipam/vrfs", Query::default().with("limit", 1000));
        let record =
            r#"{"system":"netbox","method":"GET","path":"/api/ipam/vrfs/","query":[["limit","1000"]],"body":null}"#;
        assert_eq!(request.record().to_string(), record);
    }
}
