//! Answers about several resources, as one document that is written as it goes.

use super::{
    props::{Ask, BASIC, KNOWN, Subject, value},
    xml::{DAV, Name, SPACES, empty, escape},
};

/// A document of answers about several resources, written as it goes.
pub struct Answers<'a> {
    out: String,
    user: &'a str,
    is_brief: bool,
}

impl<'a> Answers<'a> {
    pub fn new(user: &'a str, is_brief: bool) -> Self {
        let mut out = String::with_capacity(4096);
        out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus");
        out.push_str(SPACES);
        out.push('>');
        Self { out, user, is_brief }
    }

    /// What is asked for of a resource. `href` is encoded already.
    pub fn add(&mut self, href: &str, subject: &Subject<'_>, ask: &Ask) {
        self.open(href);
        let start = self.out.len();
        self.out.push_str("<D:propstat><D:prop>");
        let inner = self.out.len();
        let mut missing: Vec<&Name> = Vec::new();
        match ask {
            Ask::These(names) => {
                for name in names {
                    if !value(&mut self.out, subject, &name.space, &name.local, self.user) {
                        missing.push(name);
                    }
                }
            }
            Ask::All => {
                for local in BASIC {
                    value(&mut self.out, subject, DAV, local, self.user);
                }
            }
            Ask::Names => {
                let mut text = String::new();
                for (space, local) in KNOWN {
                    if value(&mut text, subject, space, local, self.user) {
                        empty(&mut self.out, &Name { space: space.to_owned(), local: local.to_owned() });
                    }
                }
            }
        }
        let is_nothing = self.out.len() == inner;
        if is_nothing && !missing.is_empty() && !self.is_brief {
            self.out.truncate(start);
        } else {
            self.out.push_str("</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>");
        }
        if !missing.is_empty() && !self.is_brief {
            self.out.push_str("<D:propstat><D:prop>");
            missing.iter().for_each(|name| empty(&mut self.out, name));
            self.out.push_str("</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>");
        }
        self.out.push_str("</D:response>");
    }

    /// An object's tag alone: what most of a long answer is.
    pub fn add_tag(&mut self, href: &str, etag: &str) {
        self.open(href);
        self.out.push_str("<D:propstat><D:prop><D:getetag>");
        escape(&mut self.out, etag);
        self.out.push_str("</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>");
    }

    /// A resource of which there is only a status to tell.
    pub fn add_status(&mut self, href: &str, status: &str, more: &str) {
        self.open(href);
        self.out.push_str("<D:status>HTTP/1.1 ");
        self.out.push_str(status);
        self.out.push_str("</D:status>");
        self.out.push_str(more);
        self.out.push_str("</D:response>");
    }

    /// Properties with a status of their own, as one that sets them is told.
    pub fn add_outcomes(&mut self, href: &str, outcomes: &[(&Name, &str)]) {
        self.open(href);
        for (name, status) in outcomes {
            self.out.push_str("<D:propstat><D:prop>");
            empty(&mut self.out, name);
            self.out.push_str("</D:prop><D:status>HTTP/1.1 ");
            self.out.push_str(status);
            self.out.push_str("</D:status></D:propstat>");
        }
        self.out.push_str("</D:response>");
    }

    fn open(&mut self, href: &str) {
        self.out.push_str("<D:response><D:href>");
        escape(&mut self.out, href);
        self.out.push_str("</D:href>");
    }

    pub fn done(mut self) -> String {
        self.out.push_str("</D:multistatus>\n");
        self.out
    }

    pub fn done_with_token(mut self, token: &str) -> String {
        self.out.push_str("<D:sync-token>");
        escape(&mut self.out, token);
        self.out.push_str("</D:sync-token>");
        self.done()
    }
}
