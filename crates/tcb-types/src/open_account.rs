//! Family `open-account`: open-platform accounts, which give a merchant's accounts a common
//! unionid.

mod bind_open_account;
mod create_open_account;
mod get_open_account;
mod get_open_account_entity;
mod has_open_account;
mod unbind_open_account;

family! {
    bind_open_account: BindOpenAccount => OpenAccountBinding;
    create_open_account: CreateOpenAccount => OpenAccount;
    get_open_account: GetOpenAccount => BoundOpenAccount;
    get_open_account_entity: GetOpenAccountEntity => OpenAccountEntity;
    has_open_account: HasOpenAccount => HasOpenAccountResponse;
    unbind_open_account: UnbindOpenAccount => UnbindOpenAccountResponse;
}
