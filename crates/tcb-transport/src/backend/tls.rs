use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use super::options::{HttpOptions, SetupError, SetupErrorKind};

/// The TLS configuration of the hyper backend: TLS 1.2 or newer from ring, roots as the options
/// say. It is explicit, so that nothing depends on a process-wide default that somebody else may
/// install.
pub(super) fn client_config(options: &HttpOptions) -> Result<ClientConfig, SetupError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError::new(SetupErrorKind::Client, error))?;

    #[cfg(feature = "platform-roots")]
    if options.platform_roots {
        let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(
            options.extra_roots.iter().cloned(),
            builder.crypto_provider().clone(),
        )
        .map_err(|error| SetupError::new(SetupErrorKind::PlatformRoots, error))?;
        return Ok(builder
            .dangerous() // That is rustls' name for any verifier of one's own; this one is the platform's.
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth());
    }

    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in &options.extra_roots {
        roots.add(certificate.clone()).map_err(|error| SetupError::new(SetupErrorKind::ExtraRoot, error))?;
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
