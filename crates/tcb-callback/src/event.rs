//! What happens to a platform: tickets, authorisations, registrations.

use std::fmt;
use std::time::{Duration, SystemTime};

use tcb_types::{AuthorizationCode, AuthorizerAppId, PreAuthCode, Secret, VerifyTicket};

use crate::error::{CallbackError, Refusal, XmlError};
use crate::xml::Element;

/// Something that happened to the platform, from its authorisation-event URL.
///
/// Events may arrive twice and in any order. Handling has to be idempotent, and an older event
/// ([`created`](Self::created)) must not undo a newer one.
///
/// ```
/// use std::time::SystemTime;
/// use tcb_callback::{EventDetail, PlatformEvent};
///
/// let xml = "<xml><CreateTime>1413192760</CreateTime><InfoType>unauthorized</InfoType>\
///            <AuthorizerAppid>wx0123456789abcdef</AuthorizerAppid></xml>";
/// let event = PlatformEvent::from_xml(xml, SystemTime::UNIX_EPOCH)?;
/// match event.detail {
///     EventDetail::Unauthorized { account } => assert_eq!(account, "wx0123456789abcdef"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), tcb_callback::CallbackError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlatformEvent {
    /// WeChat's name of the event.
    #[doc(alias = "InfoType")]
    pub info_type: String,
    /// When it happened (`CreateTime`); when it arrived, if the event does not say.
    pub created: SystemTime,
    /// What happened.
    pub detail: EventDetail,
    xml: Secret,
}

/// What a [`PlatformEvent`] says.
///
/// WeChat adds events without notice. One that this crate does not know is [`Other`](Self::Other),
/// and so is a known one that lacks or repeats a field that it needs; read [`PlatformEvent::xml`]
/// then.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EventDetail {
    /// The ticket that component access tokens are made from. Store it unless a later one is there.
    #[doc(alias = "component_verify_ticket")]
    Ticket(VerifyTicket),
    /// A merchant authorised the platform. Record it, answer, then exchange the code.
    #[doc(alias = "authorized")]
    Authorized(Authorization),
    /// A merchant changed what the platform may do. The exchange of the code replaces refresh token
    /// and permission sets. Not sent when the permission sets did not change.
    #[doc(alias = "updateauthorized")]
    UpdateAuthorized(Authorization),
    /// A merchant withdrew the authorisation: its tokens are void.
    #[doc(alias = "unauthorized")]
    Unauthorized {
        /// The account that the platform can no longer act for.
        account: AuthorizerAppId,
    },
    /// A quick registration of a mini program, of an enterprise or a person, ended.
    #[doc(alias = "notify_third_fasteregister")]
    FastRegistration(FastRegistration),
    /// A trial mini program was created.
    #[doc(alias = "notify_third_fastregisterbetaapp")]
    TrialRegistration(TrialRegistration),
    /// A trial mini program was turned into a regular one.
    #[doc(alias = "notify_third_fastverifybetaapp")]
    TrialVerification(FastRegistration),
    /// The face check of an ICP filing ended.
    #[doc(alias = "notify_icpfiling_verify_result")]
    IcpVerification(IcpVerification),
    /// An ICP filing changed its state.
    #[doc(alias = "notify_apply_icpfiling_result")]
    IcpFiling(IcpFiling),
    /// Any other event; its name and text are in the [`PlatformEvent`].
    Other,
}

/// What a merchant's authorisation brings.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Authorization {
    /// The merchant's account.
    #[doc(alias = "AuthorizerAppid")]
    pub account: AuthorizerAppId,
    /// To be exchanged for the refresh token.
    #[doc(alias = "AuthorizationCode")]
    pub code: AuthorizationCode,
    /// When the code becomes void. WeChat writes a Unix time here though it documents a duration;
    /// both are read.
    #[doc(alias = "AuthorizationCodeExpiredTime")]
    pub code_expires: Option<SystemTime>,
    /// The code of the link through which the merchant came.
    #[doc(alias = "PreAuthCode")]
    pub pre_auth_code: Option<PreAuthCode>,
}

