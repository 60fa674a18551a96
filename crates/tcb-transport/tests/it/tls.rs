use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tcb_transport::{HttpOptions, Phase, SetupErrorKind, TransportErrorKind};

use crate::harness::{Backend, answer_of, failure_of, over_both_backends, patient, request};
use crate::server::{Server, Step, answer, write};

over_both_backends![
    a_certificate_of_a_trusted_root_is_accepted,
    a_certificate_of_a_trusted_root_is_accepted_over_tls_1_2,
    a_certificate_of_an_unknown_root_is_refused,
    a_certificate_that_signs_itself_is_refused,
    a_certificate_for_another_host_is_refused,
    a_certificate_that_has_expired_is_refused,
    a_server_that_speaks_no_tls_was_sent_nothing,
    a_server_that_speaks_only_tls_1_1_was_sent_nothing,
    a_server_that_ends_the_handshake_was_sent_nothing,
];

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn issue(&self, params: &CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        server_config(certificate.der(), &key, rustls::DEFAULT_VERSIONS)
    }
}

fn server_config(
    certificate: &CertificateDer<'static>,
    key: &KeyPair,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.clone()],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap()
}

/// A certificate for the address where the servers of these tests listen.
pub(crate) fn for_this_server() -> CertificateParams {
    let mut params = CertificateParams::new([]).unwrap();
    params.subject_alt_names = vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST))];
    params
}

async fn serve(config: ServerConfig) -> Server {
    Server::start_tls(config, [vec![Step::Read, answer(r#"{"errcode":0}"#)]]).await
}

fn trusting<B: Backend>(server: &Server, authority: &Authority) -> B {
    B::connect_trusting(&authority.pem(), patient(server.url()))
}

pub(crate) async fn a_certificate_of_a_trusted_root_is_accepted<B: Backend>() {
    let authority = Authority::new();
    let server = serve(authority.issue(&for_this_server())).await;
    let response = answer_of(&trusting::<B>(&server, &authority), request()).await;
    assert_eq!(response.body(), r#"{"errcode":0}"#);
}

async fn a_certificate_of_a_trusted_root_is_accepted_over_tls_1_2<B: Backend>() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let certificate = for_this_server().signed_by(&key, &authority.0).unwrap();
    let server = serve(server_config(certificate.der(), &key, &[&rustls::version::TLS12])).await;
    let response = answer_of(&trusting::<B>(&server, &authority), request()).await;
    assert_eq!(response.body(), r#"{"errcode":0}"#);
}

async fn assert_certificate_is_refused<B: Backend>(server: &Server, transport: B) {
    let error = failure_of(&transport, request()).await;
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::Certificate, Phase::NotSent));
    assert!(server.requests().is_empty());
}

pub(crate) async fn a_certificate_of_an_unknown_root_is_refused<B: Backend>() {
    let server = serve(Authority::new().issue(&for_this_server())).await;
    assert_certificate_is_refused(&server, B::connect_to(patient(server.url()))).await;
    assert_certificate_is_refused(&server, trusting::<B>(&server, &Authority::new())).await;
}

async fn a_certificate_that_signs_itself_is_refused<B: Backend>() {
    let key = KeyPair::generate().unwrap();
    let certificate = for_this_server().self_signed(&key).unwrap();
    let server = serve(server_config(certificate.der(), &key, rustls::DEFAULT_VERSIONS)).await;
    assert_certificate_is_refused(&server, B::connect_to(patient(server.url()))).await;
}

async fn a_certificate_for_another_host_is_refused<B: Backend>() {
    let authority = Authority::new();
    let server = serve(authority.issue(&CertificateParams::new(["api.weixin.qq.com".into()]).unwrap())).await;
    assert_certificate_is_refused(&server, trusting::<B>(&server, &authority)).await;
}

async fn a_certificate_that_has_expired_is_refused<B: Backend>() {
    let authority = Authority::new();
    let mut params = for_this_server();
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let server = serve(authority.issue(&params)).await;
    assert_certificate_is_refused(&server, trusting::<B>(&server, &authority)).await;
}

async fn assert_not_sent<B: Backend>(script: Vec<Step>) {
    let server = Server::start([script]).await;
    let error = failure_of(&B::connect_to(patient(server.url_as_https())), request()).await;
    assert_eq!((error.kind(), error.phase()), (TransportErrorKind::Connect, Phase::NotSent));
}

async fn a_server_that_speaks_no_tls_was_sent_nothing<B: Backend>() {
    assert_not_sent::<B>(vec![write("HTTP/1.1 400 Bad Request\r\n\r\n"), Step::AwaitHangUp]).await;
}

async fn a_server_that_speaks_only_tls_1_1_was_sent_nothing<B: Backend>() {
    // A record of TLS 1.1 with a ServerHello of TLS 1.1: version, 32 random bytes, no session, RSA
    // with AES-128, no compression.
    let hello =
        ["\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02", &"r".repeat(32), "\x00\x00\x2f\x00"].concat();
    assert_not_sent::<B>(vec![write(hello), Step::AwaitHangUp]).await;
}

async fn a_server_that_ends_the_handshake_was_sent_nothing<B: Backend>() {
    assert_not_sent::<B>(vec![Step::ReadBytes(50)]).await;
    assert_not_sent::<B>(vec![Step::ReadBytes(50), Step::Reset]).await;
}

#[test]
fn an_extra_root_that_is_none_is_refused() {
    let key = KeyPair::generate().unwrap().serialize_pem();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let not_base64 = "-----BEGIN CERTIFICATE-----\n****\n-----END CERTIFICATE-----\n";
    for pem in ["", "no PEM", &key, broken, not_base64] {
        let error = HttpOptions::default().extra_roots_pem(pem).unwrap_err();
        assert_eq!(error.kind(), SetupErrorKind::ExtraRoot, "{pem}");
        assert!(!format!("{error:?}").contains(pem) || pem.is_empty(), "{error:?}");
    }
}

#[test]
fn several_extra_roots_may_stand_in_one_text() {
    let pem = [Authority::new().pem(), Authority::new().pem()].concat();
    let options = HttpOptions::default().extra_roots_pem(pem).unwrap();
    assert!(format!("{options:?}").contains("extra_roots: 2"), "{options:?}");
}

/// With the machine's own roots the answer depends on the machine, but an extra root holds there
/// too.
#[cfg(feature = "platform-roots")]
mod platform_roots {
    use tcb_transport::HyperTransport;

    use super::*;

    fn trusting(server: &Server, authority: &Authority) -> HyperTransport {
        HyperTransport::connect_trusting(&authority.pem(), patient(server.url()).platform_roots())
    }

    #[tokio::test]
    async fn an_extra_root_holds_beside_the_machines() {
        let authority = Authority::new();
        let server = serve(authority.issue(&for_this_server())).await;
        answer_of(&trusting(&server, &authority), request()).await;
    }

    #[tokio::test]
    async fn a_certificate_of_an_unknown_root_is_refused() {
        let server = serve(Authority::new().issue(&for_this_server())).await;
        assert_certificate_is_refused(&server, trusting(&server, &Authority::new())).await;
    }
}
