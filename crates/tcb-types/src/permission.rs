//! Permission sets (权限集): what an account grants to a platform, each by the number that links,
//! answers and pushes carry.
//!
//! An account can grant an exclusive set to one platform only; its owner has to take it from the
//! other one first. A set is a plain number, for there are many more than cloud development needs,
//! and new ones appear: [`OperationSpec::permission_sets`] names those that allow a call, any one
//! of which is enough.
//!
//! Pages of 2022 to 2024 name 64 beside 49, and 60 beside 24 and 25. No table of permission sets
//! that was read explains them, and the present pages have them no more, so they have no name here.
//!
//! [`OperationSpec::permission_sets`]: crate::OperationSpec::permission_sets
//!
//! ```
//! use tcb_types::permission;
//!
//! assert_eq!(permission::CLOUD_DEVELOPMENT, 49);
//! assert_eq!(permission::name(49), Some("CLOUD_DEVELOPMENT"));
//! assert_eq!(permission::title(49), Some("小程序云开发管理"));
//! ```

macro_rules! permission_sets {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $title:literal;)+) => {
        $(
            $(#[$doc])*
            #[doc = concat!("\n\nIn Chinese: ", $title, ".")]
            #[doc(alias = $title)]
            pub const $name: u32 = $number;
        )+

        /// Name of the constant of a permission set; `None` for one that has none here.
        pub const fn name(set: u32) -> Option<&'static str> {
            match set {
                $($number => Some(stringify!($name)),)+
                _ => None,
            }
        }

        /// Chinese title of a permission set; `None` for one that has no name here.
        pub const fn title(set: u32) -> Option<&'static str> {
            match set {
                $($number => Some($title),)+
                _ => None,
            }
        }
    };
}

permission_sets! {
    /// Managing a public account as such: QR codes, short links and the like.
    ACCOUNT_SERVICE = 3, "账号服务";
    /// Developing a mini program and reading its figures. Exclusive. Grant it together with
    /// [`CLOUD_DEVELOPMENT`]; an environment of batch mode can only be shared with a mini program
    /// that granted it.
    DEVELOPMENT_AND_ANALYSIS = 18, "小程序开发与数据分析";
    /// Binding a public account to an open-platform account. Exclusive.
    OPEN_ACCOUNT_OF_PUBLIC_ACCOUNT = 24, "开放平台账号管理";
    /// Binding a mini program to an open-platform account. Exclusive.
    OPEN_ACCOUNT = 25, "开放平台账号管理";
    /// Reading and changing basic information of a mini program.
    BASIC_INFORMATION = 30, "小程序基本信息管理";
    /// Managing the cloud development of a mini program, which accepts the terms of service of
    /// cloud development, too. Exclusive: the merchant's own people can no longer open the cloud
    /// console of that mini program.
    CLOUD_DEVELOPMENT = 49, "小程序云开发管理";
    /// Text messages of cloud development. Pages need it by its number; the title is that of a
    /// client, `JeffreySu/WeiXinMPSDK`.
    CLOUD_MESSAGES = 99, "云开发短信服务";
    /// WeChat Pay in cloud development. Pages need it by its number; the title is that of a client,
    /// `JeffreySu/WeiXinMPSDK`.
    CLOUD_PAYMENTS = 102, "云开发微信支付";
}

#[cfg(test)]
mod tests {
    use crate::specs;

    #[test]
    fn every_set_that_allows_a_call_has_a_name_but_for_two_that_no_table_explains() {
        for set in specs().flat_map(|spec| spec.permission_sets) {
            assert_eq!(super::title(*set).is_none(), [60, 64].contains(set), "{set}");
        }
    }
}
