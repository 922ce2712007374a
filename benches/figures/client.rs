//! As little of an HTTP client as will do: what is measured is who answers.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let of = |line: &str| line.split_once(": ").is_some_and(|(key, _)| key.eq_ignore_ascii_case(name));
        self.head.lines().find(|line| of(line)).and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
    }
}

/// A connection that stays.
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        Self { stream: BufReader::with_capacity(1 << 16, stream) }
    }

    pub fn ask(&mut self, request: &str) -> Answer {
        self.stream.get_mut().write_all(request.as_bytes()).expect("it reads");
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.stream.read_line(&mut head).expect("it answers"), 0, "it hung up after {head}");
        }
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let mut answer = Answer { status, head, body: vec![] };
        if !matches!(status, 204 | 304) {
            let length = answer.header("content-length").parse().expect("it says how long it is");
            answer.body.resize(length, 0);
            self.stream.read_exact(&mut answer.body).expect("it answers");
        }
        answer
    }
}
