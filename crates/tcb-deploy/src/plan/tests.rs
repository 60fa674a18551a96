//! Tables of what follows from what, and the property that a plan leads to where nothing is left.

use std::sync::Arc;

use proptest::prelude::*;
use tcb_api::types::cloudbase_batch::{AclTag, EnvProduct};
use tcb_api::types::cloudbase_common::{EnvironmentConfig, EnvironmentVariable, IndexDirection, IndexKey};

use super::*;
use crate::desired::Index;
use crate::pack::Package;

fn package(number: usize) -> Arc<Package> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.js"), number.to_string()).unwrap();
    Arc::new(Package::of_folder(folder.path()).unwrap())
}

/// What WeChat has, and what is noted: a step done in both.
#[derive(Clone, Debug, Default)]
struct World {
    observed: Observed,
    noted: Noted,
    /// How often each thing was created.
    created: BTreeMap<String, usize>,
}

impl World {
    /// Does a step as WeChat would.
    fn does(&mut self, step: &Step) {
        if step.creates() {
            *self.created.entry(step.to_string()).or_default() += 1;
        }
        self.noted.written.extend(step.written());
        match step {
            Step::OpenCloud => self.observed.opened = Some(true),
            Step::CreateEnv(place) => {
                let envs = self.observed.envs.entry(place.env.clone()).or_default();
                envs.push(observed::Env::new(format!("{}-id", place.env), false));
            }
            Step::AwaitEnv(place) => self.env(place).usable = true,
            Step::CreateFunction(place, name, _) => {
                let none = self.env(place).functions.insert(name.clone(), observed::Function::default());
                assert!(none.is_none(), "{step} although it is there");
            }
            Step::UploadCode(place, name, package) => {
                let digest = (place.mode == Mode::Ordinary).then(|| package.digest().to_owned());
                self.function(place, name).digest = digest;
            }
            Step::Configure(place, name, config) => {
                if place.mode == Mode::Ordinary {
                    let pairs = config.variables.iter().flatten();
                    let variables = pairs.map(|(name, value)| EnvironmentVariable::new(name, value.clone()));
                    let mut written = EnvironmentConfig::new().variables(variables);
                    written.timeout = config.timeout;
                    self.function(place, name).config = Some(written);
                }
            }
            Step::AllowCalls(place, name, calls) => {
                self.function(place, name).cloud_calls = Some(calls.clone());
            }
            Step::SetTimers(place, name, timers) => self.function(place, name).timers = Some(timers.clone()),
            Step::AwaitFunction(place, name) => self.function(place, name).active = true,
            Step::CreateCollection(place, name) => {
                let new = observed::Collection { indexes: Some(1), permission: None };
                let none = self.env(place).collections.insert(name.clone(), new);
                assert!(none.is_none(), "{step} although it is there");
            }
            Step::SetPermission(place, name, tag) => {
                self.env(place).collections.get_mut(name).unwrap().permission = Some(tag.clone());
            }
            Step::SetIndexes(place, name, indexes) => {
                let collection = self.env(place).collections.get_mut(name).unwrap();
                let count = indexes.create.len() as u64 + 1;
                collection.indexes = collection.indexes.map(|known| known.max(count));
            }
            Step::SetTokenPolicy(place, policy) => {
                let known = self.env(place).token_policy.get_or_insert_default();
                known.open = policy.open.or(known.open);
                known.api_whitelist = policy.allow.clone().unwrap_or_else(|| known.api_whitelist.clone());
            }
            Step::ShareEnv(place, _) => self.env(place).shared = Some(true),
            Step::SetRoutes(routes) => {
                let first = |envs: &Vec<observed::Env>| envs.first().map(|env| env.id.clone());
                let ids =
                    self.observed.envs.iter().filter_map(|(alias, envs)| Some((alias.clone(), first(envs)?)));
                let ids = ids.collect();
                let routes = routes.iter().map(|route| route.resolve(&ids).unwrap());
                self.observed.routes = Some(FunctionPush::new(routes));
            }
            Step::CreateOpenAccount => self.observed.open_account = Some("wx_open".into()),
            Step::BindOpenAccount(id) => self.observed.open_account = Some(id.clone()),
        }
    }

