//! What breaks first when a platform is large. Each part gives figures, which are counts or ratios
//! within one run.

mod cold_start;
mod connections;
mod eviction;
mod files;
mod look_up;

pub(crate) use files::carry;
use serde_json::{Map, json};

use crate::statistics::Figures;

/// What the figures were before anything was bounded, grouped or streamed.
const BEFORE: [(&str, f64); 10] = [
    ("swaps_per_fsync", 1.0),
    ("mass_start_failures/sqlite", 51_270.0),
    ("mass_start_failures/redis", 100_000.0),
    ("hit_rate_second_pass", 0.517),
    ("lookup_ratio/1", 1.55),
    ("lookup_ratio/100000", 1.54),
    ("lookup_ratio/1000000", 1.08),
    ("connections_for_3000", 3000.0),
    ("upload_100mb_peak_mb", 204.0),
    ("download_100mb_peak_mb", 105.0),
];

pub(crate) async fn measure() {
    let mut all = Figures::new();
    all.extend(cold_start::over_sqlite().await);
    all.extend(cold_start::over_redis().await);
    let (figures, [ours, of_peer]) = eviction::measure().await;
    all.extend(figures);
    all.extend(look_up::measure().await);
    all.extend(connections::measure().await);
    all.extend(files::measure());
    println!("\n| figure | before | now |\n| --- | ---: | ---: |");
    for (name, before) in BEFORE {
        let now = all.iter().find(|(known, _)| known == name).map(|(_, now)| *now).unwrap();
        println!("| `{name}` | {before} | {now:.3} |");
    }
    let scale: Map<_, _> = all.into_iter().map(|(name, figure)| (name, json!(figure))).collect();
    let curves = json!({ "hits": ours, "hits of quick_cache": of_peer });
    println!("{}", json!({ "ratios": {}, "scale": scale, "curves": curves }));
}
