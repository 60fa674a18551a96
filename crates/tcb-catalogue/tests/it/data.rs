//! What must hold for the data files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tcb_catalogue::{
    Catalogue, Confidence, Field, FieldType, Item, JsonType, Location, Method, Operation, TokenKind,
};

fn data_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// Every file below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Fails when `names` has duplicates or is not in order.
fn assert_ascending<T: Ord + std::fmt::Debug>(names: &[T]) {
    for pair in names.windows(2) {
        assert!(pair[0] < pair[1], "{:?} stands before {:?}", pair[0], pair[1]);
    }
}

/// Calls `visit` with every field, at every depth.
fn visit_fields<'a>(fields: &'a [Field], visit: &mut impl FnMut(&'a Field)) {
    fn visit_item<'a>(item: &'a Item, visit: &mut impl FnMut(&'a Field)) {
        visit_fields(&item.fields, visit);
        if let Some(item) = &item.items {
            visit_item(item, visit);
        }
    }
    for field in fields {
        visit(field);
        visit_fields(&field.fields, visit);
        if let Some(item) = &field.items {
            visit_item(item, visit);
        }
    }
}

#[test]
fn the_catalogue_has_every_endpoint_page_and_code() {
    let catalogue = Catalogue::get();
    assert_eq!(catalogue.operations().len(), 117);
    assert_eq!(catalogue.operations().iter().map(|operation| operation.pages.len()).sum::<usize>(), 121);
    assert_eq!(catalogue.errors().len(), 849);
}

#[test]
fn every_file_is_listed_and_lies_where_its_content_says() {
    let listed: BTreeSet<_> = Catalogue::get()
        .operations()
        .iter()
        .map(|operation| {
            data_folder().join("operations").join(operation.family()).join(format!("{}.json", operation.id))
        })
        .chain(["errors.json", "zh.json"].map(|name| data_folder().join(name)))
        .collect();
    let present: BTreeSet<_> = files(&data_folder()).into_iter().collect();
    assert_eq!(listed, present);
}

#[test]
fn operations_stand_in_order_of_family_and_id() {
    let names: Vec<_> = Catalogue::get()
        .operations()
        .iter()
        .map(|operation| format!("{}/{}", operation.family(), operation.id))
        .collect();
    assert_ascending(&names);
}

#[test]
fn ids_and_paths_are_unique() {
    let operations = Catalogue::get().operations();
    let ids: BTreeSet<_> = operations.iter().map(|operation| &operation.id).collect();
    let paths: BTreeSet<_> = operations.iter().map(|operation| &operation.path).collect();
    assert_eq!(ids.len(), operations.len());
    assert_eq!(paths.len(), operations.len());
}

#[test]
fn error_codes_are_unique_and_in_order() {
    let codes: Vec<_> = Catalogue::get().errors().iter().map(|fact| fact.code).collect();
    assert_ascending(&codes);
}

#[test]
fn every_error_code_knows_where_it_was_seen() {
    let catalogue = Catalogue::get();
    for fact in catalogue.errors() {
        assert!(!fact.sources.is_empty(), "{}", fact.code);
        assert!(!fact.seen_in.is_empty(), "{}", fact.code);
        for place in &fact.seen_in {
            assert!(place == "global" || catalogue.operation(place).is_some(), "{}: {place}", fact.code);
        }
    }
}

#[test]
fn every_code_that_an_operation_lists_is_in_the_table_once() {
    let catalogue = Catalogue::get();
    for operation in catalogue.operations() {
        let codes: BTreeSet<_> = operation.errors.iter().map(|error| error.code).collect();
        assert_eq!(codes.len(), operation.errors.len(), "{} lists a code twice", operation.id);
        for code in codes {
            assert!(catalogue.error(code).is_some(), "{}: {code}", operation.id);
        }
    }
}

#[test]
fn every_operation_has_a_page_with_sources_and_a_title() {
    for operation in Catalogue::get().operations() {
        for page in &operation.pages {
            assert!(!page.sources.is_empty(), "{}", operation.id);
            assert!(!page.title.en.is_empty() && !page.title.zh.is_empty(), "{}", operation.id);
            assert!(!page.family.contains('/'), "{}: the group has its own member", operation.id);
        }
        assert!(operation.path.starts_with('/'), "{}", operation.id);
    }
}

