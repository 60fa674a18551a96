//! Where a mini program's messages are pushed to, inside of the cloud.

use serde_json::{Value, json};

use super::function::function;
use crate::assumption::TwoPushes;
use crate::call::{Call, CallAnswer, success};
use crate::refusal::{Refusal, refusal, refuse};

/// A block that is not sent stays as it is. While the push to a container is on, the one to
/// functions cannot be switched on.
pub(super) fn set(call: &mut Call<'_>) -> CallAnswer {
    let mut functions = call.member("function_config").cloned();
    let container = call.member("container_config").cloned();
    if let Some(functions) = &mut functions {
        fill_switches(functions);
        callbacks_exist(call, functions)?;
    }
    if let Some(container) = &container {
        let env = container["qbase_env"].as_str().unwrap_or_default().to_owned();
        call.environment(&env)?;
    }
    let conflict = if call.state.assumptions.is(TwoPushes::Code40097) { 40097 } else { -501_007 };
    let known = &mut call.cloud_account()?.callbacks;
    let is_on = |block: Option<&Value>| block.is_some_and(|block| block["enable"] == true);
    let container_is_on = is_on(container.as_ref().or(known.container.as_ref()));
    if container_is_on && is_on(functions.as_ref().or(known.functions.as_ref())) {
        return refuse(conflict);
    }
    known.functions = functions.or(known.functions.take());
    known.container = container.or(known.container.take());
    Ok(success(json!({})))
}

/// Switches that are not sent are on.
fn fill_switches(functions: &mut Value) {
    let entries = functions["callbacks"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
    for entry in entries {
        fill_switch(entry);
    }
    fill_switch(functions);
}

fn fill_switch(block: &mut Value) {
    if let Some(block) = block.as_object_mut() {
        block.entry("enable").or_insert(json!(true));
    }
}

fn callbacks_exist(call: &mut Call<'_>, functions: &Value) -> Result<(), Refusal> {
    for entry in functions["callbacks"].as_array().into_iter().flatten() {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        function(call, &text("env"), &text("functionName"))?;
        if (text("msgType") == "event") == text("event").is_empty() {
            return refuse(40097);
        }
    }
    Ok(())
}

pub(super) fn get(call: &mut Call<'_>) -> CallAnswer {
    let known = &call.cloud_account()?.callbacks;
    let mut data = json!({});
    let blocks = [("function_config", &known.functions), ("container_config", &known.container)];
    for (name, block) in blocks {
        if let Some(block) = block {
            data[name] = block.clone();
        }
    }
    Ok(success(json!({"data": data})))
}

/// The older call, whose configuration is the block of functions as a text.
pub(super) fn set_app_config(call: &mut Call<'_>) -> CallAnswer {
    let mut functions: Value = serde_json::from_str(&call.text("config")).map_err(|_| refusal(40097))?;
    if !functions.is_object() {
        return refuse(40097);
    }
    fill_switches(&mut functions);
    callbacks_exist(call, &functions)?;
    call.cloud_account()?.callbacks.functions = Some(functions);
    Ok(success(json!({})))
}

pub(super) fn get_app_config(call: &mut Call<'_>) -> CallAnswer {
    let known = call.cloud_account()?.callbacks.functions.as_ref();
    let config = known.map_or_else(|| json!({"enable": false, "callbacks": []}), Value::clone);
    Ok(success(json!({"config": config.to_string()})))
}
