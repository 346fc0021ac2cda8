//! Microsoft's OpenAPI slice as a judge over requests and responses.
//!
//! `Contract::load()` is `None` (and says so) where the contract is not beside the checkout.
//! Every check returns what is wrong, in words; an empty list is a pass. A test over the
//! bridge validates what it sent with [`Contract::recorded`].

#![allow(dead_code, unreachable_pub)] // shared: each test file uses the part it needs

use std::path::Path;

use boon::{Compiler, Schemas, ValidationError};
use lampfield::simulator::Recorded;
use serde_json::{Value, json};

pub struct Contract {
    document: Value,
}

/// A request as the contract sees it: `path` with its query, undecoded.
pub struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub consistency_level: Option<&'a str>,
    pub body: &'a str,
}

impl Contract {
    pub fn load() -> Option<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../shared/contract/graph-presence-strict.yaml");
        // A worktree lies one level deeper than a checkout.
        let deeper = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../shared/contract/graph-presence-strict.yaml");
        let text = std::fs::read_to_string(&path).or_else(|_| std::fs::read_to_string(deeper));
        let Ok(text) = text else {
            println!("skipped: {} not present", path.display());
            return None;
        };
        let mut document: Value = serde_yaml_ng::from_str(&text).unwrap();
        convert_nullable(&mut document);
        Some(Self { document })
    }

    /// What is wrong with a request that the simulator recorded; requests to Entra pass.
    pub fn recorded(&self, request: &Recorded) -> Vec<String> {
        if request.endpoint == "token" {
            return Vec::new();
        }
        self.request(&Asked {
            method: &request.method,
            path: &request.path,
            consistency_level: request.headers.get("consistencylevel").map(String::as_str),
            body: &request.body,
        })
    }

    /// What is wrong with a request.
    pub fn request(&self, asked: &Asked<'_>) -> Vec<String> {
        let Some(operation) = self.operation(asked.method, asked.path) else {
            return vec![format!("no operation {} {}", asked.method, asked.path)];
        };
        let mut wrong = self.wrong_query(operation, asked);
        wrong.extend(self.wrong_headers(operation, asked));
        let schema = operation.pointer("/requestBody/content/application~1json/schema");
        match (schema, asked.body.is_empty()) {
            (Some(_), true) => wrong.push("the body is missing".into()),
            (Some(schema), false) => match serde_json::from_str(asked.body) {
                Ok(body) => wrong.extend(self.against(schema, &body)),
                Err(e) => wrong.push(format!("the body is no JSON: {e}")),
            },
            (None, _) => {}
        }
        wrong
    }

    /// What is wrong with a response.
    pub fn response(&self, method: &str, path: &str, status: u16, body: &str) -> Vec<String> {
        let Some(operation) = self.operation(method, path) else {
            return vec![format!("no operation {method} {path}")];
        };
        let key = if (200..300).contains(&status) {
            "2XX"
        } else {
            "default"
        };
        let content = &operation["responses"][key]["content"];
        if let Some(schema) = content.pointer("/application~1json/schema") {
            return match serde_json::from_str(body) {
                Ok(body) => self.against(schema, &body),
                Err(e) => vec![format!("the response is no JSON: {e}")],
            };
        }
        if let Some(schema) = content.pointer("/text~1plain/schema") {
            let number = body
                .parse::<i64>()
                .map_or_else(|_| json!(body), |n| json!(n));
            return self.against(schema, &number);
        }
        if body.is_empty() {
            return Vec::new();
        }
        vec!["a body where the contract has none".into()]
    }

    fn against(&self, schema: &Value, instance: &Value) -> Vec<String> {
        let whole = json!({"allOf": [schema], "components": self.document["components"]});
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler.add_resource("contract.json", whole).unwrap();
        let mut schemas = Schemas::new();
        let schema = compiler.compile("contract.json", &mut schemas).unwrap();
        let mut wrong = Vec::new();
        if let Err(error) = schemas.validate(instance, schema) {
            name_each(&error, instance, &mut wrong);
        }
        wrong
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next()?;
        let segments: Vec<&str> = path.split('/').collect();
        let paths = self.document["paths"].as_object()?;
        let fits = |template: &str| {
            let parts: Vec<&str> = template.split('/').collect();
            let same = parts.iter().zip(&segments);
            let mut same = same.map(|(t, s)| t == s || (t.starts_with('{') && !s.is_empty()));
            parts.len() == segments.len() && same.all(|fits| fits)
        };
        // A literal path wins over a template: /users/delta is no user.
        let literal = paths.get(path);
        let template = || paths.iter().find(|(t, _)| fits(t)).map(|(_, item)| item);
        literal.or_else(template)?.get(method.to_ascii_lowercase())
    }

    fn parameters<'a>(&'a self, operation: &'a Value) -> Vec<&'a Value> {
        let declared = operation["parameters"].as_array();
        declared
            .into_iter()
            .flatten()
            .map(|parameter| match parameter["$ref"].as_str() {
                Some(reference) => {
                    let pointer = reference.trim_start_matches('#');
                    self.document.pointer(pointer).unwrap()
                }
                None => parameter,
            })
            .collect()
    }

    fn wrong_query(&self, operation: &Value, asked: &Asked<'_>) -> Vec<String> {
        let query = asked.path.split_once('?').map_or("", |(_, query)| query);
        let parameters = self.parameters(operation);
        let mut wrong = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (decoded(name), decoded(value));
            // Part of a link that the service itself has given out.
            if name == "$skiptoken" {
                continue;
            }
            match parameters.iter().find(|p| p["name"] == name.as_str()) {
                None => wrong.push(format!("no query parameter {name}")),
                Some(p) => wrong.extend(self.against(&p["schema"], &typed(&p["schema"], &value))),
            }
        }
        wrong
    }

    fn wrong_headers(&self, operation: &Value, asked: &Asked<'_>) -> Vec<String> {
        let parameters = self.parameters(operation);
        let mut headers = parameters.iter().filter(|p| p["in"] == "header");
        let level = headers.find(|p| p["name"] == "ConsistencyLevel");
        match (level, asked.consistency_level) {
            (Some(p), Some(value)) => self.against(&p["schema"], &json!(value)),
            (Some(p), None) if p["required"] == true => {
                vec!["the header ConsistencyLevel is missing".into()]
            }
            _ => Vec::new(),
        }
    }
}

