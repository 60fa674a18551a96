//! Text messages, which go into a ledger, and what is asked of it.

use serde_json::{Value, json};

use crate::assumption::WrongNumber;
use crate::calendar;
use crate::call::{Call, CallAnswer, success};
use crate::database::file::rows;
use crate::refusal::{Refusal, refusal, refuse};
use crate::state::Sms;
use crate::storage::Bucket;

/// Numbers of one call, and characters of a content.
const MOST_NUMBERS: usize = 1000;
const LONGEST_CONTENT: usize = 30;

/// Records on a page when a call names no number.
const PAGE: u64 = 20;

/// The text of a message whose template is not known here.
const TEMPLATE: &str = "template";

pub(super) fn send(call: &mut Call<'_>) -> CallAnswer {
    let content = if call.text("sms_type") == "Notification" {
        let template = call.needed("template_id")?.as_str().unwrap_or_default().to_owned();
        filled(&template, &call.texts("template_param_list"))
    } else {
        let content = call.needed("content")?.as_str().unwrap_or_default().to_owned();
        call.needed("path")?;
        if content.chars().count() > LONGEST_CONTENT {
            return refuse(-501_007);
        }
        content
    };
    deliver(call, &content)
}

pub(super) fn send_with_link(call: &mut Call<'_>) -> CallAnswer {
    let values = call.texts("template_param_list");
    if values.first().is_some_and(|first| first.chars().count() > LONGEST_CONTENT) {
        return refuse(-501_007);
    }
    let content =
        format!("{} {}", filled(&call.filled_text("template_id")?, &values), call.filled_text("url_link")?);
    deliver(call, &content)
}

fn filled(template: &str, values: &[String]) -> String {
    format!("{TEMPLATE} {template}: {}", values.join(", "))
}

/// Sends to all numbers of the call; each has a status of its own.
fn deliver(call: &mut Call<'_>, content: &str) -> CallAnswer {
    let (env, numbers, now) = (call.text("env"), call.texts("phone_number_list"), call.now);
    if numbers.len() > MOST_NUMBERS {
        return refuse(-501_007);
    }
    sending_environment(call, &env)?;
    let refuses_foreign = call.state.assumptions.is(WrongNumber::Refused);
    if refuses_foreign && !numbers.iter().all(|number| is_number(number)) {
        return refuse(-501_007);
    }
    let mut statuses = Vec::new();
    for number in numbers {
        let serial_no = format!("8:{}", call.state.seed.request_id());
        let sent = is_number(&number);
        let (code, message) = if sent {
            ("Ok", "send success")
        } else {
            ("InvalidParameterValue.IncorrectPhoneNumber", "incorrect phone number")
        };
        statuses.push(json!({
            "serial_no": serial_no, "phone_number": number, "code": code, "message": message, "iso_code": "",
        }));
        if sent {
            let sms =
                Sms { env: env.clone(), number, content: content.to_owned(), time: now, query_id: None };
            call.account()?.sms.sent.push(sms);
        }
    }
    Ok(success(json!({"send_status_list": statuses})))
}

/// The environment is the mini program's, unless the call names the platform as its owner.
fn sending_environment(call: &mut Call<'_>, env: &str) -> Result<(), Refusal> {
    let own = call.authorizer()?;
    match call.optional_text("resource_appid").filter(|owner| *owner != own) {
        None => call.environment(env).map(drop),
        Some(owner) => {
            let component = call.state.components.get_mut(&owner).ok_or_else(|| refusal(40013))?;
            let known = component.environments.get_mut(env).is_some();
            if known { Ok(()) } else { Err(refusal(-501_007).saying("Environment not found")) }
        }
    }
}

