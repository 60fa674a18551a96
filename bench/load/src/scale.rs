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

pub(crate) async fn measure() {
    let mut all = Figures::new();
    all.extend(cold_start::over_sqlite().await);
    all.extend(cold_start::over_redis().await);
    let (figures, [ours, of_peer]) = eviction::measure().await;
    all.extend(figures);
    all.extend(look_up::measure().await);
    all.extend(connections::measure().await);
    all.extend(files::measure());
    let scale: Map<_, _> = all.into_iter().map(|(name, figure)| (name, json!(figure))).collect();
    let curves = json!({ "hits": ours, "hits of quick_cache": of_peer });
    println!("{}", json!({ "ratios": {}, "scale": scale, "curves": curves }));
}
