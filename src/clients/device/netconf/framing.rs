//! Where a message ends: `]]>]]>` for base:1.0, chunks for base:1.1 (RFC 6242, section 4).

use super::super::error::Error;
use crate::said::utf8;

const END: &[u8] = b"]]>]]>";

#[derive(Default)]
pub(super) struct Frames {
    bytes: Vec<u8>,
    chunks: bool,
    /// How far the mark was looked for in vain.
    looked: usize,
}

impl Frames {
    /// Once both sides have said base:1.1.
    pub(super) fn speak_chunks(&mut self) {
        self.chunks = true;
        self.looked = 0;
    }

    /// Where to read into.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(super) fn framed(&self, message: &str) -> String {
        if self.chunks { format!("\n#{}\n{message}\n##\n", message.len()) } else { format!("{message}]]>]]>") }
    }

    /// A whole message, if there is one.
    pub(super) fn next(&mut self) -> Result<Option<String>, Error> {
        if self.chunks { self.next_of_chunks() } else { Ok(self.next_to_mark()) }
    }

    fn next_to_mark(&mut self) -> Option<String> {
        let from = self.looked.saturating_sub(END.len());
        let found = self.bytes[from..].windows(END.len()).position(|w| w == END);
        self.looked = self.bytes.len();
        let end = from + found?;
        let message = utf8(&self.bytes[..end]).into_owned();
        self.bytes.drain(..end + END.len());
        self.looked = 0;
        Some(message)
    }

    fn next_of_chunks(&mut self) -> Result<Option<String>, Error> {
        let mut at = 0;
        let mut message = Vec::new();
        loop {
            let rest = &self.bytes[at..];
            // Some servers leave a line break behind the last frame.
            let Some(hash) = rest.iter().position(|b| *b == b'#') else {
                return if rest.len() > 16 { Err(wrong(rest)) } else { Ok(None) };
            };
            if !rest[..hash].iter().all(u8::is_ascii_whitespace) {
                return Err(wrong(rest));
            }
            let head = &rest[hash + 1..];
            let Some(line) = head.iter().position(|b| *b == b'\n') else {
                return if head.len() > 16 { Err(wrong(head)) } else { Ok(None) };
            };
            at += hash + 1 + line + 1;
            if &head[..line] == b"#" {
                self.bytes.drain(..at);
                return Ok(Some(utf8(&message).into_owned()));
            }
            let size = str::from_utf8(&head[..line]).ok().and_then(|n| n.trim().parse::<u32>().ok());
            let size = size.filter(|n| *n > 0).ok_or_else(|| wrong(head))? as usize;
            let Some(chunk) = self.bytes.get(at..at + size) else { return Ok(None) };
            message.extend_from_slice(chunk);
            at += size;
        }
    }
}

fn wrong(bytes: &[u8]) -> Error {
    let seen = crate::said::tidy(&utf8(&bytes[..bytes.len().min(60)]));
    Error::Garbage { why: format!("it should be a chunk of NETCONF: {seen}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_at_the_mark_however_they_arrive() {
        let mut frames = Frames::default();
        let sent = format!("{}{}", frames.framed("<a/>"), frames.framed("<b/>"));
        let mut got = Vec::new();
        for byte in sent.bytes() {
            frames.buffer().push(byte);
            got.extend(frames.next().expect("it is in order"));
        }
        assert_eq!(got, ["<a/>", "<b/>"]);
    }

    #[test]
    fn messages_are_made_of_chunks_however_they_arrive() {
        let mut frames = Frames::default();
        frames.speak_chunks();
        assert_eq!(frames.framed("<é/>"), "\n#5\n<é/>\n##\n");
        let mut got = Vec::new();
        for byte in "\n#3\n<a>\n#9\n]]>]]>#\n<\n#1\n/\n##\n\n#2\n<b\n#2\n/>\n##\n".bytes() {
            frames.buffer().push(byte);
            got.extend(frames.next().expect("it is in order"));
        }
        assert_eq!(got, ["<a>]]>]]>#\n</", "<b/>"]);
    }

    #[test]
    fn what_is_no_chunk_is_an_error() {
        for wrong in ["\n#0\n", "\n#x\nabc", "<rpc-reply/>#", "\n#99999999999\n", "no frame at all, and long"] {
            let mut frames = Frames::default();
            frames.speak_chunks();
            frames.buffer().extend_from_slice(wrong.as_bytes());
            assert!(matches!(frames.next(), Err(Error::Garbage { .. })), "{wrong:?}");
        }
    }
}
