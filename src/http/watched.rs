//! What a connection is doing, as seen by what goes through it.

use crate::crowd::Waits;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// What a connection is doing. Only its own task looks at it and changes it.
#[derive(Debug)]
pub struct Life {
    /// A request was read and its answer is not over.
    answering: AtomicBool,
    /// Requests that were read.
    asked: AtomicU32,
    /// Something of the next request came.
    came: AtomicBool,
    /// Something waits for being taken.
    blocked: AtomicBool,
}

/// What it is doing at a moment. Two moments of the same wait are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Nothing while it is answered.
    pub waits: Option<Waits>,
    asked: u32,
}

impl Life {
    /// `came`: whether something of the first request is there.
    pub fn new(came: bool) -> Self {
        let (answering, blocked) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { answering, asked: AtomicU32::new(0), came: AtomicBool::new(came), blocked }
    }

    pub fn now(&self) -> Now {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let waits = match () {
            () if is(&self.answering) || is(&self.blocked) => None,
            () if is(&self.came) => Some(Waits::Head),
            () => Some(Waits::Idle),
        };
        Now { waits, asked: self.asked.load(Ordering::Relaxed) }
    }

    /// A request was read. It is being answered until what this gives is dropped.
    pub fn asked(self: &Arc<Self>) -> Asked {
        self.answering.store(true, Ordering::Relaxed);
        self.asked.fetch_add(1, Ordering::Relaxed);
        Asked(Arc::clone(self))
    }
}

/// A request that is being answered.
pub struct Asked(Arc<Life>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.came.store(false, Ordering::Relaxed);
        self.0.answering.store(false, Ordering::Relaxed);
    }
}

/// The body of an answer, with the request that it is to.
pub struct Answer {
    body: Body,
    _asked: Asked,
}

impl Answer {
    pub fn new(body: Body, asked: Asked) -> Self {
        Self { body, _asked: asked }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that notes what goes through it, and breaks when nobody takes what is written.
pub struct Watched<S> {
    stream: S,
    /// Read before.
    rest: Bytes,
    life: Arc<Life>,
    patience: Duration,
    /// Until when somebody must have taken something.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Watched<S> {
    pub fn new(stream: S, rest: Bytes, life: Arc<Life>, patience: Duration) -> Self {
        Self { stream, rest, life, patience, stalled: None }
    }

    pub fn into_inner(self) -> S {
        self.stream
    }

    /// What became of writing.
    fn wrote<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.life.blocked.store(done.is_pending(), Ordering::Relaxed);
        if done.is_ready() {
            self.stalled = None;
            return done;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the answer is not taken")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.rest.is_empty() {
            let most = self.rest.len().min(into.remaining());
            into.put_slice(&self.rest.split_to(most));
            return Poll::Ready(Ok(()));
        }
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        if into.filled().len() > before {
            self.life.came.store(true, Ordering::Relaxed);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        all: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, all);
        self.wrote(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(cx);
        self.wrote(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.wrote(cx, done)
    }
}
