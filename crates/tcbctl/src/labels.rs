//! What people read in the place of names: of fields, outcomes and steps of the demo. Programs read
//! the names.

use tcb_lang::Lang;

use crate::language::current;

const CHINESE: &[(&str, &str)] = &[
    ("about", "含义"),
    ("account_status", "账号状态"),
    ("added", "补回"),
    ("admin_url", "管理接口"),
    ("age_seconds", "已过秒数"),
    ("alias", "名称"),
    ("answer", "返回"),
    ("api_whitelist", "接口白名单"),
    ("appid", "授权方 appid"),
    ("assumption", "假设"),
    ("assumptions", "假设"),
    ("auth_time", "授权时间"),
    ("base_url", "目标地址"),
    ("blueprint", "蓝图"),
    ("body", "请求体"),
    ("bytes", "字节数"),
    ("callbacks", "推送"),
    ("change", "变化"),
    ("changed", "有变化"),
    ("check", "检查项"),
    ("class", "操作类别"),
    ("collection", "集合"),
    ("component_appid", "平台 appid"),
    ("confidence", "可信度"),
    ("config", "配置"),
    ("console", "控制台"),
    ("count", "数量"),
    ("created", "创建时间"),
    ("daily_limit", "每日额度"),
    ("date", "时间"),
    ("detail", "详情"),
    ("domain", "域名"),
    ("dry_run", "只看不发"),
    ("env_id", "环境 ID"),
    ("envs", "环境"),
    ("errcode", "错误码"),
    ("errors", "错误码"),
    ("every", "每隔"),
    ("executed", "已执行的调用"),
    ("exit_code", "退出码"),
    ("failed", "失败"),
    ("faults", "故障规则"),
    ("file", "文件"),
    ("file_id", "文件 ID"),
    ("files", "文件"),
    ("findings", "发现的问题"),
    ("from", "起始"),
    ("function", "云函数"),
    ("group", "组"),
    ("have_open", "已绑定"),
    ("ignored", "不生效"),
    ("in_use", "使用中"),
    ("indexes", "索引数"),
    ("key", "设置"),
    ("kind", "种类"),
    ("left", "已移出名单"),
    ("link", "链接"),
    ("listed", "列出"),
    ("max_failures", "允许失败数"),
    ("meanings", "各接口的含义"),
    ("merchants", "商户"),
    ("message", "原文"),
    ("method", "方法"),
    ("minted", "已签发的令牌"),
    ("mode", "模式"),
    ("modified", "修改时间"),
    ("name", "名称"),
    ("new", "新增"),
    ("nickname", "昵称"),
    ("notes", "说明"),
    ("now", "现在"),
    ("open", "开放"),
    ("open_appid", "开放平台 appid"),
    ("operation", "接口"),
    ("operations", "接口"),
    ("outcome", "结果"),
    ("pages", "页面"),
    ("path", "路径"),
    ("paused", "已暂停"),
    ("permission_sets", "权限集"),
    ("phone_link", "手机链接"),
    ("platforms", "平台"),
    ("previous", "上一份蓝图"),
    ("principal", "主体"),
    ("profile", "配置档"),
    ("prompt", "待确认事项"),
    ("prompts", "待确认事项"),
    ("query", "查询参数"),
    ("quirks", "特殊之处"),
    ("reaction", "应对方式"),
    ("reason", "原因"),
    ("record", "记录"),
    ("records", "记录数"),
    ("refused", "被拒绝的调用"),
    ("remain", "剩余"),
    ("request", "请求"),
    ("requests", "请求"),
    ("result", "结果"),
    ("revoked", "已取消"),
    ("rid", "rid"),
    ("runtime", "运行环境"),
    ("same_entity", "同一主体"),
    ("seed", "种子"),
    ("settled", "已查验"),
    ("settled_by", "如何确认"),
    ("size", "大小"),
    ("snapshot", "快照"),
    ("source", "来源"),
    ("sources", "来源"),
    ("speed", "倍速"),
    ("standing", "状态"),
    ("standings", "状态"),
    ("state", "状态"),
    ("status", "状态"),
    ("step", "步骤"),
    ("steps", "步骤"),
    ("target", "目标"),
    ("times", "次数"),
    ("title", "名称"),
    ("token", "令牌"),
    ("token_of", "用谁的令牌"),
    ("trace", "处理经过"),
    ("unchanged", "未变化"),
    ("unexchanged", "授权码未换取"),
    ("until", "截止"),
    ("used", "已用"),
    ("value", "值"),
    ("variants", "可选行为"),
    ("verdict", "结果"),
    ("version", "版本号"),
    ("wave", "批次"),
    ("waves", "分批"),
    ("why", "理由"),
];

/// How something ended.
const OUTCOMES: &[(&str, &str)] = &[
    ("already_asked", "此前已询问"),
    ("already_bound", "此前已绑定"),
    ("another_event", "是另一个事件"),
    ("approved", "已同意"),
    ("bound", "已绑定"),
    ("clean", "无异常"),
    ("cleared", "已清零"),
    ("created", "已创建"),
    ("deleted", "已删除"),
    ("denied", "已拒绝"),
    ("deployed", "已部署"),
    ("existed", "已存在"),
    ("failed", "失败"),
    ("indeterminate", "结果未知"),
    ("kept", "已保留原有"),
    ("landed", "已执行"),
    ("minted", "已签发"),
    ("no_ticket", "没有票据"),
    ("not_asked", "没有询问"),
    ("not_delivered", "没有送达"),
    ("not_landed", "没有执行"),
    ("not_written", "没有写入"),
    ("nothing_pushed", "没有推送"),
    ("ok", "正常"),
    ("opened", "已开通"),
    ("passed", "通过"),
    ("paused", "已暂停"),
    ("read", "已读取"),
    ("refreshed", "已刷新"),
    ("replaced", "已被取代"),
    ("restored", "已恢复"),
    ("resumed", "已继续"),
    ("saved", "已保存"),
    ("several", "有多个"),
    ("skipped", "跳过"),
    ("something_new", "未知状态"),
    ("started", "已开始"),
    ("taken_in", "已接收"),
    ("timed_out", "超时"),
    ("unbound", "已解绑"),
    ("unchanged", "未改变"),
    ("unknown", "未知"),
    ("verified", "已验证"),
    ("waiting_for_consent", "等待同意"),
    ("waiting_for_phone", "等待绑定手机号"),
    ("written", "已写入"),
];

