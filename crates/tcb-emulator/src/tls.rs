//! HTTPS for clients whose hosts are hard-coded: a certificate authority of the emulator's own, and
//! what it vouches for.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints,
};
use tcb_types::{Clock as _, SystemClock};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

use crate::EmulatorError;
use crate::hosts::WECHAT;

/// How long the certificates are good.
const LIFE: Duration = Duration::from_secs(7 * 86_400);

/// Clocks differ: the certificates were good a while ago.
const BEFORE: Duration = Duration::from_secs(3_600);

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// What speaks TLS in WeChat's place.
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    certificate: PathBuf,
}

impl Tls {
    /// Makes an authority, writes its certificate into a file that everybody may read, and forgets
    /// its key as soon as it has vouched for WeChat's hosts.
    pub(crate) fn begin(certificate: &Path) -> Result<Self, EmulatorError> {
        let begin = || -> Result<Self, Fault> {
            let authority = Authority::new()?;
            let acceptor = authority.vouch_for(WECHAT)?;
            write(certificate, &authority.0.pem())?;
            Ok(Self { acceptor, certificate: fs::canonicalize(certificate)? })
        };
        begin().map_err(|error| {
            let message = format!("the certificate {} cannot be made", certificate.display());
            EmulatorError::certificate(message, io::Error::other(error))
        })
    }

    /// The file with the authority's certificate.
    pub(crate) fn certificate(&self) -> &Path {
        &self.certificate
    }

    pub(crate) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> io::Result<TlsStream<S>> {
        self.acceptor.accept(stream).await
    }
}

/// Writes a file that everybody may read and nobody but its owner change.
fn write(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    Ok(())
}

/// An authority whose key never leaves the memory.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Result<Self, Fault> {
        let mut params = params(&[])?;
        params.distinguished_name.push(DnType::CommonName, "tcb-emulator, for tests on this machine");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        // Whoever trusts it trusts it with WeChat's hosts alone.
        let any = |address: IpAddr| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, 0));
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: WECHAT
                .iter()
                .map(|host| GeneralSubtree::DnsName((*host).to_owned()))
                .collect(),
            excluded_subtrees: vec![any(Ipv4Addr::UNSPECIFIED.into()), any(Ipv6Addr::UNSPECIFIED.into())],
        });
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// A server with a certificate for these hosts.
    fn vouch_for(&self, hosts: &[&str]) -> Result<TlsAcceptor, Fault> {
        let mut params = params(hosts)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let leaf = params.signed_by(&key, &self.0)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn params(hosts: &[&str]) -> Result<CertificateParams, Fault> {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts)?;
    // Real time: clients do not go by the emulator's.
    let now = SystemClock.wall();
    params.not_before = now.checked_sub(BEFORE).unwrap_or(now).into();
    params.not_after = now.checked_add(LIFE).unwrap_or(now).into();
    Ok(params)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::pki_types::ServerName;
    use tokio_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore};

    use super::*;

    /// Greets a server that the authority vouches for.
    async fn greet(authority: &Authority, hosts: &[&str], name: &'static str) -> io::Result<()> {
        let mut roots = RootCertStore::empty();
        roots.add(authority.0.der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let (near, far) = tokio::io::duplex(16 * 1024);
        let acceptor = authority.vouch_for(hosts).unwrap();
        let server = tokio::spawn(async move { acceptor.accept(far).await.map(drop) });
        let name = ServerName::try_from(name).unwrap();
        let outcome = TlsConnector::from(Arc::new(client)).connect(name, near).await.map(drop);
        server.abort();
        outcome
    }

    #[tokio::test]
    async fn the_authority_is_believed_for_wechat_s_hosts_alone() {
        let authority = Authority::new().unwrap();
        for host in ["api.weixin.qq.com", "mp.weixin.qq.com", "open.weixin.qq.com", "sh.api.weixin.qq.com"] {
            greet(&authority, WECHAT, host).await.expect(host);
        }
        for host in ["www.example.com", "qq.com", "127.0.0.1"] {
            let error = greet(&authority, &[host], host).await.expect_err(host);
            let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<Error>());
            let Some(Error::InvalidCertificate(CertificateError::Other(why))) = cause else {
                panic!("{host}: {error:?}");
            };
            assert!(why.to_string().contains("NameConstraintViolation"), "{host}: {why}");
        }
    }

    #[test]
    fn certificates_live_for_seven_days() {
        let params = params(WECHAT).unwrap();
        let (begin, end) = (SystemTime::from(params.not_before), SystemTime::from(params.not_after));
        assert_eq!(end.duration_since(begin).unwrap(), BEFORE + LIFE);
        assert!(begin <= SystemClock.wall());
    }
}
