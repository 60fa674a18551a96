/// A test account of WeChat's release check (全网发布接入检测).
///
/// Before a platform may be released, WeChat has such an account authorise it, talks to it through
/// its ordinary two URLs, and cancels. The accounts come in five groups of a public account and a
/// mini program; each check draws one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ReleaseAccount {
    /// Its appid, as events of the platform name it.
    pub app_id: &'static str,
    /// Its original id, as [`Message::to`](crate::Message::to) names it.
    pub user_name: &'static str,
    /// Whether it is a mini program.
    pub is_mini_program: bool,
}

const fn public(app_id: &'static str, user_name: &'static str) -> ReleaseAccount {
    ReleaseAccount { app_id, user_name, is_mini_program: false }
}

const fn mini(app_id: &'static str, user_name: &'static str) -> ReleaseAccount {
    ReleaseAccount { app_id, user_name, is_mini_program: true }
}

impl ReleaseAccount {
    /// The five groups: a public account and a mini program.
    pub const GROUPS: [[Self; 2]; 5] = [
        [public("wx570bc396a51b8ff8", "gh_3c884a361561"), mini("wxd101a85aa106f53e", "gh_8dad206e9538")],
        [public("wx9252c5e0bb1836fc", "gh_c0f28a78b318"), mini("wxc39235c15087f6f3", "gh_905ae9d01059")],
        [public("wx8e1097c5bc82cde9", "gh_3f222ed8d140"), mini("wx7720d01d4b2a4500", "gh_393666f1fdf4")],
        [public("wx14550af28c71a144", "gh_26128078e9ab"), mini("wx05d483572dcd5d8b", "gh_39abb5d4e1b7")],
        [public("wxa35b9c23cfe664eb", "gh_2b3713f184a6"), mini("wx5910277cae6fd970", "gh_7818dcb60240")],
    ];

    /// The test account with this appid or original id. Some pages write the appids in capitals;
    /// case does not count.
    ///
    /// A platform that tells others of new merchants leaves these out:
    ///
    /// ```
    /// use tcb_callback::ReleaseAccount;
    ///
    /// assert!(ReleaseAccount::of("wx570bc396a51b8ff8").is_some());
    /// assert!(ReleaseAccount::of("wxd9a1b2c3d4e5f607").is_none());
    /// ```
    pub fn of(id: impl AsRef<str>) -> Option<&'static Self> {
        let id = id.as_ref();
        let is_it = |account: &&Self| {
            account.app_id.eq_ignore_ascii_case(id) || account.user_name.eq_ignore_ascii_case(id)
        };
        Self::GROUPS.as_flattened().iter().find(is_it)
    }
}
