//! `POST /tcb/describesmsrecords`

use serde::{Deserialize, Serialize};

use super::SmsTaskId;
use crate::{EnvId, Operation, OperationSpec, wire};

/// Lists the text messages that were sent within the last two months, a page at a time.
///
/// Not confirmed: it is documented with the mini program, where the page says that a platform may
/// call it too. The page's own table was not seen; what is required follows the client
/// `fudiwei/DotNetCore.SKIT.FlurlHttpClient.Wechat`.
///
/// | Call | `POST /tcb/describesmsrecords` |
/// | --- | --- |
/// | Token | the account's |
/// | Permission set | [49 小程序云开发管理](crate::permission::CLOUD_DEVELOPMENT) or 64 |
/// | Sent again | yes, it reads |
/// | [Errors](crate::ErrCode) | -1, -501007 |
/// | WeChat's page | [中文](https://developers.weixin.qq.com/miniprogram/dev/server/API/cloudbase/others) |
#[doc(alias = "/tcb/describesmsrecords")]
#[doc(alias = "describeSmsRecords")]
#[doc(alias = "查询短信记录")]
#[derive(Clone, Debug, Serialize)]
#[serde(into = "ListSmsRecordsWire")]
#[cfg_attr(feature = "schema", derive(Deserialize), serde(from = "ListSmsRecordsWire"))]
#[non_exhaustive]
pub struct ListSmsRecords {
    /// The environment.
    pub env: EnvId,
    /// First day, `yyyy-MM-dd`.
    pub start_date: String,
    /// Last day, `yyyy-MM-dd`.
    pub end_date: String,
    /// Only messages to this number.
    pub phone_number: Option<String>,
    /// Only messages of this task.
    pub task: Option<SmsTaskId>,
    /// Which page, from 1.
    pub page_number: Option<u32>,
    /// How many messages a page has.
    pub page_size: Option<u32>,
}

impl ListSmsRecords {
    /// Messages from `start_date` to `end_date`, both `yyyy-MM-dd`.
    pub fn new(env: impl Into<EnvId>, start_date: impl Into<String>, end_date: impl Into<String>) -> Self {
        Self {
            env: env.into(),
            start_date: start_date.into(),
            end_date: end_date.into(),
            phone_number: None,
            task: None,
            page_number: None,
            page_size: None,
        }
    }

    setters! {
        phone_number: impl Into<String>,
        task: impl Into<SmsTaskId>,
        page_number: u32,
        page_size: u32,
    }
}

impl Operation for ListSmsRecords {
    type Response = ListSmsRecordsResponse;
    const SPEC: OperationSpec = OperationSpec::post("describeSmsRecords", "/tcb/describesmsrecords")
        .permission_sets(&[49, 64])
        .read()
        .without_errcode(&["Response"]);

    fn environment(&self) -> Option<&EnvId> {
        Some(&self.env)
    }
}