/// How the registration of a mini program ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FastRegistration {
    /// 0 when it succeeded. −1 comes with a text; 101 to 105 mean that the company's registry entry
    /// did not fit; 100001 to 100003 that the legal representative let 24 hours pass.
    pub status: i64,
    /// The mini program, if one was created.
    pub account: Option<AuthorizerAppId>,
    /// To be exchanged like the code of an authorisation, when the registration succeeded.
    #[doc(alias = "auth_code")]
    pub code: Option<AuthorizationCode>,
    /// What WeChat says about the status.
    #[doc(alias = "msg")]
    pub message: String,
    /// Who registered, as the request named them.
    #[doc(alias = "info")]
    pub registrant: Registrant,
}

/// Who registered a mini program: an enterprise, or a person (`wxuser`, `idname`). `Debug` shows
/// none of it.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registrant {
    /// Name of the enterprise.
    pub name: Option<String>,
    /// Its code in the registry.
    pub code: Option<String>,
    /// Which registry that is, 1 to 3.
    pub code_type: Option<i64>,
    /// WeChat id of the legal representative.
    pub legal_persona_wechat: Option<String>,
    /// Name of the legal representative.
    pub legal_persona_name: Option<String>,
    /// WeChat id of the person.
    #[doc(alias = "wxuser")]
    pub person_wechat: Option<String>,
    /// Name of the person.
    #[doc(alias = "idname")]
    pub person_name: Option<String>,
    /// Telephone number of the platform.
    pub component_phone: Option<String>,
}

/// How the creation of a trial mini program ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TrialRegistration {
    /// 0 when it succeeded.
    pub status: i64,
    /// The mini program, if one was created.
    pub account: Option<AuthorizerAppId>,
    /// What WeChat says about the status.
    #[doc(alias = "msg")]
    pub message: String,
    /// The id by which the request is known.
    pub unique_id: Option<String>,
    /// Name of the mini program.
    pub name: Option<String>,
}

/// How the face check of an ICP filing ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IcpVerification {
    /// The mini program that is filed.
    #[doc(alias = "verify_appid")]
    pub account: AuthorizerAppId,
    /// The check.
    pub task_id: Option<String>,
    /// 2 failed, 3 passed.
    pub result: i64,
}

/// A new state of an ICP filing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IcpFiling {
    /// The mini program that is filed.
    #[doc(alias = "authorizer_appid")]
    pub account: AuthorizerAppId,
    /// The state, by WeChat's numbers.
    #[doc(alias = "beian_status")]
    pub status: i64,
}

impl PlatformEvent {
    /// Reads a decrypted event. [`Receiver`](crate::Receiver) does it for a push; a test of an
    /// [`EventSink`](crate::EventSink) makes its events like this.
    ///
    /// # Errors
    /// The usual refusal when the text is not XML of the kind that WeChat sends or has no
    /// `InfoType`.
    pub fn from_xml(xml: impl Into<Secret>, arrived: SystemTime) -> Result<Self, CallbackError> {
        let xml = xml.into();
        let fields = Element::parse(xml.expose().as_bytes()).map_err(Refusal::Message)?;
        Ok(Self::from_fields(&fields, xml, arrived)?)
    }

    pub(crate) fn from_fields(fields: &Element, xml: Secret, arrived: SystemTime) -> Result<Self, Refusal> {
        let info_type =
            fields.text_of("InfoType").ok_or(Refusal::Message(XmlError::MissingField))?.to_owned();
        let created = created(fields, arrived);
        let detail = EventDetail::read(&info_type, fields, created).unwrap_or_else(|| {
            tracing::warn!(
                info_type,
                "a known event lacks a field, or repeats it, and is handed on as another one"
            );
            EventDetail::Other
        });
        Ok(Self { info_type, created, detail, xml })
    }

    /// The event as it was sent, byte for byte. It may hold a ticket or a code: do not log it.
    pub fn xml(&self) -> &str {
        self.xml.expose()
    }
}

