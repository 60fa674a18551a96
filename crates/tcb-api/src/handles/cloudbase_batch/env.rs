use tcb_types::EnvId;

use super::{Collections, Containers, Files, Functions, Records, StaticSites};

handle! {
    /// A cloud environment of a platform. Made by [`Platform::env`](crate::Platform::env).
    pub struct Env { id: EnvId }
}

leads! { Env:
    /// The cloud functions.
    fn functions(&self) -> Functions { self.id.clone() }

    /// The cloud database.
    fn database(&self) -> Database { self.id.clone() }

    /// The cloud storage.
    fn files(&self) -> Files { self.id.clone() }

    /// Static website hosting.
    fn static_sites(&self) -> StaticSites { self.id.clone() }

    /// Cloud hosting, the running of containers.
    fn containers(&self) -> Containers { self.id.clone() }
}

handle! {
    /// The cloud database of an environment. Made by [`Env::database`].
    pub struct Database { env: EnvId }
}

leads! { Database:
    /// The collections with their indexes and permissions.
    fn collections(&self) -> Collections { self.env.clone() }

    /// The records, by statements.
    fn records(&self) -> Records { self.env.clone() }
}
