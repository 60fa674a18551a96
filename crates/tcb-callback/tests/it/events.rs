use std::time::{Duration, SystemTime};

use tcb_callback::{CallbackErrorKind, EventDetail, Message, PlatformEvent};

fn at(unix: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(unix)
}

const ARRIVED: u64 = 1_700_000_000;

fn read(xml: &str) -> PlatformEvent {
    PlatformEvent::from_xml(xml, at(ARRIVED)).unwrap()
}

#[test]
fn a_ticket_is_read_and_not_shown() {
    let xml = "<xml>\n<AppId>some_appid</AppId>\n<CreateTime>1413192605</CreateTime>\n\
        <InfoType>component_verify_ticket</InfoType>\n\
        <ComponentVerifyTicket>ticket@@@canary</ComponentVerifyTicket>\n</xml>";
    let event = read(xml);
    assert_eq!(event.info_type, "component_verify_ticket");
    assert_eq!(event.created, at(1_413_192_605));
    assert_eq!(event.xml(), xml);
    assert!(!format!("{event:?} {event:#?}").contains("canary"));
    match event.detail {
        EventDetail::Ticket(ticket) => assert_eq!(ticket.expose(), "ticket@@@canary"),
        other => panic!("{other:?}"),
    }
}

fn authorization(info_type: &str, expired_time: &str) -> PlatformEvent {
    read(&format!(
        "<xml><AppId>第三方平台appid</AppId><CreateTime>1608187115</CreateTime><InfoType>{info_type}</InfoType>\
         <AuthorizerAppid>公众号appid</AuthorizerAppid><AuthorizationCode>canary-code</AuthorizationCode>\
         <AuthorizationCodeExpiredTime>{expired_time}</AuthorizationCodeExpiredTime>\
         <PreAuthCode>canary-pre</PreAuthCode></xml>"
    ))
}

