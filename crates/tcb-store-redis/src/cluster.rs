//! A cluster: which node has a key, and the connections to all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::{Cmd, FromRedisValue, Pipeline, Value, from_redis_value_ref};

use crate::RedisOptions;
use crate::connection::{Connection, Whom};
use crate::dial::{in_time, one, share};
use crate::failure::RedisFailure;
use crate::options::{Address, Place};

/// How often a command is sent on. More than that, and nodes contradict each other.
const HOPS: usize = 5;

const SLOTS: u16 = 16384;

pub(crate) struct Cluster {
    options: Arc<RedisOptions>,
    /// A node that wants to hear what all others do.
    like: Place,
    seeds: Vec<Place>,
    known: Mutex<Known>,
    /// Held while the map is being learned, so that it is once.
    learning: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// The node of each slot; nothing while it has to be learned.
    map: Option<Arc<Map>>,
    nodes: HashMap<Address, Arc<Node>>,
}

/// The last slot of each range and its node, in order.
type Map = Vec<(u16, Address)>;

struct Node {
    place: Place,
    connection: Connection,
}

impl Cluster {
    pub(crate) fn new(options: Arc<RedisOptions>, like: Place, seeds: Vec<Place>) -> Self {
        let (known, learning) = (Mutex::default(), tokio::sync::Mutex::default());
        Self { options, like, seeds, known, learning }
    }

    pub(crate) async fn connect(&self) -> Result<(), RedisFailure> {
        in_time(self.options.timeout, async { self.map().await.map(drop) }).await
    }

