//! What a message says: pure.

use super::{
    super::error::{Error, RpcError},
    Capabilities,
};
use crate::said::tidy;
use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesStart, Event},
};

/// What a server can do, from its `hello`.
pub(super) fn capabilities(hello: &str) -> Result<Capabilities, Error> {
    let mut found = Capabilities::default();
    let mut is_hello = false;
    walk(hello, |path, event| {
        is_hello |= path.first().is_some_and(|p| p == "hello");
        if let Event::Text(text) = event
            && path.last().is_some_and(|p| p == "capability")
        {
            let uri = text.trim();
            let named =
                |name: &str| uri.strip_prefix("urn:ietf:params:netconf:").is_some_and(|rest| rest.starts_with(name));
            found.chunks |= named("base:1.1");
            found.candidate |= named("capability:candidate:");
            found.validate |= named("capability:validate:");
            found.confirmed_commit |= named("capability:confirmed-commit:");
            found.persist |= named("capability:confirmed-commit:1.1");
        }
    })?;
    if is_hello { Ok(found) } else { Err(Error::Garbage { why: format!("it should be a hello: {}", tidy(hello)) }) }
}

/// Whether a message is the reply to this one of ours. A reply that has lost the number can be to no other.
pub(super) fn is_answer_to(message: &str, id: u64) -> Result<bool, Error> {
    let mut is_reply = None;
    walk(message, |path, event| {
        if let ([one], Event::Start(start)) = (path, event)
            && one == "rpc-reply"
        {
            let number = start.attributes().flatten().find(|a| a.key.local_name().as_ref() == "message-id");
            is_reply = Some(number.is_none_or(|n| *n.value == *id.to_string()));
        }
    })?;
    is_reply.ok_or_else(|| Error::Garbage { why: format!("it should be an rpc-reply: {}", tidy(message)) })
}

/// The first error of a reply; warnings are none.
pub(super) fn errors(reply: &str) -> Result<(), Error> {
    let mut all: Vec<RpcError> = Vec::new();
    walk(reply, |path, event| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match (path.as_slice(), event) {
            (["rpc-reply", .., "rpc-error"], Event::Start(_)) => all.push(RpcError::default()),
            (
                [.., "rpc-error", field] | [.., "rpc-error", "error-info", field],
                Event::Text(_) | Event::GeneralRef(_),
            ) => {
                let Some(error) = all.last_mut() else { return };
                let into = match *field {
                    "error-type" => &mut error.kind,
                    "error-tag" => &mut error.tag,
                    "error-severity" => &mut error.severity,
                    "error-message" => error.message.get_or_insert_default(),
                    "error-path" => error.path.get_or_insert_default(),
                    "session-id" => error.session.get_or_insert_default(),
                    _ => return,
                };
                // A text comes in pieces around what was escaped in it.
                match event {
                    Event::Text(text) => into.push_str(text),
                    Event::GeneralRef(name) => into.push_str(&unescape(&format!("&{};", &**name)).unwrap_or_default()),
                    _ => {}
                }
            }
            _ => {}
        }
    })?;
    all.into_iter().find(|e| e.severity.trim() != "warning").map_or(Ok(()), |e| Err(Error::Rpc(Box::new(tidied(e)))))
}

fn tidied(e: RpcError) -> RpcError {
    let short = |text: Option<String>| text.map(|t| tidy(&t));
    RpcError {
        kind: tidy(&e.kind),
        tag: tidy(&e.tag),
        severity: tidy(&e.severity),
        message: short(e.message),
        path: short(e.path),
        session: short(e.session),
    }
}

/// What stands within `<data>`.
pub(super) fn data(reply: &str) -> Result<String, Error> {
    inner(reply, &["rpc-reply", "data"])?
        .ok_or_else(|| Error::Garbage { why: format!("it should have data: {}", tidy(reply)) })
}

/// What is to be put into `<config>`: the text itself, or what stands in its own such element.
pub(super) fn within_config(text: &str) -> Result<String, Error> {
    let wrong = |e: Error| match e {
        Error::Garbage { why } => Error::Settings(format!("the configuration is no XML: {why}")),
        other => other,
    };
    let own = inner(text, &["config"]).map_err(wrong)?;
    Ok(own.unwrap_or_else(|| without_declaration(text).to_owned()))
}

fn without_declaration(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map_or(text, |(_, rest)| rest.trim())
}

