//! Code of functions, which is sent to Tencent Cloud's service for functions.

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tcb_transport::{LinkTarget, Request, Response};
use tcb_types::cloudbase_common::{CodeSecret, SignedHeaders};
use tcb_types::{Base64Bytes, Class, EnvId, FunctionName, Method, Scrubber, Secret, read_raw_response};

use super::{Links, UPLOAD, header_value, target};
use crate::error::Cause;
use crate::{Error, ErrorKind, StorageRefusal};

/// The body of an upload, written once: the signature is over its very bytes.
pub(crate) struct CodeUpload {
    body: Bytes,
    pub(crate) hash: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UploadBody<'a> {
    code_secret: &'a str,
    env_id: &'a EnvId,
    function_name: &'a FunctionName,
    handler: &'static str,
    zip_file: Base64Bytes,
}

/// What the service answers, in the form of all of Tencent Cloud's interfaces.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UploadAnswer {
    response: UploadResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UploadResponse {
    error: Option<UploadRefusal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UploadRefusal {
    code: Option<String>,
    message: Option<String>,
}

impl CodeUpload {
    pub(crate) fn new(
        secret: &CodeSecret,
        env: &EnvId,
        function: &FunctionName,
        archive: impl Into<Vec<u8>>,
    ) -> Result<Self, Error> {
        let zip_file = Base64Bytes::new(archive);
        let body = UploadBody {
            code_secret: secret.expose(),
            env_id: env,
            function_name: function,
            handler: "index.main",
            zip_file,
        };
        let body = serde_json::to_vec(&body).map_err(|_| {
            Error::new(ErrorKind::Request, UPLOAD, 0, Cause::Text("the upload cannot be written as JSON"))
        })?;
        let hash = hex::encode(Sha256::digest(&body));
        Ok(Self { body: body.into(), hash })
    }
}

impl Links {
    /// Sends code with signed headers, to the host that they name.
    pub(crate) async fn send_code(
        &self,
        upload: CodeUpload,
        headers: &SignedHeaders,
        code_secret: &CodeSecret,
    ) -> Result<(), Error> {
        let host =
            headers.lines().find(|(name, _)| name.eq_ignore_ascii_case("host")).map_or("", |(_, host)| host);
        // The service speaks https. An emulator on this machine need not, and plain http goes
        // nowhere else.
        let secure = || target(UPLOAD, Secret::new(format!("https://{host}/")));
        let target = LinkTarget::new(Secret::new(format!("http://{host}/"))).or_else(|_| secure())?;
        let mut request = Request::to_link(Method::Post, target, UPLOAD).body(upload.body);
        let mut secrets: Vec<Secret> = Vec::new();
        for (name, value) in headers.lines().filter(|(name, _)| !name.eq_ignore_ascii_case("host")) {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
                Error::new(ErrorKind::Request, UPLOAD, 0, Cause::Text("a signed header has no proper name"))
            })?;
            let value: HeaderValue = header_value(UPLOAD, value)?;
            // A type or a version is none, and would make what the service says unreadable.
            if ["authorization", "token", "secret", "signature"]
                .iter()
                .any(|word| name.as_str().contains(word))
            {
                secrets.extend(value.to_str().ok().map(Secret::new));
            }
            request = request.header(name, value);
        }
        let secrets: Vec<&Secret> = [code_secret.as_ref()].into_iter().chain(&secrets).collect();

        let read = |response: &Response, scrubber: &Scrubber<'_>| {
            let answer: UploadAnswer = read_raw_response(response.body(), scrubber)?.value;
            Ok(answer.response.error.map(|error| StorageRefusal {
                status: response.status().as_u16(),
                code: error.code.map(|code| scrubber.clean(&code)),
                message: error.message.map(|message| scrubber.clean(&message)),
            }))
        };
        match self.transfer(Class::Idempotent, request, &secrets, read).await? {
            Some(refusal) => Err(Error::new(ErrorKind::Storage, UPLOAD, 1, None).refused(refusal)),
            None => Ok(()),
        }
    }
}
