use metrics_exporter_prometheus::BuildError;

pub(crate) fn router() -> Result<axum::Router, BuildError> {
    // ANCHOR: router
    let exporter = metrics_exporter_prometheus::PrometheusBuilder::new();
    let seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    let metrics = exporter.set_buckets(&seconds)?.install_recorder()?;
    let scrape = axum::routing::get(async move || metrics.render());
    let router = axum::Router::new().route("/metrics", scrape);
    // ANCHOR_END: router
    Ok(router)
}
