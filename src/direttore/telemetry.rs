//! Traces, for a collector that takes OTLP by HTTP: what each request, job, step and call to Proxmox or NetBox took.
//!
//! Spans are handed over by a thread of the SDK's in batches; where no collector answers they are lost, and nothing else
//! is. Only our own spans go out: what libraries say is theirs.

use crate::config;
use opentelemetry::trace::TracerProvider;
use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{common::tonic::ResourceAttributesWithSchema, trace::tonic::group_spans_by_resource_and_scope},
};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use prost::Message;
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::{Level, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::{FilterFn, LevelFilter},
    registry::LookupSpan,
};

/// Of one hand-over.
const PATIENCE: Duration = Duration::from_secs(2);
/// What the last one may take when the bot stops.
const LAST: Duration = Duration::from_secs(2);

/// Traces that are gathered. They go on their way by themselves; at the end by [`Traces::end`].
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Nothing, where no collector is configured. It is called within the runtime that does the sending.
    pub fn start(config: &config::Telemetry) -> Option<Self> {
        let endpoint = config.endpoint.as_ref()?;
        let resource = Resource::builder_empty()
            .with_attribute(opentelemetry::KeyValue::new("service.name", "direttore"))
            .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        let exporter = Exporter {
            url: format!("{endpoint}/v1/traces"),
            // A proxy of the environment is meant for others.
            client: reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().ok()?,
            runtime: Handle::current(),
            resource: ResourceAttributesWithSchema::default(),
        };
        let provider = SdkTracerProvider::builder().with_resource(resource.build()).with_batch_exporter(exporter);
        Some(Self(provider.build()))
    }

    /// What hears of spans.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        let is_ours = |about: &tracing::Metadata<'_>| {
            *about.level() <= Level::INFO
                && about.target().split("::").next().is_some_and(|of| of.starts_with("direttore"))
        };
        let layer = tracing_opentelemetry::layer().with_tracer(self.0.tracer("direttore"));
        let layer = layer.with_location(false).with_threads(false).with_tracked_inactivity(false).with_target(false);
        layer.with_filter(FilterFn::new(is_ours).with_max_level_hint(LevelFilter::INFO))
    }

    /// Hands over what is left.
    pub async fn end(self) {
        // It waits for its thread, which needs this runtime.
        let last = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(LAST));
        if let Ok(Ok(Err(error))) = tokio::time::timeout(LAST, last).await {
            tracing::debug!("the last traces were not handed over: {error}");
        }
    }
}

#[derive(Debug)]
struct Exporter {
    url: String,
    client: reqwest::Client,
    runtime: Handle,
    resource: ResourceAttributesWithSchema,
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let call = self.client.post(&self.url).header("Content-Type", "application/x-protobuf").body(body);
        // The SDK's thread is none of the runtime's.
        let sent = self.runtime.spawn(async move { call.send().await?.error_for_status().map(drop) });
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(OTelSdkError::InternalFailure(error.without_url().to_string())),
            Err(_) => Err(OTelSdkError::AlreadyShutdown),
        }
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = ResourceAttributesWithSchema::from(resource);
    }
}