    fn env(&mut self, place: &Place) -> &mut observed::Env {
        &mut self.observed.envs.get_mut(&place.env).unwrap()[0]
    }

    fn function(&mut self, place: &Place, name: &tcb_api::types::FunctionName) -> &mut observed::Function {
        self.env(place).functions.get_mut(name).unwrap()
    }
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ab]", 0..3)
}

prop_compose! {
    fn function(packages: Vec<Arc<Package>>, mode: Mode)(
        name in "[fg]",
        package in prop::sample::select(packages),
        timeout in prop::option::of(1..4_u32),
        memory in prop::option::of(Just(128_u32)),
        variables in prop::option::of(prop::collection::btree_map("[AB]", "[xy]", 0..2)),
        cloud_calls in prop::option::of(texts()),
        timers in prop::option::of(prop::collection::btree_map("[tu]", "[12]", 0..2)),
    ) -> Function {
        let secret = |(name, value): (String, String)| (name, value.into());
        Function {
            timeout,
            memory: memory.filter(|_| mode == Mode::Batch),
            variables: variables.map(|all| all.into_iter().map(secret).collect()),
            cloud_calls: cloud_calls.filter(|_| mode == Mode::Ordinary),
            timers: timers.filter(|_| mode == Mode::Batch),
            ..Function::new(name, package)
        }
    }
}

prop_compose! {
    fn collection(mode: Mode)(
        name in "[cd]",
        permission in prop::option::of(prop::sample::select(vec![AclTag::AdminOnly, AclTag::ReadOnly])),
        indexes in prop::collection::btree_map("[ij]", any::<bool>(), 0..3),
    ) -> Collection {
        let index = |(name, down): (String, bool)| {
            let direction = if down { IndexDirection::Descending } else { IndexDirection::Ascending };
            Index::new(name, [IndexKey::new("due", direction)])
        };
        let permission = permission.filter(|_| mode == Mode::Batch);
        Collection { permission, indexes: indexes.into_iter().map(index).collect(), ..Collection::new(name) }
    }
}

prop_compose! {
    fn env(packages: Vec<Arc<Package>>, alias: &'static str, mode: Mode)(
        functions in prop::collection::vec(function(packages, mode), 0..3),
        collections in prop::collection::vec(collection(mode), 0..3),
        shares in any::<bool>(),
        policy in prop::option::of((prop::option::of(any::<bool>()), prop::option::of(texts()))),
    ) -> Env {
        let mut env = Env::new(alias).mode(mode);
        env.functions = functions;
        env.functions.sort_by(|one, other| one.name.cmp(&other.name));
        env.functions.dedup_by(|one, other| one.name == other.name);
        env.collections = collections;
        env.collections.sort_by(|one, other| one.name.cmp(&other.name));
        env.collections.dedup_by(|one, other| one.name == other.name);
        env.share = shares.then_some(EnvProduct::CloudHosting).filter(|_| mode == Mode::Batch);
        env.token_policy = policy.map(|(open, allow)| TokenPolicy { open, allow });
        env
    }
}

