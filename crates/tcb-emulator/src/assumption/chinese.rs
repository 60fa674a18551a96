//! The assumptions in Chinese.

/// What there is to say of an assumption, in one language.
#[derive(Debug)]
#[non_exhaustive]
pub struct AssumptionText {
    id: &'static str,
    /// The open question, with what each variant means.
    pub statement: &'static str,
    /// Why the first variant is the default.
    pub why: &'static str,
    /// What would settle it.
    pub settled_by: &'static str,
}

/// The text of the assumption with this number.
pub(super) fn find(id: &str) -> Option<&'static AssumptionText> {
    TEXTS.iter().find(|text| text.id == id)
}

const TEXTS: &[AssumptionText] = &[
    AssumptionText {
        id: "A-001",
        statement: "`set` 时的 `version` 不是最近读到的那个：以 40097 拒绝（`refused`），当作最新的接受（`accepted`），或返回 0 而不作修改（`ignored`）",
        why: "送回的 version 除了发现并发修改，别无用处",
        settled_by: "在真实平台上：`get` 之后，用读到的 version 连续 `set` 两次",
    },
    AssumptionText {
        id: "A-002",
        statement: "别名相同的第二个环境：允许（`allowed`），或以 -501000 拒绝（`refused`）",
        why: "环境 ID 自带后缀，且没有文档说别名唯一",
        settled_by: "在可以为两个环境付费的账号上，用同一别名调用两次",
    },
    AssumptionText {
        id: "A-003",
        statement: "既没有手机号也没有同意：`phone-first` 返回 -601048，一次确认解决两件事；`consent-first` 返回 -601049，之后再要手机号",
        why: "-601048 的说明要求绑定手机号并同意，视为一件事",
        settled_by: "用快速注册的小程序，其账号起初没有手机号",
    },
    AssumptionText {
        id: "A-004",
        statement: "云开发开通之后再次调用：`success` 仍返回 0，`already-asked` 返回 -601026",
        why: "文档要求确认后再次调用，所以重复调用必须无害",
        settled_by: "在已开通的账号上再调用一次",
    },
    AssumptionText {
        id: "A-005",
        statement: "签发更新的令牌之后，商户原来的令牌：`overlap` 与平台令牌一样继续有效一段时间，`at-once` 立即以 40001 拒绝",
        why: "平台工作人员确认平台令牌和刷新令牌有五分钟",
        settled_by: "刷新之后，用原来的令牌连续调用六分钟",
    },
    AssumptionText {
        id: "A-006",
        statement: "环境中已有同名的云函数：以 -501000 拒绝（`refused`），文字中含 `ResourceInUse.FunctionName`；或成功而不作修改（`success`）",
        why: "文档列出 -501000 而没有说明；文字中的名称是腾讯云自己的接口返回的，微信开发者工具也会显示",
        settled_by: "同一调用执行两次",
    },
    AssumptionText {
        id: "A-008",
        statement: "刷新令牌使用之后：`stable` 原样返回；`grace` 被替换，旧的仍可用 300 秒；`strict` 被替换，旧的立即失效",
        why: "文档称它在商户取消授权之前有效；工作人员也承诺被替换的还可用五分钟",
        settled_by: "用同一个刷新令牌刷新两次",
    },
    AssumptionText {
        id: "A-009",
        statement: "商户取消授权之后，它的令牌：以 `61003` 或 `40001` 拒绝",
        why: "错误码表对 61003 的说明是“未授权，或已取消”",
        settled_by: "取消授权后，用剩下的令牌调用",
    },
    AssumptionText {
        id: "A-010",
        statement: "试用小程序申请开放平台账号：以 `48001` 或 `40013` 拒绝",
        why: "文档只说试用小程序不能；48001 是表中“账号没有此接口”的码",
        settled_by: "用试用小程序的令牌调用",
    },
    AssumptionText {
        id: "A-011",
        statement: "新环境：`immediate` 立即为 NORMAL；`after-3-polls` 在 getEnvInfo 的前两次应答中为 UNAVAILABLE，从第三次起才能使用云函数（在此之前为 -501005）",
        why: "有人报告需要等待，时长没有文档，而多数测试与此无关",
        settled_by: "创建之后每隔几秒查询一次",
    },
    AssumptionText {
        id: "A-012",
        statement: "查询一个不存在的环境：`empty` 返回空列表，`refused` 返回 -501005",
        why: "该字段是列表的筛选条件",
        settled_by: "用编造的环境 ID 调用",
    },
    AssumptionText {
        id: "A-013",
        statement: "调用方没有的环境，而该接口的文档既没有列出 -501005 也没有列出 -501000：以 `-501000`、`-501005` 或 `-501009` 拒绝",
        why: "公开的报告中，-501000 多指环境或云函数不存在",
        settled_by: "各接口都用编造的环境 ID 调用一次",
    },
    AssumptionText {
        id: "A-014",
        statement: "请求体含有转义 `\\uXXXX`：以 `47002` 或 `40033` 拒绝",
        why: "错误码表中两者的文字都提到转义；47002 还指明是请求体的格式",
        settled_by: "分别用带转义和不带转义的别名各调用一次",
    },
    AssumptionText {
        id: "A-015",
        statement: "查询到的记录中的非整数和坐标：`plain` 为普通 JSON；`extended` 为 `{\"$numberDouble\": \"113.0\"}`，如聚合的示例",
        why: "查询的示例中没有数字；数据库自己的客户端显示的是普通 JSON",
        settled_by: "查询一条含有地理位置的记录",
    },
    AssumptionText {
        id: "A-016",
        statement: "尚未就绪的云函数：列为 `creating`（`Creating`，腾讯云自己的词），或不在列表中（`absent`）",
        why: "文档列出 Active 和 CreateFailed，并说明还可能有其他值",
        settled_by: "创建之后立即列出云函数",
    },
    AssumptionText {
        id: "A-017",
        statement: "环境中没有的云函数：以 `-501000` 或 `-501009` 拒绝",
        why: "公开的报告中，-501000 多指环境或云函数不存在",
        settled_by: "各接口都用编造的云函数名调用一次",
    },
    AssumptionText {
        id: "A-018",
        statement: "集合已存在：以 `-501000` 拒绝，文字中含 `Table exist`；或以 `-501001` 拒绝，文字中含 `ResourceUnavailable.ResourceExist`",
        why: "通过 HTTP 调用的公开程序查找带有此文字的 -501000；另一种是云函数内的程序所见",
        settled_by: "调用两次",
    },
    AssumptionText {
        id: "A-019",
        statement: "提交的触发器：替换云函数原有的全部（`replaced`），或按名称添加（`added`）",
        why: "文档说的是“更新”，也没有其他办法删除触发器",
        settled_by: "用不同的名称调用两次，再调用一次 getTriggers",
    },
    AssumptionText {
        id: "A-020",
        statement: "带 marker 的文件列表：从它之后开始（`after`），或从它开始（`from`）",
        why: "底层的对象存储从 marker 之后开始",
        settled_by: "以某个文件的 key 为 marker 列出文件",
    },
    AssumptionText {
        id: "A-021",
        statement: "第二次开通静态网站：成功（`success`），或以 -501000 拒绝（`refused`）",
        why: "文档没有为此列出错误码",
        settled_by: "调用两次",
    },
    AssumptionText {
        id: "A-022",
        statement: "账号与某个并未绑定的开放平台账号解绑：以 `89002` 或 `40013` 拒绝",
        why: "对于什么都没有绑定的账号，getOpenAccount 返回 89002",
        settled_by: "用什么都没有绑定的账号调用",
    },
    AssumptionText {
        id: "A-023",
        statement: "未认证的开放平台账号绑定第六个账号：以 `89004` 或 `89001` 拒绝",
        why: "89004 表示开放平台账号已满；其文字说的是一百个",
        settled_by: "同一主体的六个小程序",
    },
    AssumptionText {
        id: "A-024",
        statement: "已结束的压测的状态：`finished`（`Finished`）或 `done`（`Done`）；在此之前为 `Crawling`",
        why: "示例中只有 Crawling",
        settled_by: "做一次几秒钟的压测",
    },
    AssumptionText {
        id: "A-025",
        statement: "尚未结束的压测的报告：数字为空（`empty`），或以 -501009 拒绝（`refused`）",
        why: "没有文档为此列出错误码",
        settled_by: "创建之后立即调用",
    },
    AssumptionText {
        id: "A-026",
        statement: "向微信支付商户申请已授予或已申请过的权限：成功而不作修改（`success`），或以 40097 拒绝（`refused`）",
        why: "文档没有为此列出错误码",
        settled_by: "调用两次",
    },
    AssumptionText {
        id: "A-027",
        statement: "没有对应内容的 cloudID：不出现在应答中（`left-out`），或数据为空（`empty`）",
        why: "文档没有为单项列出错误码",
        settled_by: "用编造的 cloudID 调用",
    },
    AssumptionText {
        id: "A-028",
        statement: "检测没有回调 URL 的平台：以 40201 拒绝（`refused`），或返回空列表（`empty`）",
        why: "40201 的文字是“未配置回调 URL”",
        settled_by: "后台没有设置 URL 的平台",
    },
    AssumptionText {
        id: "A-029",
        statement: "不需要规则的权限标签，规则为空文本：接受（`accepted`），或因不是 JSON 以 40097 拒绝（`refused`）",
        why: "文档要求每种标签都填规则，而此处无可填写",
        settled_by: "以 `READONLY` 和空规则调用",
    },
    AssumptionText {
        id: "A-030",
        statement: "导入导出任务除 `success` 以外的状态：底层 `cloud` 的（`waiting`、`fail`），或其 `api` 的（`processing`、`failed`）",
        why: "已知腾讯云一侧的同一服务使用 waiting 和 fail；示例中只有 success",
        settled_by: "导入一个大文件，以及一个不是 JSON 的文件",
    },
    AssumptionText {
        id: "A-031",
        statement: "尚未上线的静态网站：列为 `process`，或不在列表中（`absent`）",
        why: "文档只列出 online，并说明还可能有其他值；process 是腾讯云自己的接口所用的词",
        settled_by: "申请开通之后立即列出",
    },
    AssumptionText {
        id: "A-032",
        statement: "为没有开通静态网站的环境申请文件链接：以 -501009 拒绝（`refused`），或允许（`allowed`）",
        why: "开通之前没有存储桶；-501009 的文字是“无效或不存在”",
        settled_by: "在新环境中调用",
    },
    AssumptionText {
        id: "A-033",
        statement: "推送到云托管已开启时，再开启推送到云函数：以 `40097` 或 `-501007` 拒绝",
        why: "文档说不能这样做，但没有给出错误码；同类接口普遍使用 40097",
        settled_by: "以两块都开启的配置调用",
    },
    AssumptionText {
        id: "A-034",
        statement: "不是中国大陆的号码：其他号码照常发送，它以自己的码列出（`listed`）；或整个调用以 -501007 拒绝（`refused`）",
        why: "应答中每个号码都有一个码；此处用的是腾讯云短信自己的",
        settled_by: "用一个有效号码和一个境外号码调用",
    },
    AssumptionText {
        id: "A-035",
        statement: "从未上传过的触发器或环境配置：返回通常的配置（`usual`），或以 `85089` 拒绝",
        why: "文档为云调用的配置列出 85089，并为环境写明通常的时限",
        settled_by: "对新建的云函数以每种类型各调用一次",
    },
    AssumptionText {
        id: "A-036",
        statement: "删除不存在的索引：忽略（`ignored`），或以 -502010 拒绝（`refused`）",
        why: "文档没有为此列出错误码",
        settled_by: "用编造的名称调用",
    },
    AssumptionText {
        id: "A-037",
        statement: "新集合的权限：`private`（PRIVATE）或 `admin-only`（ADMINONLY）",
        why: "在云控制台新建的集合，权限为 PRIVATE",
        settled_by: "对新集合调用 getPermission",
    },
];
