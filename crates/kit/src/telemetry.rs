//! Logs, traces and metrics of a process.

use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    config::{LogFormat, ServiceArgs},
    statements,
};

/// What must live as long as the process: the metrics' registry, and the exporter that is flushed at the end.
pub struct Telemetry {
    /// Renders the metrics for `/metrics`.
    pub metrics: PrometheusHandle,
    tracer: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Starts logging, tracing and metrics for the service of this name; once per process.
    pub fn start(service: &'static str, args: &ServiceArgs) -> anyhow::Result<Self> {
        let filter = EnvFilter::try_from_default_env()
            .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,rdkafka=warn,librdkafka=warn,aws=warn,hyper=warn"));
        let logs = match args.log_format {
            LogFormat::Text => tracing_subscriber::fmt::layer().with_writer(std::io::stderr).boxed(),
            LogFormat::Json => tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr).boxed(),
        };
        let tracer = args.otlp_endpoint.as_deref().map(|endpoint| exporter(service, endpoint)).transpose()?;
        let spans =
            tracer.as_ref().map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer(service)));
        // Each layer has a filter of its own: statements are counted whether or not they are logged.
        let spans = spans.map(|spans| spans.with_filter(filter.clone()));
        let (logs, statements) = (logs.with_filter(filter), statements::Counter.with_filter(statements::filter()));
        tracing_subscriber::registry().with(logs).with(spans).with(statements).try_init().context("start logging")?;
        let metrics = PrometheusBuilder::new()
            .add_global_label("service", service)
            .install_recorder()
            .context("start the metrics registry")?;
        Ok(Self { metrics, tracer })
    }

    /// Sends what is still buffered.
    pub fn stop(self) {
        if let Some(Err(error)) = self.tracer.map(|tracer| tracer.shutdown()) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

fn exporter(service: &'static str, endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(Duration::from_secs(3))
        .build()
        .context("build the trace exporter")?;
    let resource = Resource::builder().with_service_name(service).build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}
