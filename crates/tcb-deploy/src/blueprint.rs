//! The desired state as a file.

mod document;
mod fault;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_saphyr::{Location, Spanned};
use tcb_api::types::cloudbase_batch::{AclTag, EnvProduct};
use tcb_api::types::cloudbase_common::{IndexDirection, IndexKey};

use crate::desired::{self, Desired};
use crate::pack::Package;
use document::{
    Collection, Document, Env, Function, Index, Mode, OpenAccount, Order, Permission, Product, Route,
};
pub use fault::{BlueprintError, Fault, FaultKind, Shape};
pub use variables::Variables;
use variables::{Missing, fill};

/// How long a function may run, in seconds, in ordinary and in batch mode.
const LONGEST: u32 = 300;
const LONGEST_IN_BATCH: u32 = 900;

/// The desired state of many merchants, as a YAML file, with the code of its functions packed.
///
/// `${NAME}` in a text is a variable that each merchant has a value for, `$${` a plain `${`.
/// Folders are relative to the file.
///
/// ```
/// use tcb_deploy::{Blueprint, Variables};
///
/// let text = "
/// environments:
///   - alias: shop-${STAGE}
///     collections:
///       - name: orders
/// ";
/// let blueprint = Blueprint::parse("shop.yaml", text)?; // or `load`, of a file
/// let variables = Variables::from([("STAGE".to_owned(), "live".to_owned())]);
/// assert_eq!(blueprint.desired(&variables)?.envs[0].alias, "shop-live");
///
/// let error = Blueprint::parse("shop.yaml", "environment: []").unwrap_err();
/// assert!(error.to_string().starts_with("shop.yaml:1:1"), "{error}");
/// # Ok::<(), tcb_deploy::BlueprintError>(())
/// ```
#[derive(Clone)]
pub struct Blueprint {
    file: PathBuf,
    document: Document,
    /// By their folders.
    packages: BTreeMap<PathBuf, Arc<Package>>,
}

impl Blueprint {
    /// Reads a blueprint, packs the folders of its functions and checks all that can be checked
    /// without a merchant.
    ///
    /// It reads files, and so blocks the thread.
    ///
    /// # Errors
    ///
    /// A [`BlueprintError`] with file, line and what to write instead.
    pub fn load(file: impl AsRef<Path>) -> Result<Self, BlueprintError> {
        let file = file.as_ref();
        let text = fs::read_to_string(file).map_err(|error| {
            BlueprintError::new(vec![fault(file, None, FaultKind::Unreadable(error.to_string()))])
        })?;
        Self::parse(file, &text)
    }

