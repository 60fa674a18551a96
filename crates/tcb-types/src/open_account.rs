//! Family `open-account`: open-platform accounts, which give a merchant's accounts a common unionid.

mod create_open_account;
mod get_open_account;

family! {
    create_open_account: CreateOpenAccount => OpenAccount;
    get_open_account: GetOpenAccount => BoundOpenAccount;
}
