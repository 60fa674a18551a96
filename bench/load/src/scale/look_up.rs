//! A token at hand, beside what the least cache would do: a map in 64 shards and a look at the
//! clock.

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::hint::black_box;
use std::sync::{Arc, RwLock};

use foldhash::fast::RandomState;
use tcb_api::auth::TokenSource as _;
use tcb_api::types::{Clock as _, SystemClock};
use tcb_bench_counts::{at_hand, sample};

use crate::statistics::{Figures, Spread, count, nanos_since};

const ROUNDS: usize = 9;
const LOOK_UPS: usize = 200_000;
const SHARDS: usize = 64;

pub(super) async fn measure() -> Figures {
    println!("\n| keys | ns | ÷ map and one clock reading |");
    println!("| --- | --- | --- |");
    let mut figures = Figures::new();
    for keys in [1, 100_000, 1_000_000] {
        let sources = at_hand(keys).await.unwrap();
        let names: Vec<Arc<str>> = (0..keys).map(|key| sample::app_id(key).as_str().into()).collect();
        let map = Map::of(&names);
        let (mut ours, mut ratios) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let order: Vec<usize> = (0..LOOK_UPS).map(|_| fastrand::usize(..keys)).collect();
            let plain = time(&order, |key| {
                let token = map.shard(&names[key]).read().unwrap().get(&names[key]).cloned();
                black_box((token, SystemClock.monotonic()));
            });
            let took = time(&order, |key| {
                black_box(sources[key].cached().unwrap());
            });
            ratios.push(took / plain);
            ours.push(took);
        }
        let (ns, Spread { low, median, high }) = (Spread::of(ours).median, Spread::of(ratios));
        println!("| {keys} | {ns:.0} | {median:.2} ({low:.2}–{high:.2}) |");
        figures.push((format!("lookup_ratio/{keys}"), median));
    }
    figures
}

/// Nanoseconds for each.
fn time(order: &[usize], look_up: impl Fn(usize)) -> f64 {
    let begun = SystemClock.monotonic();
    for key in order {
        look_up(*key);
    }
    count(nanos_since(begun)) / count(order.len() as u64)
}

type Shard = RwLock<HashMap<Arc<str>, Arc<String>, RandomState>>;

struct Map {
    hash: RandomState,
    shards: Vec<Shard>,
}

impl Map {
    fn of(names: &[Arc<str>]) -> Self {
        let hash = RandomState::default();
        let map = Self { shards: (0..SHARDS).map(|_| Shard::default()).collect(), hash };
        for name in names {
            map.shard(name).write().unwrap().insert(Arc::clone(name), Arc::new(sample::TOKEN.to_owned()));
        }
        map
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is an index below 64")]
    fn shard(&self, name: &str) -> &Shard {
        &self.shards[self.hash.hash_one(name) as usize % SHARDS]
    }
}