/// The steps of the demo that have words of ours in their names.
const STEPS: &[(&str, &str)] = &[
    ("token before any ticket", "没有票据时换取令牌"),
    ("encrypted ticket push", "加密推送验证票据"),
    ("component token", "平台令牌"),
    ("authorized push", "推送授权成功事件"),
    ("authorizer token", "授权方令牌"),
    ("administrator agrees", "管理员同意"),
    ("createCloudUser again", "再次 createCloudUser"),
    ("createEnv, answer lost", "createEnv，应答丢失"),
    ("settle createEnv", "定论 createEnv"),
    ("setCloudAccessToken get", "setCloudAccessToken 读取"),
    ("setCloudAccessToken set", "setCloudAccessToken 写入"),
    ("another process fetches tokens", "另一个进程换取令牌"),
    ("createFunction, token refused", "createFunction，令牌被拒"),
    ("records of the emulator", "模拟器的记录"),
];

/// Words of ours that are values, by the field that they are the value of.
const VALUES: &[(&str, &[(&str, &str)])] = &[
    ("change", &[("changed", "有变化"), ("left", "已移出名单"), ("new", "新增"), ("unchanged", "未变化")]),
    (
        "check",
        &[
            ("aes_key", "AES 密钥"),
            ("clock", "时钟"),
            ("config", "配置"),
            ("credentials", "凭据"),
            ("host", "主机"),
            ("ip_whitelist", "IP 白名单"),
            ("permission_sets", "权限集"),
            ("store", "令牌存储"),
            ("ticket", "验证票据"),
        ],
    ),
    ("class", &[("idempotent", "幂等"), ("not_repeatable", "不可重复"), ("read", "读取")]),
    (
        "kind",
        &[
            ("cloud_consent", "同意开通云开发"),
            ("env_share", "使用平台共享的云环境"),
            ("pay_binding", "绑定微信支付商户号"),
            ("pay_payments", "允许云函数发起支付"),
            ("pay_refunds", "允许云函数发起退款"),
            ("phone", "绑定手机号并同意开通云开发"),
        ],
    ),
    ("mode", &[("frozen", "静止"), ("real", "实时"), ("scaled", "加速")]),
    (
        "reason",
        &[
            ("done", "已完成"),
            ("not_authorized", "未授权"),
            ("pending", "待处理"),
            ("refused", "被拒绝"),
            ("retrying", "重试中"),
            ("unsettled", "待查验"),
            ("waiting", "等待人工"),
        ],
    ),
    (
        "standing",
        &[
            ("pending", "待处理"),
            ("ready", "就绪"),
            ("refused", "被拒绝"),
            ("retrying", "重试中"),
            ("unsettled", "待查验"),
            ("waiting", "等待人工"),
        ],
    ),
    ("state", &[("seed", "初始状态")]),
    ("status", &[("not_built", "未实现"), ("stateful", "有状态"), ("validated", "仅校验")]),
    (
        "step",
        &[
            ("api_text", "接口消息"),
            ("authorized", "授权成功事件"),
            ("event", "事件消息"),
            ("mini_program_api_text", "小程序接口消息"),
            ("text", "文本消息"),
            ("ticket", "验证票据"),
            ("unauthorized", "取消授权事件"),
        ],
    ),
    ("token_of", &[("merchant", "授权方"), ("platform", "平台")]),
    (
        "why",
        &[(
            "a call of the first edition of containers, which the documentation has replaced; \
             no source shows what it answers today",
            "第一版容器接口，文档已用新接口取代；没有资料显示它如今如何应答",
        )],
    ),
    ("verdict", &[("failed", "失败"), ("passed", "通过"), ("skipped", "跳过")]),
];

/// How people read a value of this field that is a word.
pub(crate) fn value(field: &str, word: &str) -> String {
    if field == "outcome" {
        return outcome(word);
    }
    let words = VALUES.iter().find(|(name, _)| *name == field).map_or(&[][..], |(_, words)| *words);
    in_chinese(words, word).unwrap_or(word).to_owned()
}

/// How people read that something ended.
pub(crate) fn outcome(name: &str) -> String {
    in_chinese(OUTCOMES, name).map_or_else(|| name.replace('_', " "), str::to_owned)
}

/// How people read a step of the demo.
pub(crate) fn step(name: &str) -> &str {
    in_chinese(STEPS, name).unwrap_or(name)
}

/// The Chinese for a name, if that is the language of this run and there is one.
fn in_chinese(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    let found = table.iter().find(|(known, _)| *known == name).map(|(_, chinese)| *chinese);
    found.filter(|_| current() == Lang::Zh)
}

/// What people read in the place of the name of a field.
pub(crate) fn of(name: &str) -> String {
    in_chinese(CHINESE, name).map_or_else(|| name.replace('_', " "), str::to_owned)
}