    /// Sends commands to the node that has `key`; all of them are about keys with its hash tag.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        key: &str,
        commands: &Pipeline,
    ) -> Result<T, RedisFailure> {
        let answer = in_time(self.options.timeout, self.follow(slot_of(key), commands)).await;
        if matches!(answer, Err(RedisFailure::TimedOut)) {
            self.known().map = None;
        }
        answer
    }

    /// Sends commands to each node, and gives the answers of all.
    pub(crate) async fn ask_all<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<Vec<T>, RedisFailure> {
        in_time(self.options.timeout, async {
            let mut nodes: Vec<_> = self.map().await?.iter().map(|(_, address)| address.clone()).collect();
            nodes.sort_unstable();
            nodes.dedup();
            let mut answers = Vec::new();
            for address in nodes {
                answers.push(self.node(address).connection.ask(commands).await?);
            }
            Ok(answers)
        })
        .await
    }

    /// Puts together those of `keys` that are on one node, as far as it is known.
    pub(crate) async fn together(&self, keys: Vec<String>) -> Result<Vec<Vec<String>>, RedisFailure> {
        let map = in_time(self.options.timeout, self.map()).await?;
        let mut groups: HashMap<_, Vec<_>> = HashMap::new();
        for key in keys {
            groups.entry(find(&map, slot_of(&key)).cloned()).or_default().push(key);
        }
        Ok(groups.into_values().collect())
    }

    async fn follow<T: FromRedisValue>(&self, slot: u16, commands: &Pipeline) -> Result<T, RedisFailure> {
        let mut node = self.node_of(slot).await?;
        let mut is_for_once = false;
        for _ in 0..HOPS {
            let answer = if is_for_once {
                node.connection.ask(&for_once(commands)).await
            } else {
                node.connection.ask(commands).await
            };
            match answer {
                Err(RedisFailure::Elsewhere { address, is_for_once: once }) => {
                    if !once {
                        self.known().map = None;
                    }
                    node = self.node(read_address(&address, &node.place).ok_or(RedisFailure::Unexpected)?);
                    is_for_once = once;
                }
                Err(failure) if failure.is_broken() => {
                    self.forget(&node);
                    let other = self.node_of(slot).await?;
                    if other.place.address == node.place.address {
                        return Err(failure);
                    }
                    node = other;
                    is_for_once = false;
                }
                answer => return answer,
            }
        }
        // It is on its way from one node to another.
        Err(RedisFailure::Refused("TRYAGAIN".to_owned()))
    }

    async fn node_of(&self, slot: u16) -> Result<Arc<Node>, RedisFailure> {
        let map = self.map().await?;
        let address = find(&map, slot).ok_or_else(|| RedisFailure::Refused("CLUSTERDOWN".to_owned()))?;
        Ok(self.node(address.clone()))
    }

    fn node(&self, address: Address) -> Arc<Node> {
        let node = |address: &Address| {
            let place = self.like.at(address.clone());
            let connection = Connection::new(self.options.clone(), Whom::Server(place.clone()));
            Arc::new(Node { place, connection })
        };
        Arc::clone(self.known().nodes.entry(address).or_insert_with_key(node))
    }

    async fn map(&self) -> Result<Arc<Map>, RedisFailure> {
        let known = || self.known().map.clone();
        if let Some(map) = known() {
            return Ok(map);
        }
        let _learning = self.learning.lock().await;
        if let Some(map) = known() {
            return Ok(map);
        }
        self.learn().await
    }

    /// Asks one node after the other, those first that were in use.
    async fn learn(&self) -> Result<Arc<Map>, RedisFailure> {
        let mut addresses: Vec<_> = self.known().nodes.keys().cloned().collect();
        addresses.extend(self.seeds.iter().map(|seed| seed.address.clone()));
        addresses.dedup();
        let limit = share(self.options.timeout, addresses.len());
        let mut last = RedisFailure::TimedOut;
        for address in addresses {
            let node = self.node(address);
            match in_time(limit, map_of(&node)).await {
                Ok(map) => {
                    let map = Arc::new(map);
                    let mut known = self.known();
                    known.nodes.retain(|address, _| map.iter().any(|(_, node)| node == address));
                    known.map = Some(Arc::clone(&map));
                    return Ok(map);
                }
                Err(failure) => last = failure,
            }
            self.forget(&node);
        }
        Err(last)
    }

    fn forget(&self, node: &Node) {
        let mut known = self.known();
        known.map = None;
        known.nodes.remove(&node.place.address);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn map_of(node: &Node) -> Result<Map, RedisFailure> {
    let mut slots = Cmd::new();
    slots.arg("CLUSTER").arg("SLOTS");
    let (rows,): (Vec<Vec<Value>>,) = node.connection.ask(&one(slots)).await?;
    let mut map = Vec::new();
    for row in rows {
        map.push(read_range(&row, &node.place).ok_or(RedisFailure::Unexpected)?);
    }
    map.sort_unstable_by_key(|(last, _)| *last);
    if map.is_empty() { Err(RedisFailure::Refused("CLUSTERDOWN".to_owned())) } else { Ok(map) }
}

/// Reads a row: first slot, last slot, master, replicas.
fn read_range(row: &[Value], asked: &Place) -> Option<(u16, Address)> {
    let [_, last, Value::Array(master), ..] = row else { return None };
    let [host, port, ..] = master.as_slice() else { return None };
    let host: Option<String> = from_redis_value_ref(host).ok()?;
    let address = address(&host.unwrap_or_default(), from_redis_value_ref(port).ok()?, asked)?;
    Some((from_redis_value_ref(last).ok()?, address))
}

/// Reads an address such as `127.0.0.1:6381`.
fn read_address(text: &str, asked: &Place) -> Option<Address> {
    let (host, port) = text.rsplit_once(':')?;
    address(host, port.parse().ok()?, asked)
}

/// A node that does not know under which name others find it is where it was asked.
fn address(host: &str, port: u16, asked: &Place) -> Option<Address> {
    match &asked.address {
        Address::Tcp(known, _) if matches!(host, "" | "?") => Some(Address::Tcp(known.clone(), port)),
        Address::Tcp(..) => Some(Address::Tcp(host.to_owned(), port)),
        #[cfg(unix)]
        Address::Unix(_) => None,
    }
}

fn find(map: &Map, slot: u16) -> Option<&Address> {
    map.get(map.partition_point(|(last, _)| *last < slot)).map(|(_, address)| address)
}

/// The same commands for a node that is about to take the slot over.
fn for_once(commands: &Pipeline) -> Pipeline {
    let mut asking = Pipeline::new();
    for command in commands.cmd_iter() {
        asking.cmd("ASKING").ignore().add_command(command.clone());
    }
    asking
}

/// The slot of a key: that of the part in braces, if there is one.
fn slot_of(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    let tag = tag.map(|(tag, _)| tag).filter(|tag| !tag.is_empty());
    crc16(tag.unwrap_or(key).as_bytes()) % SLOTS
}

/// The checksum that a cluster is divided by: CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(
            sum ^ u16::from(*byte) << 8,
            |sum: u16, _| {
                if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x1021 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_server() {
        // As `CLUSTER KEYSLOT` answers.
        assert_eq!(slot_of("123456789"), 0x31C3);
        assert_eq!(slot_of("foo"), 12182);
        assert_eq!(slot_of("{foo}:lasting"), slot_of("foo"));
        assert_eq!(slot_of("a{}b"), crc16(b"a{}b") % SLOTS);
    }

    #[test]
    fn a_slot_has_the_node_of_its_range() {
        let address = |port| Address::Tcp("node".to_owned(), port);
        let map = vec![(5460, address(1)), (10922, address(2)), (16383, address(3))];
        for (slot, port) in [(0, 1), (5460, 1), (5461, 2), (16383, 3)] {
            assert!(find(&map, slot) == Some(&address(port)), "{slot}");
        }
    }
}