#[test]
fn a_token_has_a_parameter_exactly_when_there_is_a_token() {
    for operation in Catalogue::get().operations() {
        let token = &operation.token;
        assert!(!token.kinds.is_empty(), "{}", operation.id);
        assert_eq!(token.query.is_none(), token.kinds == [TokenKind::None], "{}", operation.id);
        assert_eq!(token.query.is_some(), !token.kinds.contains(&TokenKind::None), "{}", operation.id);
    }
}

#[test]
fn fields_make_sense() {
    for operation in Catalogue::get().operations() {
        let id = &operation.id;
        let mut visit = |field: &Field| {
            let name = &field.name;
            assert_eq!(field.kind == FieldType::Array, field.items.is_some(), "{id}: {name}");
            assert!(field.fields.is_empty() || field.kind == FieldType::Object, "{id}: {name}");
            for value in field.allowed.iter().chain(&field.default) {
                let fits = match field.kind {
                    FieldType::String => JsonType::of(value) == JsonType::String,
                    FieldType::Boolean => JsonType::of(value) == JsonType::Boolean,
                    FieldType::Integer => JsonType::of(value) == JsonType::Integer,
                    FieldType::Number => value.is_number(),
                    // The validator looks at documented values of the types above only.
                    _ => false,
                };
                assert!(fits, "{id}: a documented value of {name} has another type");
            }
            let mut names = BTreeSet::new();
            assert!(field.fields.iter().all(|member| names.insert(&member.name)), "{id}: {name}");
        };
        visit_fields(&operation.request, &mut visit);
        visit_fields(&operation.response, &mut visit);
        for fields in [&operation.request, &operation.response] {
            let mut names = BTreeSet::new();
            assert!(fields.iter().all(|field| names.insert(&field.name)), "{id} has a field twice");
        }
        for field in &operation.response {
            match field.name.as_str() {
                "errcode" => assert_eq!(field.kind, FieldType::Integer, "{id}"),
                "errmsg" => assert_eq!(field.kind, FieldType::String, "{id}"),
                _ => {}
            }
        }
    }
}

#[test]
fn only_the_first_level_of_a_request_travels_outside_the_json_body() {
    for operation in Catalogue::get().operations() {
        let id = &operation.id;
        let inner = |field: &Field| assert_eq!(field.location, Location::Body, "{id}: {}", field.name);
        visit_fields(&operation.response, &mut { inner });
        for field in &operation.request {
            visit_fields(&field.fields, &mut { inner });
            assert!(
                field.location != Location::Query
                    || !matches!(field.kind, FieldType::Object | FieldType::Array),
                "{id}: {} cannot be a query parameter",
                field.name
            );
        }
        let has = |location| operation.request.iter().filter(|field| field.location == location).count();
        assert!(has(Location::RawBody) <= 1, "{id}");
        assert!(
            has(Location::RawBody) == 0 || has(Location::Body) == 0,
            "{id} mixes a raw body with members"
        );
        assert!(operation.method == Method::Post || has(Location::Body) == 0, "{id}: GET has no body");
    }
}

#[test]
fn every_request_field_says_whether_it_is_required() {
    fn look(fields: &Value, path: &Path) {
        for field in fields.as_array().into_iter().flatten() {
            assert!(field["required"].is_boolean(), "{}: {}", path.display(), field["name"]);
            look(&field["fields"], path);
            let mut item = &field["items"];
            while item.is_object() {
                look(&item["fields"], path);
                item = &item["items"];
            }
        }
    }
    for path in files(&data_folder().join("operations")) {
        let data: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        look(&data["request"], &path);
    }
}

#[test]
fn the_data_stands_alone() {
    // Places on a machine and names of working papers; official documentation addresses are full
    // URLs.
    let foreign = [
        "/home/",
        "/tmp/",
        "/root/",
        "/work/",
        "file://",
        "../",
        "localhost",
        "seed ",
        "seed:",
        "flows.md",
        "tokens.md",
    ];
    for path in files(&data_folder()) {
        let text = fs::read_to_string(&path).unwrap();
        for mark in foreign {
            assert!(!text.contains(mark), "{} mentions {mark:?}", path.display());
        }
    }
}