fn typed(schema: &Value, raw: &str) -> Value {
    match schema["type"].as_str() {
        Some("integer") => raw.parse::<i64>().map_or_else(|_| json!(raw), |n| json!(n)),
        Some("boolean") => raw
            .parse::<bool>()
            .map_or_else(|_| json!(raw), |b| json!(b)),
        Some("array") => json!(raw.split(',').collect::<Vec<_>>()),
        _ => json!(raw),
    }
}

fn decoded(raw: &str) -> String {
    raw.replace("%24", "$")
        .replace("%2C", ",")
        .replace("%20", " ")
        .replace("%27", "'")
        .replace('+', " ")
}

/// Each thing that is wrong, with its place and what stands there.
fn name_each(error: &ValidationError<'_, '_>, instance: &Value, wrong: &mut Vec<String>) {
    if error.causes.is_empty() {
        let place = error.instance_location.to_string();
        let value = instance.pointer(&place);
        wrong.push(format!("{} at {place}: {value:?}", error.kind));
    }
    for cause in &error.causes {
        name_each(cause, instance, wrong);
    }
}

/// OpenAPI 3.0 says `nullable`, JSON Schema says `["string", "null"]`.
fn convert_nullable(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(convert_nullable),
        Value::Object(fields) => {
            fields.values_mut().for_each(convert_nullable);
            if fields.remove("nullable") != Some(json!(true)) {
                return;
            }
            if let Some(kind) = fields.get("type").cloned() {
                fields.insert("type".into(), json!([kind, "null"]));
            }
            if let Some(Value::Array(allowed)) = fields.get_mut("enum") {
                allowed.push(Value::Null);
            }
        }
        _ => {}
    }
}
