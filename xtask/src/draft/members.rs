//! Types of members.

use serde_json::Value;
use tcb_catalogue::{Field, FieldType, Item, Location};

use super::names;

/// Members that are ids wherever they occur.
const IDS: &[(&str, &str)] = &[
    ("appid", "AppId"),
    ("authorizer_appid", "AuthorizerAppId"),
    ("collection_name", "CollectionName"),
    ("collectionname", "CollectionName"),
    ("component_appid", "ComponentAppId"),
    ("env", "EnvId"),
    ("envid", "EnvId"),
    ("file_id", "FileId"),
    ("fileid", "FileId"),
    ("function_name", "FunctionName"),
    ("functionname", "FunctionName"),
    ("job_id", "JobId"),
    ("merchant_code", "MerchantCode"),
    ("open_appid", "OpenAppId"),
    ("openid", "OpenId"),
    ("pressure_id", "PressureTestId"),
    ("rid", "RequestId"),
];

/// The type of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    /// A newtype of the crate.
    Id(&'static str),
    Secret,
    Integer,
    Number,
    Boolean,
    /// An object whose names are free.
    Free,
    Base64,
    Json,
    /// A struct of this file.
    Struct(String),
    /// An enum of this file.
    Enum(String),
    List(Box<Type>),
}

impl Type {
    pub(super) fn rust(&self) -> String {
        match self {
            Self::Text => "String".to_owned(),
            Self::Id(name) => (*name).to_owned(),
            Self::Secret => "Secret".to_owned(),
            Self::Integer => "i64".to_owned(),
            Self::Number => "f64".to_owned(),
            Self::Boolean => "bool".to_owned(),
            Self::Free => "serde_json::Map<String, serde_json::Value>".to_owned(),
            Self::Base64 => "Base64Bytes".to_owned(),
            Self::Json => "JsonText".to_owned(),
            Self::Struct(name) | Self::Enum(name) => name.clone(),
            Self::List(item) => format!("Vec<{}>", item.rust()),
        }
    }

    /// What has to be imported from the crate's root.
    pub(super) fn import(&self) -> Option<&'static str> {
        match self {
            Self::Id(name) => Some(name),
            Self::Secret => Some("Secret"),
            Self::Base64 => Some("Base64Bytes"),
            Self::Json => Some("JsonText"),
            Self::List(item) => item.import(),
            _ => None,
        }
    }

    /// Whether a caller may pass something that becomes it.
    pub(super) fn converts(&self) -> bool {
        matches!(self, Self::Text | Self::Id(_) | Self::Secret | Self::Base64 | Self::Json)
    }
}

/// A member of a struct.
pub(super) struct Member<'a> {
    pub(super) field: &'a Field,
    /// Its name in Rust.
    pub(super) name: String,
    pub(super) kind: Type,
}

/// Structs and enums that the members of a file need.
#[derive(Default)]
pub(super) struct Needed<'a> {
    pub(super) structs: Vec<(String, &'a str, Vec<Member<'a>>)>,
    pub(super) enums: Vec<(String, &'a Field)>,
    taken: Vec<String>,
}

impl<'a> Needed<'a> {
    /// Needs that use none of these names.
    pub(super) fn beside(taken: &[&str]) -> Self {
        Self { taken: taken.iter().map(|name| (*name).to_owned()).collect(), ..Self::default() }
    }

    pub(super) fn members(&mut self, fields: impl IntoIterator<Item = &'a Field>) -> Vec<Member<'a>> {
        let members = fields.into_iter().map(|field| {
            let kind = self.of_field(field);
            Member { field, name: names::member(&field.name), kind }
        });
        members.collect()
    }

    fn of_field(&mut self, field: &'a Field) -> Type {
        if field.secret {
            return Type::Secret;
        }
        let closed = |value: &Value| value.is_string() || value.is_i64();
        // In the URL everything is text, and an enum would have to be written there by hand.
        let in_url = field.location == Location::Query;
        if !in_url && !field.allowed.is_empty() && field.allowed.iter().all(closed) {
            let name = self.name(&field.name);
            self.enums.push((name.clone(), field));
            return Type::Enum(name);
        }
        self.of_type(field.kind, &field.name, &field.about, &field.fields, field.items.as_deref())
    }

    fn of_type(
        &mut self,
        kind: FieldType,
        wire: &str,
        about: &'a str,
        fields: &'a [Field],
        items: Option<&'a Item>,
    ) -> Type {
        match kind {
            FieldType::String => id(wire).filter(|id| !is_number(id)).map_or(Type::Text, Type::Id),
            FieldType::Integer => id(wire).filter(|id| is_number(id)).map_or(Type::Integer, Type::Id),
            FieldType::Number => Type::Number,
            FieldType::Boolean => Type::Boolean,
            FieldType::Base64 => Type::Base64,
            FieldType::JsonString => Type::Json,
            FieldType::Object if !fields.is_empty() => {
                let name = self.name(wire);
                let at = self.structs.len();
                self.structs.push((name.clone(), about, Vec::new()));
                // What it holds comes after it.
                self.structs[at].2 = self.members(fields);
                Type::Struct(name)
            }
            FieldType::Array => {
                let item = items.map(|item| {
                    let about = item.about.as_deref().unwrap_or(about);
                    let of_object = item.kind == FieldType::Object && !item.fields.is_empty();
                    let wire = if of_object { item_name(wire) } else { wire.to_owned() };
                    self.of_type(item.kind, &wire, about, &item.fields, item.items.as_deref())
                });
                Type::List(Box::new(item.unwrap_or(Type::Free)))
            }
            _ => Type::Free,
        }
    }

    /// A name for a type of the file that no other has.
    fn name(&mut self, wire: &str) -> String {
        let mut name = names::pascal(&names::snake(wire));
        while self.taken.contains(&name) || IDS.iter().any(|(_, id)| *id == name) {
            name.push_str("Value");
        }
        self.taken.push(name.clone());
        name
    }
}

/// The name of what a list holds: `functions` holds a `function`, `list` a `list_item`.
fn item_name(list: &str) -> String {
    match list.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if list.ends_with("ss") => format!("{list}_item"),
        None => list.strip_suffix('s').map_or_else(|| format!("{list}_item"), ToOwned::to_owned),
    }
}

fn id(wire: &str) -> Option<&'static str> {
    IDS.iter().find(|(name, _)| *name == wire).map(|(_, id)| *id)
}

fn is_number(id: &str) -> bool {
    matches!(id, "JobId" | "PressureTestId")
}

/// The text of a documented value.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