#[test]
fn lookups_find_what_is_there_and_nothing_else() {
    let catalogue = Catalogue::get();
    for operation in catalogue.operations() {
        assert_eq!(catalogue.operation(&operation.id).unwrap().path, operation.path);
        assert_eq!(catalogue.by_path(&operation.path).unwrap().id, operation.id);
        assert_eq!(catalogue.by_call(operation.method.as_str(), &operation.path).unwrap().id, operation.id);
    }
    for fact in catalogue.errors() {
        assert_eq!(catalogue.error(fact.code).unwrap().about, fact.about);
    }
    assert!(catalogue.operation("getFunctionList").is_none(), "the official id is getFuntionList");
    assert!(catalogue.by_path("/tcb/createfunction/").is_none());
    assert!(catalogue.by_path("/tcb/CreateFunction").is_none());
    assert!(catalogue.by_call("GET", "/tcb/createfunction").is_none());
    assert!(catalogue.by_call("GET", "/cgi-bin/open/have").is_some());
    assert!(catalogue.error(123_456_789).is_none());
}

#[test]
fn names_in_the_data_are_those_of_the_types() {
    for kind in ["string", "integer", "number", "boolean", "object", "array", "base64", "json-string"] {
        assert_eq!(serde_json::from_value::<FieldType>(kind.into()).unwrap().as_str(), kind);
    }
}

#[test]
fn a_member_that_nobody_knows_and_an_operation_without_a_page_are_refused() {
    let path = data_folder().join("operations/cloudbase-common/createFunction.json");
    let good: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(serde_json::from_value::<Operation>(good.clone()).unwrap().confidence, Confidence::High);
    for place in ["", "/pages/0", "/pages/0/title", "/token", "/request/0", "/errors/0", "/samples/0"] {
        let mut typo = good.clone();
        typo.pointer_mut(place).unwrap()["requierd"] = true.into();
        assert!(serde_json::from_value::<Operation>(typo).is_err(), "{place}");
    }
    let mut pageless = good;
    pageless["pages"] = serde_json::json!([]);
    assert!(serde_json::from_value::<Operation>(pageless).is_err());
}

#[test]
fn every_chinese_text_stands_for_something_of_the_catalogue() {
    let catalogue = Catalogue::get();
    let zh: Value =
        serde_json::from_str(&fs::read_to_string(data_folder().join("zh.json")).unwrap()).unwrap();
    for code in zh["errors"].as_object().unwrap().keys() {
        assert!(catalogue.error(code.parse().unwrap()).is_some(), "{code} is in no table");
    }
    let mut texts = texts_of_operations();
    texts.extend(catalogue.errors().iter().map(|fact| fact.about.as_str()));
    texts.extend(remarks_of_sources());
    for text in zh["texts"].as_object().unwrap().keys() {
        assert!(texts.contains(text.as_str()), "nothing of the catalogue says: {text}");
    }
}

/// What the catalogue says in words of its own of the operations: of their fields and the limits of
/// these, of the codes that they list, their notes and quirks.
fn texts_of_operations() -> BTreeSet<&'static str> {
    let mut texts = BTreeSet::new();
    for operation in Catalogue::get().operations() {
        let mut note = |field: &'static Field| {
            let item = field.items.as_ref().and_then(|item| item.about.as_deref());
            texts.extend([Some(field.about.as_str()), field.limits.as_deref(), item].into_iter().flatten());
        };
        visit_fields(&operation.request, &mut note);
        visit_fields(&operation.response, &mut note);
        texts.extend(operation.errors.iter().map(|error| error.about.as_str()));
        texts.extend(operation.notes.iter().map(String::as_str));
        texts.extend(operation.quirks.iter().map(|quirk| quirk.about.as_str()));
    }
    texts
}

/// Sources of error codes that are more than an address or a name, and addresses of pages that have
/// a remark behind them.
fn remarks_of_sources() -> impl Iterator<Item = &'static str> {
    let catalogue = Catalogue::get();
    let pages = catalogue.operations().iter().flat_map(|operation| &operation.pages);
    let addresses = pages.flat_map(|page| &page.sources).filter(|source| source.contains("://"));
    let sources = catalogue.errors().iter().flat_map(|fact| &fact.sources);
    addresses.chain(sources).map(String::as_str).filter(|source| source.contains(' '))
}

#[test]
fn all_that_is_told_is_said_in_chinese() {
    let mut texts = texts_of_operations();
    texts.extend(remarks_of_sources());
    let is_missing = |text: &&&str| Catalogue::get().chinese(text).is_none();
    let missing: Vec<_> = texts.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_error_code_is_said_in_chinese() {
    let catalogue = Catalogue::get();
    let codes = catalogue.errors().iter().map(|fact| fact.code);
    let missing: Vec<i64> = codes.filter(|code| catalogue.error_in_chinese(*code).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
