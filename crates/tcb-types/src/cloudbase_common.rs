//! Family `cloudbase-common`: ordinary cloud development, where the environment belongs to the merchant's mini program.

mod cloud_access_token;
mod create_cloud_user;
mod create_env;
mod create_function;
mod list_envs;
mod list_functions;

family! {
    cloud_access_token: GetCloudAccessToken, SetCloudAccessToken => CloudAccessTokenPolicy, SetCloudAccessTokenResponse;
    create_cloud_user: CreateCloudUser => CloudUser;
    create_env: CreateEnv => CreateEnvResponse, EnvPackage;
    create_function: CreateFunction => CreateFunctionResponse;
    list_envs: ListEnvs => Env, EnvStatus, ListEnvsResponse;
    list_functions: ListFunctions => Function, FunctionStatus, ListFunctionsResponse;
}
