//! A working set that fits, in a cache full of what nobody asks for any more.

use quick_cache::sync::Cache;
use tcb_api::Platform;
use tcb_api::auth::{CachePolicy, PlatformTokens, TokenSource as _};
use tcb_api::types::{Clock as _, SystemClock};
use tcb_bench_counts::{Canned, sample};

use crate::statistics::{Figures, count};

const WORKING_SET: usize = 90_000;
const PASSES: usize = 4;

/// The figures, and the shares of hits by pass: ours, and those of a cache of others.
pub(super) async fn measure() -> (Figures, [Vec<f64>; 2]) {
    let capacity = CachePolicy::default().capacity;
    let platform =
        Platform::builder("wx_platform", "appsecret").transport(Canned::with_life(7200)).build().unwrap();
    let tokens = platform.tokens();
    tokens.ticket("ticket@@@0", SystemClock.wall()).await.unwrap();
    let peer = Cache::new(capacity);
    for merchant in WORKING_SET..WORKING_SET + capacity {
        find(tokens, merchant).await;
        peer.insert(merchant, ());
    }
    println!("\n| pass over {WORKING_SET} of {capacity} | hits, % | quick_cache, % |");
    println!("| --- | --- | --- |");
    let (mut order, mut curves): (Vec<_>, _) = ((0..WORKING_SET).collect(), [Vec::new(), Vec::new()]);
    for pass in 1..=PASSES {
        fastrand::shuffle(&mut order);
        let (mut hits, mut of_peer) = (0, 0);
        for merchant in &order {
            hits += u64::from(find(tokens, *merchant).await);
            of_peer += u64::from(peer.get(merchant).is_some());
            peer.insert(*merchant, ());
        }
        let shares = [hits, of_peer].map(|hits| count(hits) / count(WORKING_SET as u64) * 100.0);
        println!("| {pass} | {:.2} | {:.2} |", shares[0], shares[1]);
        curves.iter_mut().zip(shares).for_each(|(curve, share)| curve.push(share));
    }
    (vec![("hit_rate_second_pass".to_owned(), curves[0][1] / 100.0)], curves)
}

/// Whether its token is at hand; it is afterwards.
async fn find(tokens: &PlatformTokens, merchant: usize) -> bool {
    let source = tokens.authorizer(sample::app_id(merchant));
    if source.cached().is_some() {
        return true;
    }
    tokens.restore(sample::app_id(merchant), "refreshtoken@@@abc").await.unwrap();
    source.token().await.unwrap();
    false
}
