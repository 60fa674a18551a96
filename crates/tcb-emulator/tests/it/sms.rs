//! Text messages and what is asked about them.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tcb_emulator::Emulator;

use crate::support::*;

const SEND: &str = "/tcb/sendsms";
const SEND_LINK: &str = "/tcb/sendsmsv2";
const TASK: &str = "/tcb/createsendsmstask";
const RECORDS: &str = "/tcb/describesmsrecords";
const STATISTICS: &str = "/tcb/getstatistics";
const UPLOADS: &str = "/tcb/describeextensionuploadinfo";
const ONE: &str = "+8612345678910";

fn codes(answer: &Value) -> Vec<&str> {
    answer["send_status_list"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

async fn records(emulator: &Emulator, token: &str, env: &str, more: Value) -> Value {
    let mut wanted = json!({"EnvId": env, "StartDate": "2023-11-15", "EndDate": "2023-11-15"});
    wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    call(emulator, RECORDS, token, json!({"PostData": wanted})).await["Response"].clone()
}

#[tokio::test]
async fn what_is_sent_goes_into_the_ledger() {
    // 06:13 on 2023-11-15 in Beijing.
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let marketing = json!({"env": id, "phone_number_list": [ONE, "+4915112345678"], "sms_type": "Marketing",
        "content": "发布了新的能力", "path": "/index.html"});
    let sent = call(&emulator, SEND, &shop.token, marketing.clone()).await;
    assert_eq!(codes(&sent), ["Ok", "InvalidParameterValue.IncorrectPhoneNumber"]);
    let linked = json!({"env": id, "phone_number_list": ["+8612345678911"], "url_link": "https://wxaurl.cn/x",
        "template_id": "844110", "template_param_list": ["new"]});
    assert_eq!(codes(&call(&emulator, SEND_LINK, &shop.token, linked.clone()).await), ["Ok"]);
    let notification = json!({"env": id, "phone_number_list": [ONE], "sms_type": "Notification", "template_id": "1",
        "template_param_list": ["x".repeat(80)]});
    assert_code(&call(&emulator, SEND, &shop.token, notification).await, 0);

    let all = records(&emulator, &shop.token, &id, json!({})).await;
    assert_eq!(all["TotalCount"], 3);
    let first = &all["SmsRecords"][0];
    assert_eq!((&first["Mobile"], &first["Content"]), (&json!(ONE), &json!("发布了新的能力")));
    assert_eq!((&first["CreateTime"], &first["Status"]), (&json!("2023-11-15 06:13:20"), &json!("sent")));
    assert_eq!(all["SmsRecords"][2]["Fee"], 2);
    let only =
        records(&emulator, &shop.token, &id, json!({"Mobile": ONE, "PageSize": 1, "PageNumber": 2})).await;
    assert_eq!((&only["TotalCount"], only["SmsRecords"].as_array().unwrap().len()), (&json!(2), 1));
    let day_before = json!({"StartDate": "2023-11-13", "EndDate": "2023-11-14"});
    assert_eq!(records(&emulator, &shop.token, &id, day_before).await["TotalCount"], 0);

    emulator.assume("A-034", "refused").unwrap();
    assert_code(&call(&emulator, SEND, &shop.token, marketing.clone()).await, -501_007);
    emulator.assume("A-034", "listed").unwrap();

    let mut long = marketing;
    long["content"] = json!("字".repeat(31));
    assert_code(&call(&emulator, SEND, &shop.token, long.clone()).await, -501_007);
    long.as_object_mut().unwrap().remove("content");
    assert_code(&call(&emulator, SEND, &shop.token, long).await, 40101);
    let mut many = linked;
    many["phone_number_list"] = json!(vec![ONE; 1001]);
    assert_code(&call(&emulator, SEND_LINK, &shop.token, many).await, -501_007);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_task_sends_to_the_numbers_of_a_file() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let id = env(&emulator, &shop, "shop").await;
    let files = |name: &str| json!({"PostData": {"ExtensionFiles": [{"FileType": "SMS", "FileName": name}]}});
    assert_code(&call(&emulator, UPLOADS, &shop.token, files(&"x".repeat(25))).await, -501_007);
    let answer = call(&emulator, UPLOADS, &shop.token, files("numbers.csv")).await;
    let file = &answer["Response"]["FilesData"][0];
    let task = json!({"env": id, "file_url": file["CodeUri"], "template_id": "844110"});
    assert_code(&call(&emulator, TASK, &shop.token, task.clone()).await, -501_007);
    let content = format!("number,name\n{ONE},a\n+8612345678911,b\nnobody,c\n");
    let put = send(request(Method::PUT, &text(file, "/UploadUrl"), content)).await.unwrap();
    assert_eq!(put.status, StatusCode::OK);
    let query = call(&emulator, TASK, &shop.token, task).await["query_id"].clone();
    let found = records(&emulator, &shop.token, &id, json!({"QueryId": query})).await;
    assert_eq!(found["TotalCount"], 2);
    emulator.assert_clean();
}

#[tokio::test]
async fn statistics_name_the_environments_that_sent() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let shop = cloud_shop(&emulator).await;
    let (one, two) = (env(&emulator, &shop, "one").await, env(&emulator, &shop, "two").await);
    let send = |env: &str| json!({"env": env, "phone_number_list": [ONE], "sms_type": "Marketing", "content": "x", "path": "/"});
    call(&emulator, SEND, &shop.token, send(&one)).await;
    emulator.advance(Duration::from_secs(60)).await;
    call(&emulator, SEND, &shop.token, send(&two)).await;
    let ask = |end: u64| {
        json!({"action": "smsMarketingOverviewData", "begin_date": 1_700_000_000, "end_date": end,
        "page_limit": 10, "page_offset": 0})
    };
    let answer = call(&emulator, STATISTICS, &shop.token, ask(1_700_000_059)).await;
    assert_eq!(answer["data_value"], json!([{"data_value": [shop.app_id, one]}]));
    assert_eq!(call(&emulator, STATISTICS, &shop.token, ask(1_700_000_060)).await["total_num"], 2);
    let mut filtered = ask(1_700_000_060);
    filtered["condition"] = json!({"env_id": two});
    assert_eq!(call(&emulator, STATISTICS, &shop.token, filtered).await["total_num"], 1);
    let real_time = json!({"action": "smsMarketingRealTimeData", "begin_date": 0, "end_date": 1});
    assert_eq!(call(&emulator, STATISTICS, &shop.token, real_time).await["total_num"], 0);
    let unpaged = json!({"action": "smsMarketingConversionData", "begin_date": 0, "end_date": 1});
    assert_code(&call(&emulator, STATISTICS, &shop.token, unpaged).await, 40101);
    let report = json!({"report_action": "sendSmsTask", "env_id": one, "activity_id": "a"});
    assert_code(&call(&emulator, "/tcb/cloudbasereport", &shop.token, report).await, 0);
    emulator.assert_clean();
}

#[tokio::test]
async fn a_platforms_environment_may_send_for_a_merchant() {
    let emulator = Emulator::builder().clock(clock()).start().await.unwrap();
    let (_, shared) = batch_env(&emulator).await;
    let shop = cloud_shop(&emulator).await;
    let body = |owner: &str| {
        json!({"env": shared, "phone_number_list": [ONE], "sms_type": "Marketing", "content": "x",
        "path": "/", "resource_appid": owner})
    };
    let component = &emulator.component().app_id;
    assert_code(&call(&emulator, SEND, &shop.token, body(component.as_str())).await, 0);
    assert_code(&call(&emulator, SEND, &shop.token, body("wx0")).await, 40013);
    assert_code(&call(&emulator, SEND, &shop.token, body(shop.app_id.as_str())).await, -501_000);
    emulator.assert_clean();
}