fn desired(packages: Vec<Arc<Package>>) -> impl Strategy<Value = Desired> {
    let ordinary = prop::option::of(env(packages.clone(), "shop", Mode::Ordinary));
    let batch = prop::option::of(env(packages, "shared", Mode::Batch));
    let account = prop::option::of(Just(OpenAccount::Any));
    (ordinary, batch, account, any::<bool>()).prop_map(|(ordinary, batch, open_account, has_routes)| {
        let route = |env: &Env| env.functions.first().map(|it| Route::message("text", &env.alias, &it.name));
        let routes = has_routes.then(|| ordinary.iter().filter_map(route).collect());
        Desired { envs: ordinary.into_iter().chain(batch).collect(), routes, open_account }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// From what an earlier state left behind, whatever steps of it were done, and with any number
    /// of interruptions on the way: nothing is left to do, and nothing was created twice.
    #[test]
    fn plans_lead_to_where_nothing_is_left_to_do(
        (before, after) in {
            let packages = vec![package(0), package(1)];
            (desired(packages.clone()), desired(packages))
        },
        opened in any::<bool>(),
        stops in prop::collection::vec(0..8_usize, 0..6),
    ) {
        let mut world = World::default();
        world.observed.opened = Some(opened);
        let stops = stops.into_iter().map(|steps| (&before, steps)).chain([(&before, usize::MAX)]);
        let stops: Vec<_> = stops.chain([(&after, 3), (&after, usize::MAX)]).collect();
        for (desired, steps) in stops {
            // An environment that was not ready takes another plan.
            for _ in 0..2 {
                for step in plan(desired, &world.observed, &world.noted).unwrap().steps.iter().take(steps) {
                    world.does(step);
                }
            }
            if steps == usize::MAX {
                prop_assert_eq!(plan(desired, &world.observed, &world.noted).unwrap().steps, []);
            }
        }
        prop_assert!(world.created.values().all(|count| *count == 1), "{:?}", world.created);
    }
}

#[test]
fn what_a_person_has_to_decide_is_no_plan() {
    let desired = Desired::new().env(Env::new("shop")).open_account(OpenAccount::Bind("wx_a".into()));
    let mut observed = Observed { opened: Some(true), ..Observed::default() };
    let two = ["shop-1", "shop-2"].map(|id| observed::Env::new(id, true));
    observed.envs.insert("shop".into(), two.into());
    let error = plan(&desired, &observed, &Noted::default()).unwrap_err();
    assert!(error.to_string().contains("shop-1, shop-2"), "{error}");
    observed.envs.get_mut("shop").unwrap().pop();
    observed.open_account = Some("wx_b".into());
    let error = plan(&desired, &observed, &Noted::default()).unwrap_err();
    assert_eq!(error, PlanError::OtherOpenAccount("wx_b".into()));
    let gone = Desired::new().env(Env::existing("gone-1"));
    assert_eq!(plan(&gone, &observed, &Noted::default()).unwrap_err(), PlanError::NoEnv("gone-1".into()));
}

#[test]
fn indexes_that_may_be_there_are_replaced_and_others_only_added() {
    let index = |name: &str| Index::new(name, [IndexKey::new(name, IndexDirection::Ascending)]);
    let orders = Collection::new("orders").index(index("due")).index(index("paid"));
    let desired = Desired::new().env(Env::new("shop").collection(orders));
    let noted_of = |names: &[&str]| {
        let key = |name: &str| index_key("shop", &"orders".into(), name);
        let written = names.iter().map(|name| (key(name), hash(&index(name)))).collect();
        Noted { written, ..Noted::default() }
    };
    for (count, noted, expected) in [
        (Some(1), &[][..], Some((2, false))),
        (Some(3), &[], Some((2, true))),
        (None, &[], Some((2, true))),
        (Some(3), &["due", "paid"], None),
        (None, &["due", "paid"], None),
        (Some(2), &["due"], Some((1, true))),
        // Somebody has dropped some since.
        (Some(2), &["due", "paid"], Some((2, true))),
        (Some(1), &["due", "paid"], Some((2, false))),
    ] {
        let mut env = observed::Env::new("shop-1", true);
        env.collections.insert("orders".into(), observed::Collection { indexes: count, permission: None });
        let observed = Observed { envs: [("shop".to_owned(), vec![env])].into(), ..Observed::default() };
        let steps = plan(&desired, &observed, &noted_of(noted)).unwrap().steps;
        let found = steps.first().map(|step| match step {
            Step::SetIndexes(_, _, indexes) => (indexes.create.len(), indexes.replace),
            other => panic!("{other}"),
        });
        assert_eq!(found, expected, "{count:?} {noted:?}");
    }
}

#[test]
fn no_step_shows_the_value_of_a_variable() {
    let hello = Function::new("hello", package(0)).variable("KEY", "the canary");
    let desired = Desired::new().env(Env::new("shop").mode(Mode::Batch).function(hello));
    let plan = plan(&desired, &Observed::default(), &Noted::default()).unwrap();
    let shown = plan.steps.iter().map(|step| format!("{step} {step:?} {:?}", step.written()));
    assert!(shown.clone().any(|text| text.contains("configure hello")));
    assert!(!shown.chain([format!("{desired:?}")]).any(|text| text.contains("canary")));
}
