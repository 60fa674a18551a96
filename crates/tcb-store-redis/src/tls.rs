//! TLS on top of a plain connection, with a provider of our own: the process-wide one is the
//! program's business.

use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tcb_auth::StoreError;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::failure::RedisFailure;

/// The root certificates in a PEM text.
pub(crate) fn roots(pem: &[u8]) -> Result<RootCertStore, StoreError> {
    let unreadable = || RedisFailure::Option("a root certificate cannot be read");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.map_err(|_| unreadable())?).map_err(|_| unreadable())?;
    }
    if roots.is_empty() {
        return Err(RedisFailure::Option("there is no CERTIFICATE block in the root certificates").into());
    }
    Ok(roots)
}

/// Puts TLS on top of a connection to `host`. Mozilla's root certificates are trusted if there are
/// no others.
pub(crate) async fn connect(
    stream: TcpStream,
    host: &str,
    roots: Option<&Arc<RootCertStore>>,
) -> Result<TlsStream<TcpStream>, RedisFailure> {
    let roots = roots.map_or_else(
        || Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }),
        Arc::clone,
    );
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| RedisFailure::Option("the host of redis is no name that a certificate can be for"))?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| RedisFailure::Tls(io::Error::new(io::ErrorKind::InvalidData, error)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(RedisFailure::Tls)
}