    /// As [`load`](Self::load), of a text that stands for `file`.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn parse(file: impl Into<PathBuf>, text: &str) -> Result<Self, BlueprintError> {
        Self::parse_packed(file, text, BTreeMap::new())
    }

    /// As [`parse`](Self::parse), with the packages of folders that were packed before, as
    /// [`packages`](Self::packages) gave them. Only other folders are read.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn parse_packed(
        file: impl Into<PathBuf>,
        text: &str,
        packages: BTreeMap<PathBuf, Arc<Package>>,
    ) -> Result<Self, BlueprintError> {
        let file = file.into();
        let document: Document = serde_saphyr::from_str(text)
            .map_err(|error| BlueprintError::new(vec![not_a_document(&file, error.without_snippet())]))?;
        let mut check = Check { file: &file, faults: Vec::new() };
        let packages = check.document(&document, packages);
        check.end()?;
        Ok(Self { file, document, packages })
    }

    /// The packages of the functions, by their folders as the blueprint names them.
    pub fn packages(&self) -> &BTreeMap<PathBuf, Arc<Package>> {
        &self.packages
    }

    /// The desired state of a merchant with these variables.
    ///
    /// # Errors
    ///
    /// A [`BlueprintError`] for variables without a value, for names that their values leave empty,
    /// and for aliases that they make alike.
    pub fn desired(&self, variables: &Variables) -> Result<Desired, BlueprintError> {
        let mut fill = Fill { check: Check { file: &self.file, faults: Vec::new() }, variables };
        let mut desired = Desired::new();
        for env in &self.document.environments {
            desired = desired.env(self.env(&mut fill, env));
        }
        fill.check.distinct(
            "environments",
            "alias",
            desired
                .envs
                .iter()
                .map(|env| env.alias.as_str())
                .zip(self.document.environments.iter().map(|env| env.alias.referenced)),
        );
        desired.routes = self.document.messages.as_ref().map(|routes| {
            let route = |route: &Route| {
                let (env, function) = (fill.text(&route.environment), fill.text(&route.function));
                match &route.event {
                    Some(event) => desired::Route::event(event, env, function),
                    None => desired::Route::message(&route.message.value, env, function),
                }
            };
            routes.iter().map(route).collect()
        });
        desired.open_account = self.document.open_account.as_ref().map(|account| match account {
            OpenAccount::Any => desired::OpenAccount::Any,
            OpenAccount::Bind(id) => desired::OpenAccount::Bind(fill.text(id).into()),
        });
        fill.check.end()?;
        Ok(desired)
    }

    fn env(&self, fill: &mut Fill<'_>, env: &Env) -> desired::Env {
        let mut wanted = desired::Env::new(fill.name(&env.alias)).mode(env.mode.into());
        wanted.share = env.share.as_ref().map(|product| product.value.into());
        wanted.id = env.id.as_ref().map(|id| fill.text(id).into());
        for function in &env.functions {
            // Packed by the check, or there would be no blueprint.
            if let Some(package) = self.packages.get(&function.folder.value) {
                wanted = wanted.function(fill.function(function, Arc::clone(package)));
            }
        }
        for collection in &env.collections {
            wanted = wanted.collection(fill.collection(collection));
        }
        wanted.token_policy = env.token_policy.as_ref().map(|policy| desired::TokenPolicy {
            open: policy.open,
            allow: policy.allow.as_ref().map(|allow| allow.iter().map(|path| fill.text(path)).collect()),
        });
        wanted
    }
}

/// Without the document, in which values of variables may stand.
impl fmt::Debug for Blueprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blueprint")
            .field("file", &self.file)
            .field("packages", &self.packages)
            .finish_non_exhaustive()
    }
}

/// Puts values in the place of variables, and collects what has none.
struct Fill<'a> {
    check: Check<'a>,
    variables: &'a Variables,
}

impl Fill<'_> {
    fn text(&mut self, text: &Spanned<String>) -> String {
        let kind = match fill(&text.value, self.variables) {
            Ok(filled) => return filled,
            Err(Missing::Value(name)) => FaultKind::NoValue(name),
            Err(Missing::Brace) => FaultKind::NoBrace,
        };
        self.check.fault(text.referenced, kind);
        String::new()
    }

    /// A text by which something is found again: an empty one would never be, and be made anew by
    /// each run.
    fn name(&mut self, text: &Spanned<String>) -> String {
        let known = self.check.faults.len();
        let name = self.text(text);
        if name.is_empty() && self.check.faults.len() == known {
            self.check.fault(text.referenced, FaultKind::Expected(Shape::Text));
        }
        name
    }

    fn texts(&mut self, texts: &BTreeMap<String, Spanned<String>>) -> BTreeMap<String, String> {
        texts.iter().map(|(name, value)| (name.clone(), self.text(value))).collect()
    }

    fn function(&mut self, function: &Function, package: Arc<Package>) -> desired::Function {
        let mut wanted = desired::Function::new(self.name(&function.name), package);
        wanted.timeout = function.timeout.as_ref().map(|timeout| timeout.value);
        wanted.memory = function.memory.as_ref().map(|memory| memory.value);
        wanted.variables = function.variables.as_ref().map(|variables| {
            self.texts(variables).into_iter().map(|(name, value)| (name, value.into())).collect()
        });
        wanted.cloud_calls = function
            .cloud_calls
            .as_ref()
            .map(|calls| calls.value.iter().map(|call| self.text(call)).collect());
        wanted.timers = function.timers.as_ref().map(|timers| self.texts(&timers.value));
        wanted
    }

    fn collection(&mut self, collection: &Collection) -> desired::Collection {
        let mut wanted = desired::Collection::new(self.name(&collection.name));
        wanted.permission = collection.permission.as_ref().map(|permission| permission.value.into());
        wanted.indexes = collection.indexes.iter().map(desired::Index::from).collect();
        wanted
    }
}

