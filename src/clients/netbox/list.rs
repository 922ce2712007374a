//! Lists, page by page to their end, which must come whatever the server says.

use super::{
    Error, NetBox,
    fields::{self, Row},
    request::{Query, Request},
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;

/// Objects of a page: the most that NetBox gives unless its configuration says otherwise.
const PAGE: usize = 1000;
/// A server that gives fewer than this many objects a page is not read to the end of a long list.
const LEAST: usize = 20;
/// How often a list is read that changes under our hands.
const TRIES: usize = 3;

#[derive(Deserialize)]
struct Page {
    count: Option<usize>,
    next: Option<String>,
    results: Vec<Value>,
}

impl NetBox {
    /// All objects that fit, in the order of NetBox.
    pub(super) async fn list<T: Row>(&self, path: &str, query: Query) -> Result<Vec<T>, Error> {
        let rows = self.pages(path, query).await?;
        rows.iter().map(fields::read).collect()
    }

    /// The objects of all pages, each once.
    pub(super) async fn pages(&self, path: &str, query: Query) -> Result<Vec<Value>, Error> {
        let query = query.with("limit", PAGE);
        for _ in 1..TRIES {
            let (rows, was_steady) = self.pass(path, &query).await?;
            if was_steady {
                return Ok(rows);
            }
        }
        // It never stands still: what was seen last is as good as anything.
        self.pass(path, &query).await.map(|(rows, _)| rows)
    }

    /// The first objects of a list, at most so many.
    pub(super) async fn first(&self, path: &str, query: Query, most: usize) -> Result<Vec<Value>, Error> {
        let (mut rows, mut next) = (Vec::new(), Some(query.with("limit", most)));
        while let Some(query) = next.take() {
            let answer = self.0.transport.send(&Request::get(path, query)).await?;
            let Page { next: link, results, .. } = fields::json(&answer.body)?;
            let is_more = !results.is_empty();
            rows.extend(results);
            // A server may give fewer a page than it is asked for.
            if is_more && rows.len() < most {
                next = link.as_deref().and_then(Query::of_link);
            }
        }
        rows.truncate(most);
        Ok(rows)
    }

    /// One pass over all pages, and whether the list was the same from the first to the last. A page begins after so
    /// many objects, so one that was deleted meanwhile makes another one slip through.
    async fn pass(&self, path: &str, first: &Query) -> Result<(Vec<Value>, bool), Error> {
        let (mut rows, mut ids, mut counts, mut asked) = (Vec::new(), HashSet::new(), HashSet::new(), Vec::new());
        let mut next = Some(first.clone());
        while let Some(query) = next {
            // A page too many when the last one is full.
            if asked.contains(&query) || asked.len() > self.0.most / LEAST + 1 {
                return Err(Error::Garbage { why: "the pages of a list have no end".to_owned() });
            }
            let answer = self.0.transport.send(&Request::get(path, query.clone())).await?;
            asked.push(query);
            let Page { count, next: link, results } = fields::json(&answer.body)?;
            counts.extend(count);
            let before = rows.len();
            for row in results {
                let Some(id) = row.get("id").and_then(Value::as_u64) else {
                    return Err(Error::Garbage { why: "an object of a list has no id".to_owned() });
                };
                if ids.insert(id) {
                    rows.push(row);
                }
            }
            let most = self.0.most;
            if rows.len() > most || count.is_some_and(|c| c > most) {
                return Err(Error::TooMany { most });
            }
            next = match link {
                Some(_) if rows.len() == before => {
                    return Err(Error::Garbage { why: "a page of a list brings nothing new".to_owned() });
                }
                Some(link) => Some(Query::of_link(&link).ok_or_else(|| Error::Garbage {
                    why: "a page of a list names a next one without saying which".to_owned(),
                })?),
                None => None,
            };
        }
        Ok((rows, counts.len() <= 1))
    }
}