#[test]
fn an_authorisation_brings_account_and_codes() {
    let event = authorization("authorized", "1608190715");
    assert!(!format!("{event:#?}").contains("canary"));
    match event.detail {
        EventDetail::Authorized(authorization) => {
            assert_eq!(authorization.account, "公众号appid");
            assert_eq!(authorization.code.expose(), "canary-code");
            assert_eq!(authorization.pre_auth_code.unwrap().expose(), "canary-pre");
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(authorization("updateauthorized", "600").detail, EventDetail::UpdateAuthorized(_)));
}

#[test]
fn the_expiry_of_a_code_is_a_time_or_a_duration() {
    for (text, expected) in [
        ("1608190715", Some(at(1_608_190_715))),
        ("600", Some(at(1_608_187_715))),
        ("1000000000", Some(at(2_608_187_115))),
        ("1000000001", Some(at(1_000_000_001))),
        ("过期时间", None),
        ("-1", None),
        ("18446744073709551615", None),
        ("", None),
    ] {
        match authorization("authorized", text).detail {
            EventDetail::Authorized(authorization) => {
                assert_eq!(authorization.code_expires, expected, "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_event_without_a_time_is_of_the_time_it_arrived() {
    for field in ["", "<CreateTime/>", "<CreateTime>soon</CreateTime>"] {
        let event = read(&format!("<xml>{field}<InfoType>new</InfoType></xml>"));
        assert_eq!(event.created, at(ARRIVED), "{field}");
    }
}

#[test]
fn a_withdrawal_names_the_account() {
    let event = read(
        "<xml><CreateTime>1413192760</CreateTime><InfoType>unauthorized</InfoType>\
         <AuthorizerAppid>wx1</AuthorizerAppid></xml>",
    );
    assert!(matches!(event.detail, EventDetail::Unauthorized { account } if account == "wx1"));
}

#[test]
fn the_registration_of_an_enterprise_is_read() {
    let event = read(
        "<xml>\n<AppId><![CDATA[第三方平台appid]]></AppId>\n<CreateTime>1535442403</CreateTime>\n\
         <InfoType><![CDATA[notify_third_fasteregister]]></InfoType>\n<appid>创建小程序appid</appid>\n\
         <status>0</status>\n<auth_code>canary-code</auth_code>\n<msg>OK</msg>\n<info>\n\
         <name><![CDATA[canary-企业名称]]></name>\n<code><![CDATA[企业代码]]></code>\n<code_type>1</code_type>\n\
         <legal_persona_wechat><![CDATA[法人微信号]]></legal_persona_wechat>\n\
         <legal_persona_name><![CDATA[法人姓名]]></legal_persona_name>\n\
         <component_phone><![CDATA[第三方联系电话]]></component_phone>\n</info>\n</xml>",
    );
    assert!(!format!("{event:#?}").contains("canary"));
    match event.detail {
        EventDetail::FastRegistration(registration) => {
            assert_eq!(registration.status, 0);
            assert_eq!(registration.account.unwrap(), "创建小程序appid");
            assert_eq!(registration.code.unwrap().expose(), "canary-code");
            assert_eq!(registration.message, "OK");
            assert_eq!(registration.registrant.name.unwrap(), "canary-企业名称");
            assert_eq!(registration.registrant.code_type, Some(1));
            assert_eq!(registration.registrant.legal_persona_name.unwrap(), "法人姓名");
            assert_eq!(registration.registrant.person_wechat, None);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_registration_that_failed_has_no_code() {
    let event = read(
        "<xml><InfoType>notify_third_fasteregister</InfoType><status>-1</status>\
         <msg>authorize third party failed</msg><info><wxuser>w</wxuser><idname>n</idname></info></xml>",
    );
    match event.detail {
        EventDetail::FastRegistration(registration) => {
            assert_eq!(registration.status, -1);
            assert_eq!(registration.code, None);
            assert_eq!(registration.account, None);
            assert_eq!(registration.registrant.person_wechat.unwrap(), "w");
            assert_eq!(registration.registrant.person_name.unwrap(), "n");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn trial_and_icp_events_are_read() {
    let event = read(
        "<xml><InfoType>notify_third_fastregisterbetaapp</InfoType><appid>wx1</appid><status>0</status>\
         <msg>OK</msg><info><unique_id>u</unique_id><name>n</name></info></xml>",
    );
    match event.detail {
        EventDetail::TrialRegistration(trial) => {
            assert_eq!(trial.account.unwrap(), "wx1");
            assert_eq!(trial.unique_id.unwrap(), "u");
            assert_eq!(trial.name.unwrap(), "n");
        }
        other => panic!("{other:?}"),
    }

    let event = read(
        "<xml><InfoType>notify_third_fastverifybetaapp</InfoType><appid>wx1</appid><status>0</status>\
         <info><code>c</code></info></xml>",
    );
    assert!(
        matches!(event.detail, EventDetail::TrialVerification(v) if v.registrant.code.as_deref() == Some("c"))
    );

    let event = read(
        "<xml><InfoType>notify_icpfiling_verify_result</InfoType><task_id>t</task_id>\
         <verify_appid>wx1</verify_appid><result>3</result></xml>",
    );
    match event.detail {
        EventDetail::IcpVerification(verification) => {
            assert_eq!(verification.account, "wx1");
            assert_eq!(verification.task_id.unwrap(), "t");
            assert_eq!(verification.result, 3);
        }
        other => panic!("{other:?}"),
    }

    let event = read(
        "<xml><InfoType>notify_apply_icpfiling_result</InfoType><authorizer_appid>wx1</authorizer_appid>\
         <beian_status>6</beian_status></xml>",
    );
    assert!(
        matches!(event.detail, EventDetail::IcpFiling(filing) if filing.account == "wx1" && filing.status == 6)
    );
}

#[test]
fn unknown_events_and_known_ones_with_a_hole_are_handed_on_as_text() {
    for xml in [
        "<xml><InfoType>notify_3rd_wxa_auth</InfoType><a>1</a></xml>",
        "<xml><InfoType>component_verify_ticket</InfoType></xml>",
        "<xml><InfoType>component_verify_ticket</InfoType><ComponentVerifyTicket></ComponentVerifyTicket></xml>",
        "<xml><InfoType>authorized</InfoType><AuthorizerAppid>wx1</AuthorizerAppid></xml>",
        "<xml><InfoType>notify_third_fasteregister</InfoType><status>none</status></xml>",
    ] {
        let event = read(xml);
        assert!(matches!(event.detail, EventDetail::Other), "{xml}");
        assert_eq!(event.xml(), xml);
    }
}

#[test]
fn what_is_no_event_is_refused() {
    for xml in ["", "success", "<xml/>", "<xml><InfoType/></xml>", "<xml><InfoType>a</InfoType><xml>"] {
        let error = PlatformEvent::from_xml(xml, at(ARRIVED)).unwrap_err();
        assert_eq!(error.kind(), CallbackErrorKind::Refused, "{xml}");
    }
}

#[test]
fn a_message_has_its_common_fields_and_its_text() {
    let xml = "<xml><ToUserName>gh_1</ToUserName><FromUserName>o9</FromUserName><CreateTime>1</CreateTime>\
        <MsgType>text</MsgType><Content>canary\r\n</Content></xml>";
    let message = Message::from_xml(xml, at(ARRIVED)).unwrap();
    assert_eq!(message.to, "gh_1");
    assert_eq!(message.from.as_deref(), Some("o9"));
    assert_eq!(message.created, at(1));
    assert_eq!(message.msg_type, "text");
    assert_eq!(message.event, None);
    assert_eq!(message.xml(), xml);
    assert!(!format!("{message:#?}").contains("canary"));
    assert!(Message::from_xml("<xml><ToUserName>gh_1</ToUserName></xml>", at(1)).is_err());
}

/// A message of an account with these fields after the common ones.
fn message(event: &str, fields: &str) -> String {
    format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o9</FromUserName><CreateTime>1600055810</CreateTime>\
         <MsgType>event</MsgType><Event>{event}</Event>{fields}</xml>"
    )
}

/// What `wxa_appeal_record` and `add_express_path` look like by the documentation.
#[test]
fn a_push_may_repeat_what_the_library_does_not_read() {
    let material = "<material><illegal_material><content>c</content><content_url>u</content_url></illegal_material>\
        <appeal_material><reason>r</reason><proof_material_id>p</proof_material_id>\
        <proof_material_id>q</proof_material_id></appeal_material></material>";
    let action = "<Actions><ActionTime>1</ActionTime><ActionType>100001</ActionType><ActionMsg>m</ActionMsg></Actions>";
    for (event, fields) in [
        ("wxa_appeal_record", format!("<appid>wx1</appid>{}", material.repeat(2))),
        ("add_express_path", format!("<DeliveryID>SF</DeliveryID><Count>3</Count>{}", action.repeat(3))),
    ] {
        let xml = message(event, &fields);
        let read = Message::from_xml(xml.clone(), at(ARRIVED)).unwrap();
        assert_eq!((read.event.as_deref(), read.xml()), (Some(event), xml.as_str()));
    }
    let xml = "<xml><InfoType>new</InfoType><info>1</info><info>2</info></xml>";
    assert_eq!(read(xml).xml(), xml);
}

/// The end of a mass posting names each article twice: 19 elements and 12 for each article.
#[test]
fn a_push_about_eight_articles_is_read() {
    let checked = "<item><ArticleIdx>1</ArticleIdx><UserDeclareState>0</UserDeclareState><AuditState>2</AuditState>\
        <OriginalArticleUrl>u</OriginalArticleUrl><OriginalArticleType>1</OriginalArticleType>\
        <CanReprint>1</CanReprint><NeedReplaceContent>1</NeedReplaceContent>\
        <NeedShowReprintSource>1</NeedShowReprintSource></item>";
    let posted = "<item><ArticleIdx>1</ArticleIdx><ArticleUrl>u</ArticleUrl></item>";
    let fields = format!(
        "<MsgID>1</MsgID><Status>sendsuccess</Status><TotalCount>1</TotalCount><FilterCount>1</FilterCount>\
         <SentCount>1</SentCount><ErrorCount>0</ErrorCount>\
         <CopyrightCheckResult><Count>8</Count><ResultList>{}</ResultList><CheckState>2</CheckState>\
         </CopyrightCheckResult><ArticleUrlResult><Count>8</Count><ResultList>{}</ResultList></ArticleUrlResult>",
        checked.repeat(8),
        posted.repeat(8)
    );
    let xml = message("MASSSENDJOBFINISH", &fields);
    assert_eq!(xml.matches("</").count(), 115);
    assert!(Message::from_xml(xml, at(ARRIVED)).is_ok());
}

#[test]
fn what_decides_about_a_push_comes_once() {
    for name in [
        "AppId",
        "AuthorizationCode",
        "AuthorizationCodeExpiredTime",
        "AuthorizerAppid",
        "ComponentVerifyTicket",
        "CreateTime",
        "InfoType",
        "PreAuthCode",
        "auth_code",
    ] {
        for info_type in ["authorized", "component_verify_ticket", "never_heard_of"] {
            let twice = format!("<{name}>1</{name}>").repeat(2);
            let xml = format!("<xml><InfoType>{info_type}</InfoType>{twice}</xml>");
            let error = PlatformEvent::from_xml(xml, at(ARRIVED)).unwrap_err();
            assert_eq!(error.kind(), CallbackErrorKind::Refused, "{name}");
        }
    }
    for name in ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"] {
        let error = Message::from_xml(message("a", &format!("<{name}>1</{name}>")), at(ARRIVED)).unwrap_err();
        assert_eq!(error.kind(), CallbackErrorKind::Refused, "{name}");
    }
}

#[test]
fn a_known_event_that_repeats_another_member_is_handed_on_as_text() {
    let event = read(
        "<xml><InfoType>notify_third_fasteregister</InfoType><status>0</status><status>-1</status></xml>",
    );
    assert!(matches!(event.detail, EventDetail::Other));
}