/// The text within the element at a path, as it was written.
fn inner(text: &str, path: &[&str]) -> Result<Option<String>, Error> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    let mut begin = None;
    loop {
        let before = usize::try_from(reader.buffer_position()).expect("it is a place in memory");
        match reader.read_event().map_err(|e| garbage(&e))? {
            Event::Start(start) => {
                open.push(local(&start));
                if begin.is_none() && open.iter().map(String::as_str).eq(path.iter().copied()) {
                    begin = Some(usize::try_from(reader.buffer_position()).expect("it is a place in memory"));
                }
            }
            Event::Empty(start) => {
                open.push(local(&start));
                if begin.is_none() && open.iter().map(String::as_str).eq(path.iter().copied()) {
                    return Ok(Some(String::new()));
                }
                open.pop();
            }
            Event::End(_) => {
                if let Some(begin) = begin
                    && open.len() == path.len()
                {
                    return Ok(Some(text[begin..before].trim_matches('\n').to_owned()));
                }
                open.pop();
            }
            Event::Eof if open.is_empty() => return Ok(None),
            Event::Eof => return Err(Error::Garbage { why: format!("<{}> does not end", open.join("><")) }),
            _ => {}
        }
    }
}

/// Tells each event with the names around it, without their prefixes.
fn walk(text: &str, mut see: impl FnMut(&[String], &Event<'_>)) -> Result<(), Error> {
    let mut reader = Reader::from_str(text.trim_start());
    reader.config_mut().expand_empty_elements = true;
    let mut path: Vec<String> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|e| garbage(&e))?;
        if let Event::Start(start) = &event {
            path.push(local(start));
        }
        see(&path, &event);
        match event {
            Event::End(_) => drop(path.pop()),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn local(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

fn garbage(e: &quick_xml::Error) -> Error {
    Error::Garbage { why: tidy(&e.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_told() {
        let hello = "<?xml version=\"1.0\"?><nc:hello xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><nc:capabilities>\
            <nc:capability>urn:ietf:params:netconf:base:1.1</nc:capability>\
            <nc:capability>\n urn:ietf:params:netconf:capability:confirmed-commit:1.1 </nc:capability>\
            <nc:capability>urn:ietf:params:netconf:capability:candidate:1.0</nc:capability></nc:capabilities></nc:hello>";
        let right =
            Capabilities { chunks: true, candidate: true, validate: false, confirmed_commit: true, persist: true };
        assert_eq!(capabilities(hello), Ok(right));
        assert!(capabilities("<rpc-reply/>").is_err());
    }

    #[test]
    fn errors_keep_what_the_server_said() {
        let reply = "<rpc-reply message-id=\"7\"><rpc-error><error-type>protocol</error-type><error-tag>lock-denied</error-tag>\
            <error-severity>error</error-severity><error-path>/a:b</error-path><error-message xml:lang=\"en\">no &amp; never</error-message>\
            <error-info><session-id>12</session-id></error-info></rpc-error></rpc-reply>";
        let Err(Error::Rpc(e)) = errors(reply) else { panic!("it is an error") };
        assert_eq!(
            (e.tag.as_str(), e.session.as_deref(), e.path.as_deref()),
            ("lock-denied", Some("12"), Some("/a:b"))
        );
        assert!(e.to_string().contains("never") && e.to_string().contains("/a:b"), "{e}");
        assert_eq!(errors(&reply.replace(">error<", ">warning<")), Ok(()));
        assert_eq!(errors("<rpc-reply><ok/></rpc-reply>"), Ok(()));
    }

    #[test]
    fn replies_are_told_by_their_number() {
        assert_eq!(is_answer_to("<rpc-reply message-id=\"7\"><ok/></rpc-reply>", 7), Ok(true));
        assert_eq!(is_answer_to("<rpc-reply message-id=\"6\"/>", 7), Ok(false));
        assert_eq!(is_answer_to("<rpc-reply/>", 7), Ok(true));
        assert!(is_answer_to("<notification/>", 7).is_err());
    }

    #[test]
    fn data_and_config_are_taken_as_they_were_written() {
        assert_eq!(
            data("<rpc-reply><data>\n<a x='1'>&lt;<data/></a>\n</data></rpc-reply>").as_deref(),
            Ok("<a x='1'>&lt;<data/></a>")
        );
        assert_eq!(data("<rpc-reply><data/></rpc-reply>").as_deref(), Ok(""));
        assert!(data("<rpc-reply><ok/></rpc-reply>").is_err());
        assert_eq!(within_config("<?xml version='1.0'?>\n<a/><b/>").as_deref(), Ok("<a/><b/>"));
        assert_eq!(within_config("<config><a/></config>").as_deref(), Ok("<a/>"));
        assert!(matches!(within_config("<a><b></a>"), Err(Error::Settings(_))));
    }
}
