//! Which creates can be settled, and which stand in the guide because they cannot.

use std::collections::BTreeSet;
use std::path::Path;

use tcb_api::Probe;
use tcb_api::types::cloudbase_batch::{
    CreateContainerService, CreateEnvShares, CreateFunctionInEnvs, CreateStaticSite,
};
use tcb_api::types::cloudbase_common::{CreateCloudUser, CreateFunction, SetTokenPolicy};
use tcb_api::types::open_account::CreateOpenAccount;
use tcb_api::types::{Class, cloudbase_batch, cloudbase_common, registry};

/// The last part of a type's name.
fn name<O: Probe>() -> (String, &'static str) {
    let path = std::any::type_name::<O>();
    (path.rsplit("::").next().unwrap().to_owned(), O::SPEC.id)
}

/// Operations that can be settled, by the name of the type and the official id.
fn settled() -> BTreeSet<(String, &'static str)> {
    BTreeSet::from([
        name::<cloudbase_batch::CreateCollection>(),
        name::<cloudbase_batch::CreateEnv>(),
        name::<cloudbase_common::CreateCollection>(),
        name::<cloudbase_common::CreateEnv>(),
        name::<CreateCloudUser>(),
        name::<CreateContainerService>(),
        name::<CreateEnvShares>(),
        name::<CreateFunction>(),
        name::<CreateFunctionInEnvs>(),
        name::<CreateOpenAccount>(),
        name::<CreateStaticSite>(),
        name::<SetTokenPolicy>(),
    ])
}

/// Operations that the guide lists: in the first column, types with the ids behind them.
fn listed(guide: &str) -> BTreeSet<(String, String)> {
    let rows =
        guide.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split(" | ").next());
    let mut listed = BTreeSet::new();
    for row in rows {
        // Outside the parentheses stand types, inside ids; several types may share the ids behind
        // them.
        let mut types = Vec::new();
        for (n, part) in row.split(['(', ')']).enumerate() {
            let names: Vec<_> = part.split('`').skip(1).step_by(2).collect();
            if n % 2 == 0 {
                types = names;
            } else {
                listed.extend(
                    types
                        .iter()
                        .flat_map(|name| names.iter().map(|id| ((*name).to_owned(), (*id).to_owned()))),
                );
            }
        }
    }
    listed
}

#[test]
fn a_create_can_be_settled_or_the_guide_says_what_to_do() {
    let guide =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/en/src/explanation/lost-answers.md");
    let listed = listed(&std::fs::read_to_string(guide).unwrap());
    let settled: BTreeSet<_> = settled().into_iter().map(|(name, id)| (name, id.to_owned())).collect();
    let creates: BTreeSet<_> = registry::entries()
        .iter()
        .filter(|entry| entry.spec.class == Class::NotRepeatable)
        .map(|entry| (entry.rust_name.to_owned(), entry.spec.id.to_owned()))
        .collect();
    assert_eq!(settled.intersection(&listed).collect::<Vec<_>>(), [] as [&(String, String); 0]);
    let told: BTreeSet<_> = settled.union(&listed).cloned().collect();
    assert_eq!(creates.difference(&told).collect::<Vec<_>>(), [] as [&(String, String); 0], "not told");
    assert_eq!(told.difference(&creates).collect::<Vec<_>>(), [] as [&(String, String); 0], "no create");
}