impl EventDetail {
    /// Reads the fields of an event; `None` when one is missing that it makes no sense without.
    fn read(info_type: &str, fields: &Element, created: SystemTime) -> Option<Self> {
        Some(match info_type {
            "component_verify_ticket" => Self::Ticket(fields.text_of("ComponentVerifyTicket")?.into()),
            "authorized" => Self::Authorized(Authorization::read(fields, created)?),
            "updateauthorized" => Self::UpdateAuthorized(Authorization::read(fields, created)?),
            "unauthorized" => Self::Unauthorized { account: fields.text_of("AuthorizerAppid")?.into() },
            "notify_third_fasteregister" => Self::FastRegistration(FastRegistration::read(fields)?),
            "notify_third_fastverifybetaapp" => Self::TrialVerification(FastRegistration::read(fields)?),
            "notify_third_fastregisterbetaapp" => Self::TrialRegistration(TrialRegistration::read(fields)?),
            "notify_icpfiling_verify_result" => Self::IcpVerification(IcpVerification {
                account: fields.text_of("verify_appid")?.into(),
                task_id: text(fields, "task_id"),
                result: fields.number_of("result")?,
            }),
            "notify_apply_icpfiling_result" => Self::IcpFiling(IcpFiling {
                account: fields.text_of("authorizer_appid")?.into(),
                status: fields.number_of("beian_status")?,
            }),
            _ => Self::Other,
        })
    }
}

impl Authorization {
    fn read(fields: &Element, created: SystemTime) -> Option<Self> {
        Some(Self {
            account: fields.text_of("AuthorizerAppid")?.into(),
            code: fields.text_of("AuthorizationCode")?.into(),
            code_expires: fields
                .number_of("AuthorizationCodeExpiredTime")
                .and_then(|seconds| expiry(seconds, created)),
            pre_auth_code: fields.text_of("PreAuthCode").map(PreAuthCode::from),
        })
    }
}

impl FastRegistration {
    fn read(fields: &Element) -> Option<Self> {
        Some(Self {
            status: fields.number_of("status")?,
            account: fields.text_of("appid").map(AuthorizerAppId::from),
            code: fields.text_of("auth_code").map(AuthorizationCode::from),
            message: text(fields, "msg").unwrap_or_default(),
            registrant: fields.child("info").map(Registrant::read).unwrap_or_default(),
        })
    }
}

impl TrialRegistration {
    fn read(fields: &Element) -> Option<Self> {
        let info = fields.child("info");
        Some(Self {
            status: fields.number_of("status")?,
            account: fields.text_of("appid").map(AuthorizerAppId::from),
            message: text(fields, "msg").unwrap_or_default(),
            unique_id: info.and_then(|info| text(info, "unique_id")),
            name: info.and_then(|info| text(info, "name")),
        })
    }
}

impl Registrant {
    fn read(info: &Element) -> Self {
        Self {
            name: text(info, "name"),
            code: text(info, "code"),
            code_type: info.number_of("code_type"),
            legal_persona_wechat: text(info, "legal_persona_wechat"),
            legal_persona_name: text(info, "legal_persona_name"),
            person_wechat: text(info, "wxuser"),
            person_name: text(info, "idname"),
            component_phone: text(info, "component_phone"),
        }
    }
}

impl fmt::Debug for Registrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registrant(..)")
    }
}

fn text(fields: &Element, name: &str) -> Option<String> {
    fields.text_of(name).map(str::to_owned)
}

/// When an event or a message happened, or else when it arrived.
pub(crate) fn created(fields: &Element, arrived: SystemTime) -> SystemTime {
    fields.number_of("CreateTime").and_then(unix).unwrap_or(arrived)
}

/// Reads a number as a Unix time when it is too large for a duration.
fn expiry(seconds: u64, created: SystemTime) -> Option<SystemTime> {
    if seconds > 1_000_000_000 { unix(seconds) } else { created.checked_add(Duration::from_secs(seconds)) }
}

fn unix(seconds: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
