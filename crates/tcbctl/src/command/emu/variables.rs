//! `tcbctl emu env`: how programs find an emulator.

use crate::admin::Admin;
use crate::report::Report;
use crate::run::Ended;

/// Where an emulator is and who its platform is, by the names of variables. Those that begin with
/// `TCBCTL_` are tcbctl's own; the others are for programs of any kind. With a certificate, those
/// too that lead programs with hard-coded hosts to the emulator and have them trust it.
pub(super) fn of(
    base_url: &str,
    admin_url: &str,
    platform: [&str; 4],
    certificate: Option<&str>,
) -> Vec<(&'static str, String)> {
    let [app_id, secret, token, aes_key] = platform;
    let all = [
        ("TCBCTL_BASE_URL", base_url),
        ("TCBCTL_ADMIN_URL", admin_url),
        ("TCB_EMULATOR_BASE_URL", base_url),
        ("TCB_EMULATOR_ADMIN_URL", admin_url),
        ("TCB_EMULATOR_COMPONENT_APPID", app_id),
        ("TCB_EMULATOR_COMPONENT_APPSECRET", secret),
        ("TCB_EMULATOR_CALLBACK_TOKEN", token),
        ("TCB_EMULATOR_ENCODING_AES_KEY", aes_key),
    ];
    let secured = certificate.map(|file| [("HTTPS_PROXY", base_url), ("SSL_CERT_FILE", file)]);
    let all = all.into_iter().chain(secured.into_iter().flatten());
    all.map(|(name, value)| (name, value.to_owned())).collect()
}

pub(super) async fn print(admin: &Admin) -> Ended {
    let platform = admin.component().await?;
    let certificate = admin.health().await?.certificate;
    let url = admin.url().to_string();
    let base = url.strip_suffix("/_emu/v1").unwrap_or(&url);
    let platform = [
        platform.app_id.as_str(),
        platform.secret.expose(),
        platform.callback_token.as_str(),
        platform.encoding_aes_key.as_str(),
    ];
    let variables = of(base, &url, platform, certificate.as_deref());
    let lines = variables.iter().map(|(name, value)| format!("export {name}={}", quoted(value)));
    let report = Report::new("emu env").lines(lines.collect());
    Ok(variables.iter().fold(report, |report, (name, value)| report.member(name, value.as_str())))
}

/// A word that a shell takes as it is, whatever is in it.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_a_quoted_word_as_it_is() {
        assert_eq!(quoted("http://127.0.0.1:1"), "'http://127.0.0.1:1'");
        assert_eq!(quoted("a'; rm -rf $HOME"), r"'a'\''; rm -rf $HOME'");
    }
}
