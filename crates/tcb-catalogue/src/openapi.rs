//! The catalogue as an OpenAPI document: a path item for each endpoint.

mod schema;

use serde_json::{Map, Value, json};

use self::schema::Side;
use crate::{Catalogue, FieldType, Location, Method, Operation, Page, Sample, Title, TokenKind};

/// Members that every answer may carry; they have a schema of their own.
const ENVELOPE: [&str; 2] = ["errcode", "errmsg"];

const ABOUT: &str = "What is publicly documented about WeChat's cloud development API (云开发) for service providers on the open \
platform: a catalogue that was put together from documentation pages and public clients, and no document of Tencent's.\n\n\
A refused call is answered with HTTP status 200 and a code other than 0 in `errcode`. Any operation can answer any code; \
`x-wechat-errors` holds those that its own pages name.\n\n\
Answers may hold more members than are described, and `x-extensible-enum` lists the known values of a member that may get others. \
The names of operations, paths and members are the official ones, misprints included.";

impl Catalogue {
    /// Returns the catalogue as an OpenAPI 3.1 document, which tools of any language read.
    ///
    /// Beside paths, members and samples it has what OpenAPI has no word for: error codes with
    /// their reactions (`x-wechat-errors`), permission sets, kinds of tokens, quirks, sources, and
    /// the known values of members that may get others (`x-extensible-enum`).
    ///
    /// ```
    /// use tcb_catalogue::Catalogue;
    ///
    /// let document = Catalogue::get().to_openapi();
    /// assert_eq!(document["openapi"], "3.1.0");
    /// let create = &document["paths"]["/tcb/createfunction"]["post"];
    /// assert_eq!(create["operationId"], "createFunction");
    /// ```
    pub fn to_openapi(&self) -> Value {
        document(self)
    }
}

fn document(catalogue: &Catalogue) -> Value {
    let paths = catalogue.operations().iter().map(|operation| {
        let method = operation.method.as_str().to_lowercase();
        (operation.path.clone(), json!({method: of_operation(operation, catalogue)}))
    });
    let paths: Map<_, _> = paths.collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "WeChat cloud development for service providers",
            "description": ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [{"url": "https://api.weixin.qq.com"}],
        "tags": tags(catalogue),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "authorizer": token_scheme(
                    "authorizer",
                    "The token of a merchant's account that authorised the platform, `authorizer_access_token`."
                ),
                "component": token_scheme(
                    "component",
                    "The platform's own token, `component_access_token`. The parameter bears the same name as for a merchant's."
                ),
            },
            "schemas": {"Envelope": {
                "type": "object",
                "description": "What every answer may carry. On a refusal no other member has to be there.",
                "properties": {
                    "errcode": {"type": "integer", "description": "0 or absent is success; any other number is a refusal"},
                    "errmsg": {
                        "type": "string",
                        "description": "text for a person, which changes; it often ends in the id of the call, `rid: …`"
                    }
                }
            }},
        },
    })
}

fn token_scheme(kind: &str, about: &str) -> Value {
    json!({
        "type": "apiKey",
        "in": "query",
        "name": "access_token",
        "description": about,
        "x-wechat-token-kind": kind,
    })
}

fn tags(catalogue: &Catalogue) -> Value {
    let mut families: Vec<_> = catalogue.operations().iter().map(Operation::family).collect();
    families.dedup();
    families.into_iter().map(|family| json!({"name": family})).collect()
}

fn of_operation(operation: &Operation, catalogue: &Catalogue) -> Value {
    let mut out = json!({
        "operationId": operation.id,
        "summary": operation.title().en,
        "description": description(operation),
        "tags": [operation.family()],
        "security": security(operation),
        "responses": {"200": {
            "description": "The answer, or a refusal: `errcode` tells.",
            "content": {"application/json": answer(operation)},
        }},
        "x-wechat-confidence": format!("{:?}", operation.confidence).to_lowercase(),
        "x-wechat-errors": errors(operation, catalogue),
        "x-wechat-pages": operation.pages.iter().map(page).collect::<Value>(),
        "x-wechat-permission-sets": operation.permission_sets,
        "x-wechat-token-kinds": operation.token.kinds.iter().filter_map(|kind| token(*kind)).collect::<Value>(),
    });
    if !operation.quirks.is_empty() {
        out["x-wechat-quirks"] = operation.quirks.iter().map(|quirk| quirk.about.as_str()).collect();
    }
    if !operation.sample_deviations.is_empty() {
        out["x-wechat-sample-deviations"] = json!(operation.sample_deviations);
    }
    let parameters = parameters(operation);
    if !parameters.is_empty() {
        out["parameters"] = json!(parameters);
    }
    if operation.method == Method::Post {
        out["requestBody"] = json!({"required": true, "content": {"application/json": body(operation)}});
    }
    out
}