/// Collects what is wrong.
struct Check<'a> {
    file: &'a Path,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, at: Location, kind: FaultKind) {
        self.faults.push(fault(self.file, Some(at), kind));
    }

    fn end(mut self) -> Result<(), BlueprintError> {
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        if self.faults.is_empty() { Ok(()) } else { Err(BlueprintError::new(self.faults)) }
    }

    /// Checks the whole, packs what is not packed yet, and returns the packages.
    fn document(
        &mut self,
        document: &Document,
        mut packages: BTreeMap<PathBuf, Arc<Package>>,
    ) -> BTreeMap<PathBuf, Arc<Package>> {
        let envs = &document.environments;
        self.distinct("environments", "alias", names(envs, |env| &env.alias));
        for env in envs {
            self.only_in(Mode::Batch, env.mode, &[("share", env.share.as_ref().map(|it| it.referenced))]);
            self.distinct("functions", "name", names(&env.functions, |function| &function.name));
            self.distinct("collections", "name", names(&env.collections, |collection| &collection.name));
            for function in &env.functions {
                self.function(env.mode, function);
                self.pack(function, &mut packages);
            }
            for collection in &env.collections {
                self.collection(env.mode, collection);
            }
        }
        for route in document.messages.iter().flatten() {
            self.route(route, envs);
        }
        packages
    }

    /// No two of a list may share a name.
    fn distinct<'n>(
        &mut self,
        list: &'static str,
        member: &'static str,
        names: impl Iterator<Item = (&'n str, Location)>,
    ) {
        let mut seen = BTreeMap::new();
        for (name, at) in names {
            if let Some(first) = seen.insert(name.to_owned(), at) {
                let (name, first) = (name.to_owned(), first.line());
                self.fault(at, FaultKind::Alike { list, member, name, first });
            }
        }
    }

    fn function(&mut self, mode: Mode, function: &Function) {
        let longest = if mode == Mode::Batch { LONGEST_IN_BATCH } else { LONGEST };
        if let Some(timeout) = &function.timeout
            && !(1..=longest).contains(&timeout.value)
        {
            self.fault(timeout.referenced, FaultKind::Timeout { seconds: timeout.value, longest });
        }
        let batch = [
            ("memory", function.memory.as_ref().map(|it| it.referenced)),
            ("timers", function.timers.as_ref().map(|it| it.referenced)),
        ];
        let ordinary = [("cloud_calls", function.cloud_calls.as_ref().map(|it| it.referenced))];
        self.only_in(Mode::Batch, mode, &batch);
        self.only_in(Mode::Ordinary, mode, &ordinary);
    }

    fn collection(&mut self, mode: Mode, collection: &Collection) {
        self.distinct("indexes", "name", names(&collection.indexes, |index| &index.name));
        let permission = collection.permission.as_ref().map(|it| it.referenced);
        self.only_in(Mode::Batch, mode, &[("permission", permission)]);
        for index in &collection.indexes {
            let unique = index.unique.as_ref().filter(|it| it.value).map(|it| it.referenced);
            self.only_in(Mode::Ordinary, mode, &[("unique: true", unique)]);
            if index.keys.is_empty() {
                self.fault(index.name.referenced, FaultKind::NoKeys(index.name.value.clone()));
            }
        }
    }

    fn only_in(&mut self, needed: Mode, mode: Mode, members: &[(&'static str, Option<Location>)]) {
        if needed == mode {
            return;
        }
        let (needed, mode) =
            if needed == Mode::Batch { ("batch", "ordinary") } else { ("ordinary", "batch") };
        for (member, at) in members.iter().filter_map(|(member, at)| Some((*member, (*at)?))) {
            self.fault(at, FaultKind::Mode { member, needed, mode });
        }
    }

    fn pack(&mut self, function: &Function, packages: &mut BTreeMap<PathBuf, Arc<Package>>) {
        let folder = &function.folder;
        if packages.contains_key(&folder.value) {
            return;
        }
        let path = self.file.parent().unwrap_or(Path::new("")).join(&folder.value);
        match Package::of_folder(&path) {
            Ok(package) => {
                packages.insert(folder.value.clone(), Arc::new(package));
            }
            Err(error) => {
                self.fault(folder.referenced, FaultKind::Package(Arc::new(error)));
            }
        }
    }

    fn route(&mut self, route: &Route, envs: &[Env]) {
        let message = &route.message;
        if (message.value == "event") != route.event.is_some() {
            let kind = FaultKind::RouteEvent { message: message.value.clone(), has: route.event.is_some() };
            self.fault(message.referenced, kind);
        }
        let Some(env) = envs.iter().find(|env| env.alias.value == route.environment.value) else {
            let alias = route.environment.value.clone();
            let known = sorted(envs.iter().map(|env| env.alias.value.as_str()));
            self.fault(route.environment.referenced, FaultKind::NoEnv { alias, known });
            return;
        };
        if env.functions.iter().all(|function| function.name.value != route.function.value) {
            let known = sorted(env.functions.iter().map(|function| function.name.value.as_str()));
            let (env, name) = (env.alias.value.clone(), route.function.value.clone());
            self.fault(route.function.referenced, FaultKind::NoFunction { env, name, known });
        }
    }
}

fn names<'n, T>(
    items: &'n [T],
    name: impl Fn(&'n T) -> &'n Spanned<String>,
) -> impl Iterator<Item = (&'n str, Location)> {
    items.iter().map(name).map(|name| (name.value.as_str(), name.referenced))
}

/// Each name once, in their order.
fn sorted<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    names.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

fn fault(file: &Path, at: Option<Location>, kind: FaultKind) -> Fault {
    let at = at.filter(|at| at.line() > 0);
    let (line, column) = (at.map(|at| at.line()), at.map(|at| at.column()));
    Fault { file: file.to_owned(), line, column, kind }
}

/// What the reader of YAML says, in our words where it says it for programmers.
fn not_a_document(file: &Path, error: &serde_saphyr::Error) -> Fault {
    use serde_saphyr::Error as Yaml;
    let kind = match error {
        Yaml::SerdeUnknownField { field, expected, .. } => {
            FaultKind::UnknownMember { name: field.clone(), known: sorted(expected.iter().copied()) }
        }
        Yaml::SerdeUnknownVariant { variant, expected, .. } => {
            FaultKind::UnknownValue { value: variant.clone(), known: sorted(expected.iter().copied()) }
        }
        Yaml::SerdeMissingField { field, .. } => FaultKind::MissingMember((*field).to_string()),
        Yaml::DuplicateMappingKey { key, .. } => FaultKind::Twice(key.clone().unwrap_or_default()),
        Yaml::InvalidScalar { ty, .. } => {
            FaultKind::Expected(if *ty == "bool" { Shape::Bool } else { Shape::Number })
        }
        Yaml::Unexpected { expected, .. } => FaultKind::Expected(match *expected {
            "sequence start" => Shape::List,
            "mapping start" => Shape::Members,
            "string scalar" => Shape::Text,
            other => Shape::Other(other.to_owned()),
        }),
        other => FaultKind::Yaml(plain(&other.to_string())),
    };
    fault(file, error.location(), kind)
}

/// The first line of a message, without the place, which the fault has itself.
fn plain(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let first = first.split(" at line ").next().unwrap_or_default();
    first.trim_start_matches("error: ").to_owned()
}

impl From<Mode> for desired::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Ordinary => Self::Ordinary,
            Mode::Batch => Self::Batch,
        }
    }
}

impl From<Product> for EnvProduct {
    fn from(product: Product) -> Self {
        match product {
            Product::CloudDevelopment => Self::CloudDevelopment,
            Product::CloudHosting => Self::CloudHosting,
        }
    }
}

impl From<Permission> for AclTag {
    fn from(permission: Permission) -> Self {
        match permission {
            Permission::ReadOnly => Self::ReadOnly,
            Permission::Private => Self::Private,
            Permission::AdminWrite => Self::AdminWrite,
            Permission::AdminOnly => Self::AdminOnly,
        }
    }
}

impl From<&Index> for desired::Index {
    fn from(index: &Index) -> Self {
        let keys = index.keys.iter().map(|key| {
            let direction = match key.order {
                Order::Ascending => IndexDirection::Ascending,
                Order::Descending => IndexDirection::Descending,
                Order::Geographic => IndexDirection::Geographic,
            };
            IndexKey::new(&key.field, direction)
        });
        let unique = index.unique.as_ref().is_some_and(|unique| unique.value);
        Self { unique, ..Self::new(&index.name.value, keys) }
    }
}

#[cfg(test)]
mod tests;
