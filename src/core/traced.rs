//! What began what: the spans of a request, of the job that it made and of the job's steps are one trace, though tasks,
//! time and sometimes other programs lie between them. Without an exporter all of this is nothing.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// What was being done when something was begun.
#[derive(Debug, Clone)]
pub(crate) struct Cause(Context);

impl Cause {
    pub fn now() -> Self {
        Self(Span::current().context())
    }

    /// Makes a span that nothing was done in yet a part of it.
    pub fn begins(&self, span: &Span) {
        // Refused only where nothing is exported.
        let _ = span.set_parent(self.0.clone());
    }
}

/// Makes a span part of the trace that another program began, by its `traceparent` (W3C Trace Context). One that is none is
/// passed over.
pub fn continues(span: &Span, traceparent: &str) {
    if let Some(parent) = read(traceparent) {
        Cause(Context::new().with_remote_span_context(parent)).begins(span);
    }
}

/// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`; what a later version adds is not read.
fn read(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.trim().split('-');
    let mut hex = |length: usize| {
        let is_hex = |part: &str| part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        parts.next().filter(|part| is_hex(part))
    };
    let version = hex(2).filter(|version| *version != "ff")?;
    let (trace, span, flags) = (hex(32)?, hex(16)?, hex(2)?);
    if version == "00" && parts.next().is_some() {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()? & TraceFlags::SAMPLED.to_u8());
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    Some(SpanContext::new(trace, span, flags, true, TraceState::default())).filter(SpanContext::is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_read_as_it_is_defined() {
        let right = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let parent = read(right).expect("it is one");
        assert_eq!(parent.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(parent.span_id().to_string() == "00f067aa0ba902b7" && parent.is_sampled() && parent.is_remote());
        assert!(read(&right.replace("00-4", "cc-4")).is_some_and(|later| later.is_valid()));
        assert!(!read(&right.replace("-01", "-00")).expect("it is one").is_sampled());
        for wrong in [
            "",
            "00",
            &right.replace("00-4", "ff-4"),
            &right.to_uppercase(),
            &right.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &right.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &format!("{right}-more"),
            &right[..50],
        ] {
            assert!(read(wrong).is_none(), "{wrong:?}");
        }
    }
}
