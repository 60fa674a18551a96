//! Exit codes. They are a contract: scripts branch on them.

use std::process::ExitCode;

use crate::language::pick;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Ok,
    /// Done, and the plan that was asked about with `--detailed-exitcode` has changes in it.
    Changes,
    Failed,
    Usage,
    Credential,
    NotFound,
    Refused,
    Quota,
    Waiting,
    Timeout,
    Unsettled,
    Interrupted,
}

impl Exit {
    /// Those that every command may end with.
    pub(crate) const ALL: [Self; 11] = [
        Self::Ok,
        Self::Failed,
        Self::Usage,
        Self::Credential,
        Self::NotFound,
        Self::Refused,
        Self::Quota,
        Self::Waiting,
        Self::Timeout,
        Self::Unsettled,
        Self::Interrupted,
    ];

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage | Self::Changes => 2,
            Self::Credential => 3,
            Self::NotFound => 4,
            Self::Refused => 5,
            Self::Quota => 6,
            Self::Waiting => 8,
            Self::Timeout => 9,
            Self::Unsettled => 10,
            Self::Interrupted => 130,
        }
    }

    pub(crate) fn is_success(self) -> bool {
        matches!(self, Self::Ok | Self::Changes)
    }

    /// The same for a caller to whom 2 means changes: every failure is 1.
    pub(crate) fn detailed(self) -> Self {
        if self.is_success() { self } else { Self::Failed }
    }

    /// What the code means, as `--help` and the README print it.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Ok => pick("done", "完成"),
            Self::Changes => pick("there is something to do", "有需要执行的变更"),
            Self::Failed => pick("failed; the message says how", "失败；详见错误信息"),
            Self::Usage => {
                pick("wrong usage or configuration; nothing was sent", "用法或配置错误；什么都没有发送")
            }
            Self::Credential => {
                pick("a credential is refused, expired or withdrawn", "凭据被拒绝、过期或已撤销")
            }
            Self::NotFound => pick("what was named does not exist", "所指的对象不存在"),
            Self::Refused => {
                pick("WeChat refused the call; `errcode` says why", "微信拒绝了调用；原因见 `errcode`")
            }
            Self::Quota => pick("a quota or frequency limit is reached", "达到额度或频率限制"),
            Self::Waiting => pick(
                "waiting for a human; run the same command again when it is done",
                "等待人工操作；完成后再运行同一命令",
            ),
            Self::Timeout => {
                pick("no answer in time; nothing can have been created", "超时无应答；不可能创建了任何东西")
            }
            Self::Unsettled => pick(
                "a change was perhaps made, reading back does not tell; look before you repeat it",
                "可能已发生改变，读回也无法确定；重复之前请先查看",
            ),
            Self::Interrupted => pick(
                "interrupted by Ctrl-C; nothing can have been created",
                "被 Ctrl-C 中断；不可能创建了任何东西",
            ),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_code() {
        let readme = include_str!("../README.md");
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit.code(), exit.about());
            assert!(readme.contains(&row), "the README lacks {row}");
        }
    }
}