/// A number of the mainland.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix("+86");
    digits.is_some_and(|digits| digits.len() == 11 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Sends to the numbers in the first column of a file that was uploaded as an extension's.
pub(super) fn create_task(call: &mut Call<'_>) -> CallAnswer {
    let (env, now, authorizer) = (call.text("env"), call.now, call.authorizer()?);
    let file = call.text("file_url");
    call.environment(&env)?;
    let file = file.strip_prefix("extension://").unwrap_or_default();
    let text = call.state.storage.content(&Bucket::extensions(&authorizer), file);
    let text = text.ok_or_else(|| refusal(-501_007).saying("the file was not uploaded"))?;
    let rows = rows(&String::from_utf8_lossy(&text)).map_err(|error| refusal(-501_007).saying(error))?;
    let id = call.state.seed.request_id();
    let content = filled(&call.text("template_id"), &[]);
    let ledger = &mut call.account()?.sms;
    for number in rows.iter().filter_map(|row| row.first()).filter(|cell| is_number(cell)) {
        let (env, number, content) = (env.clone(), number.clone(), content.clone());
        ledger.sent.push(Sms { env, number, content, time: now, query_id: Some(id.clone()) });
    }
    Ok(success(json!({"query_id": id})))
}

/// Answers in the form of Tencent Cloud's own API, without an `errcode`.
pub(super) fn records(call: &mut Call<'_>) -> CallAnswer {
    let wanted = call.needed("PostData")?.clone();
    let text = |name: &str| wanted[name].as_str().unwrap_or_default();
    let from = midnight(text("StartDate"))?;
    let to = midnight(text("EndDate"))? + 86_399;
    let env = text("EnvId");
    call.environment(env)?;
    let fits = |sms: &&Sms| {
        let is_number = text("Mobile").is_empty() || sms.number == text("Mobile");
        let is_task = text("QueryId").is_empty() || sms.query_id.as_deref() == Some(text("QueryId"));
        sms.env == env && is_number && is_task
    };
    let found: Vec<Value> = call.account()?.sms.between(from, to).filter(fits).map(record).collect();
    let number = |name: &str, usual: u64| wanted[name].as_u64().unwrap_or(usual);
    let (page, size) = (number("PageNumber", 1).max(1), number("PageSize", PAGE));
    let skipped = usize::try_from((page - 1).saturating_mul(size)).unwrap_or(usize::MAX);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let (total, id) = (found.len(), call.state.seed.request_id());
    let page: Vec<Value> = found.into_iter().skip(skipped).take(size).collect();
    Ok(json!({"Response": {"SmsRecords": page, "TotalCount": total, "RequestId": id}}))
}

fn record(sms: &Sms) -> Value {
    json!({
        "Mobile": sms.number,
        "Content": sms.content,
        "ContentSize": sms.content.chars().count(),
        "Fee": sms.fee(),
        "CreateTime": sms.time.in_beijing(),
        "ReceivedTime": sms.time.in_beijing(),
        "Status": "sent",
        "Remarks": "用户短信接收成功",
    })
}

/// The beginning of a day in Beijing, in Unix seconds.
fn midnight(date: &str) -> Result<u64, Refusal> {
    let millis = if date.len() == 10 { calendar::parse(date) } else { None };
    let seconds = millis.and_then(|millis| u64::try_from(millis / 1000 - 8 * 3600).ok());
    seconds.ok_or_else(|| refusal(-501_007).saying("a day is written yyyy-MM-dd"))
}

/// One row for each environment that has sent. The page shows two columns and cuts the others, so
/// there are no others.
pub(super) fn statistics(call: &mut Call<'_>) -> CallAnswer {
    let paged = call.text("action") != "smsMarketingRealTimeData";
    if paged {
        call.needed("page_limit")?;
        call.needed("page_offset")?;
    }
    let (begin, end) = (call.number("begin_date"), call.number("end_date"));
    let (Ok(begin), Ok(end)) = (u64::try_from(begin), u64::try_from(end)) else { return refuse(40097) };
    let (skipped, most) =
        (call.count("page_offset")?.unwrap_or(0), call.count("page_limit")?.unwrap_or(usize::MAX));
    let condition = call.member("condition").cloned().unwrap_or_default();
    let only = condition["env_id"].as_str().unwrap_or_default();
    let appid = call.authorizer()?;
    let mut envs: Vec<&str> =
        call.cloud_account()?.sms.between(begin, end).map(|sms| sms.env.as_str()).collect();
    envs.sort_unstable();
    envs.dedup();
    envs.retain(|env| only.is_empty() || *env == only);
    let total = envs.len();
    let rows = envs.into_iter().skip(skipped).take(most).map(|env| json!({"data_value": [appid, env]}));
    let rows: Vec<Value> = rows.collect();
    Ok(success(json!({
        "data_column": [
            {"col_id": "appid", "col_name": "小程序id", "col_data_type": "0"},
            {"col_id": "env_id", "col_name": "环境id", "col_data_type": "0"},
        ],
        "data_value": rows,
        "total_num": total,
    })))
}

/// Only the environment has to be there; nothing answers what was reported.
pub(super) fn report(call: &mut Call<'_>) -> CallAnswer {
    let env = call.text("env_id");
    call.environment(&env)?;
    Ok(success(json!({})))
}