/// The Chinese title, and what fits no member.
fn description(operation: &Operation) -> String {
    let notes = operation.notes.iter().map(|note| format!("\n- {note}"));
    let notes: String = notes.collect();
    let title = &operation.title().zh;
    if notes.is_empty() { title.clone() } else { format!("{title}\n{notes}") }
}

/// The alternatives, the more usual one first; an empty list means that no token is sent.
fn security(operation: &Operation) -> Value {
    let kinds = operation.token.kinds.iter().filter_map(|kind| token(*kind));
    kinds.map(|kind| json!({kind: []})).collect()
}

fn token(kind: TokenKind) -> Option<&'static str> {
    match kind {
        TokenKind::Authorizer => Some("authorizer"),
        TokenKind::Component => Some("component"),
        TokenKind::None => None,
    }
}

fn errors(operation: &Operation, catalogue: &Catalogue) -> Value {
    let listed = operation.errors.iter().map(|listed| {
        let mut error = json!({"code": listed.code, "about": listed.about});
        if let Some(message) = &listed.message {
            error["message"] = json!(message);
        }
        if let Some(fact) = catalogue.error(listed.code) {
            error["reaction"] = json!(fact.reaction);
        }
        error
    });
    listed.collect()
}

fn page(page: &Page) -> Value {
    let Title { en, zh, .. } = &page.title;
    let mut out = json!({"family": page.family, "title": {"en": en, "zh": zh}, "sources": page.sources});
    if let Some(group) = &page.group {
        out["group"] = json!(group);
    }
    out
}

/// The parameters of the URL beside the token, which the security schemes describe.
fn parameters(operation: &Operation) -> Vec<Value> {
    let in_query = operation.request.iter().filter(|field| field.location == Location::Query);
    let parameter = in_query.map(|field| {
        let mut schema = schema::of_field(field, Side::Request);
        if let Some(members) = schema.as_object_mut() {
            members.remove("description");
        }
        let mut parameter = json!({
            "name": field.name,
            "in": "query",
            "required": field.required,
            "description": schema::description(field),
            "schema": schema,
        });
        let samples = operation.samples.iter().enumerate();
        let samples = samples.filter_map(|(index, sample)| {
            let text = sample.query.get(&field.name)?;
            Some((index, sample, json!(text)))
        });
        add_examples(&mut parameter, samples);
        parameter
    });
    parameter.collect()
}

fn body(operation: &Operation) -> Value {
    let whole = operation.request.iter().find(|field| field.location == Location::RawBody);
    let schema = match whole {
        // The text is the body itself, so to a reader of the body it is any JSON.
        Some(field) if field.kind == FieldType::JsonString => {
            json!({"description": schema::description(field)})
        }
        Some(field) => schema::of_field(field, Side::Request),
        None => {
            let in_body = operation.request.iter().filter(|field| field.location == Location::Body);
            schema::object(in_body, Side::Request)
        }
    };
    let mut media = json!({"schema": schema});
    let samples = operation.samples.iter().enumerate();
    add_examples(&mut media, samples.map(|(index, sample)| (index, sample, sample.request.clone())));
    media
}

fn answer(operation: &Operation) -> Value {
    let fields = operation.response.iter().filter(|field| !ENVELOPE.contains(&field.name.as_str()));
    let envelope = json!({"$ref": "#/components/schemas/Envelope"});
    let own = schema::object(fields, Side::Answer);
    let bare = own["properties"].as_object().is_none_or(Map::is_empty);
    let mut media = json!({"schema": if bare { envelope } else { json!({"allOf": [envelope, own]}) }});
    let samples = operation.samples.iter().enumerate();
    add_examples(
        &mut media,
        samples.filter_map(|(index, sample)| Some((index, sample, sample.response.clone()?))),
    );
    media
}