/// What the wire holds: samples wrap the members, tables do not.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
struct ListSmsRecordsWire {
    post_data: SmsQuery,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schema", derive(Deserialize, schemars::JsonSchema))]
struct SmsQuery {
    env_id: EnvId,
    start_date: String,
    end_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_id: Option<SmsTaskId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_size: Option<u32>,
}

impl From<ListSmsRecords> for ListSmsRecordsWire {
    fn from(list: ListSmsRecords) -> Self {
        Self {
            post_data: SmsQuery {
                env_id: list.env,
                start_date: list.start_date,
                end_date: list.end_date,
                mobile: list.phone_number,
                query_id: list.task,
                page_number: list.page_number,
                page_size: list.page_size,
            },
        }
    }
}

#[cfg(feature = "schema")]
impl From<ListSmsRecordsWire> for ListSmsRecords {
    fn from(ListSmsRecordsWire { post_data }: ListSmsRecordsWire) -> Self {
        Self {
            env: post_data.env_id,
            start_date: post_data.start_date,
            end_date: post_data.end_date,
            phone_number: post_data.mobile,
            task: post_data.query_id,
            page_number: post_data.page_number,
            page_size: post_data.page_size,
        }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(ListSmsRecords => ListSmsRecordsWire);

/// One page of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(from = "ListSmsRecordsResponseWire", into = "ListSmsRecordsResponseWire")]
#[non_exhaustive]
pub struct ListSmsRecordsResponse {
    /// The page.
    pub records: Vec<SmsRecord>,
    /// Number of all messages.
    pub total: Option<u64>,
    /// Tencent Cloud's id of the request.
    pub request_id: Option<String>,
}

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SmsRecord {
    /// The number.
    #[serde(rename = "Mobile")]
    pub phone_number: Option<String>,
    /// The text.
    pub content: Option<String>,
    /// Length of the text, in characters.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub content_size: Option<u64>,
    /// How many messages were charged.
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub fee: Option<u64>,
    /// When it was sent, `yyyy-MM-dd HH:mm:ss`; the zone is not documented.
    pub create_time: Option<String>,
    /// When it was received, in the same format; may be empty.
    pub received_time: Option<String>,
    /// Its state.
    pub status: Option<SmsStatus>,
    /// A remark.
    pub remarks: Option<String>,
}

wire::named! {
    /// State of a message. The documentation has one example and no list.
    SmsStatus {
        /// It is sent.
        Sent = "sent",
    }
}

/// What the wire holds: samples wrap the members, tables do not. Both are read, the former is
/// written.
#[derive(Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ListSmsRecordsResponseWire {
    response: Option<Page>,
    #[serde(flatten, skip_serializing)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    flat: Page,
}

#[derive(Default, Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Page {
    #[serde(default, deserialize_with = "wire::list")]
    sms_records: Vec<SmsRecord>,
    #[serde(default, deserialize_with = "wire::optional_integer")]
    total_count: Option<u64>,
    request_id: Option<String>,
}

impl From<ListSmsRecordsResponseWire> for ListSmsRecordsResponse {
    fn from(answer: ListSmsRecordsResponseWire) -> Self {
        let page = answer.response.unwrap_or(answer.flat);
        Self { records: page.sms_records, total: page.total_count, request_id: page.request_id }
    }
}

impl From<ListSmsRecordsResponse> for ListSmsRecordsResponseWire {
    fn from(answer: ListSmsRecordsResponse) -> Self {
        let page =
            Page { sms_records: answer.records, total_count: answer.total, request_id: answer.request_id };
        Self { response: Some(page), flat: Page::default() }
    }
}

#[cfg(feature = "schema")]
crate::wire::schema_of_wire!(ListSmsRecordsResponse => ListSmsRecordsResponseWire);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scrubber, read_response};

    #[test]
    fn a_page_is_read_with_its_wrapping_and_without() {
        let page = r#"{"SmsRecords":[{"Mobile":"+861","Fee":1,"Status":"sent"}],"TotalCount":1}"#;
        for body in [format!(r#"{{"Response":{page}}}"#), page.replacen('{', r#"{"errcode":0,"#, 1)] {
            let answer = read_response::<ListSmsRecords>(body.as_bytes(), &Scrubber::default()).unwrap();
            assert_eq!((answer.records.len(), answer.total), (1, Some(1)), "{body}");
            assert_eq!(answer.records[0].status, Some(SmsStatus::Sent));
        }
    }

    #[test]
    fn the_request_is_sent_wrapped() {
        let body = ListSmsRecords::new("e", "2021-03-01", "2021-03-23").page_number(2).body().unwrap();
        let sent =
            r#"{"PostData":{"EnvId":"e","StartDate":"2021-03-01","EndDate":"2021-03-23","PageNumber":2}}"#;
        assert_eq!(String::from_utf8(body).unwrap(), sent);
    }
}