/// Adds the samples as examples. The parts of one sample have the same key everywhere.
fn add_examples<'a>(to: &mut Value, samples: impl Iterator<Item = (usize, &'a Sample, Value)>) {
    let mut examples = Map::new();
    for (index, sample, value) in samples {
        examples
            .insert(format!("sample-{}", index + 1), json!({"summary": sample.name.clone(), "value": value}));
    }
    if !examples.is_empty() {
        to["examples"] = Value::Object(examples);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{document, of_operation};
    use crate::{Catalogue, Operation};

    fn of(id: &str) -> Value {
        let catalogue = Catalogue::get();
        of_operation(catalogue.operation(id).unwrap(), catalogue)
    }

    #[test]
    fn every_endpoint_has_a_path_item_with_its_method() {
        let document = document(Catalogue::get());
        for operation in Catalogue::get().operations() {
            let item = &document["paths"][&operation.path];
            assert_eq!(item[operation.method.as_str().to_lowercase()]["operationId"], operation.id);
        }
        assert_eq!(document["paths"].as_object().unwrap().len(), 117);
        assert_eq!(document["tags"].as_array().unwrap().len(), 5);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut Vec<String>) {
            if let Some(reference) = value["$ref"].as_str() {
                found.push(reference.to_owned());
            }
            let members = value.as_object().into_iter().flat_map(|object| object.values());
            for below in members.chain(value.as_array().into_iter().flatten()) {
                references(below, found);
            }
        }
        let document = document(Catalogue::get());
        assert_eq!(document["openapi"], "3.1.0");
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.iter().all(|one| document.pointer(&one[1..]).is_some()), "{found:?}");
        assert!(found.len() >= 117);
    }

    #[test]
    fn tokens_are_alternatives_and_an_operation_without_one_says_so() {
        assert_eq!(of("invokeCloudFunction")["security"], json!([{"authorizer": []}, {"component": []}]));
        assert_eq!(of("getComponentAccessToken")["security"], json!([]));
        assert_eq!(of("getEnvInfo")["x-wechat-token-kinds"], json!(["authorizer"]));
    }

    #[test]
    fn an_operation_carries_its_errors_and_its_samples() {
        let create = of("createFunction");
        assert_eq!(create["x-wechat-permission-sets"], json!([49, 64]));
        assert_eq!(create["x-wechat-pages"][0]["title"]["zh"], "创建云函数");
        let errors = create["x-wechat-errors"].as_array().unwrap();
        assert!(
            errors
                .iter()
                .any(|error| error["code"] == 40014 && error["reaction"] == "refresh_token_and_retry")
        );
        let media = &create["requestBody"]["content"]["application/json"];
        assert_eq!(media["schema"]["required"], json!(["env", "function_name"]));
        assert_eq!(media["examples"]["sample-1"]["value"]["function_name"], "function1");
    }

    #[test]
    fn members_travel_where_the_catalogue_says() {
        let invoke = of("invokeCloudFunction");
        let names: Vec<_> = invoke["parameters"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["env", "name"]);
        let media = &invoke["requestBody"]["content"]["application/json"];
        assert!(media["schema"].get("type").is_none(), "any JSON is an event");
        assert!(of("getApiDomainIp").get("requestBody").is_none(), "a GET has no body");
    }

    #[test]
    fn an_answer_without_members_is_the_envelope() {
        let schema = |operation: &Value| {
            operation["responses"]["200"]["content"]["application/json"]["schema"].clone()
        };
        assert_eq!(schema(&of("createFunction")), json!({"$ref": "#/components/schemas/Envelope"}));
        assert_eq!(schema(&of("getEnvInfo"))["allOf"][0], json!({"$ref": "#/components/schemas/Envelope"}));
    }

    #[test]
    fn no_fact_is_left_out() {
        let text = document(Catalogue::get()).to_string();
        let quoted = |text: &str| serde_json::to_string(text).unwrap().trim_matches('"').to_owned();
        for Operation { id, quirks, notes, .. } in Catalogue::get().operations() {
            for fact in quirks.iter().map(|quirk| &quirk.about).chain(notes) {
                assert!(text.contains(&quoted(fact)), "{id}: {fact}");
            }
        }
    }
}
