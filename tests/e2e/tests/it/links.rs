//! The second step of uploads and downloads, against the emulator's storage.

use std::io::Cursor;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tcb_api::transport::{LinkTarget, Request, Response, Transport, TransportError};
use tcb_api::types::cloudbase_batch;
use tcb_api::types::cloudbase_common::WantedFile;
use tcb_api::{Content, ErrorKind, Links};
use tcb_e2e::{Backend, Stage, on_both_backends};
use tcb_emulator::Fault;

on_both_backends![
    a_file_goes_up_and_comes_down_again,
    a_file_streams_up_and_down_again,
    a_page_of_a_static_website_is_put,
    the_code_of_a_function_goes_up_and_comes_down_again,
    code_for_a_function_that_is_not_there_is_refused,
    a_link_that_has_run_out_is_refused,
    a_permission_is_for_its_path_alone,
    a_lost_answer_is_made_up_for,
    a_file_over_the_cap_is_not_read,
    a_transport_around_a_backend_sees_the_second_step_without_a_token,
];

/// Larger than the cap of other answers, and of bytes that no text has.
fn large() -> Vec<u8> {
    (0..3 * 1024 * 1024_u32).map(|n| n.to_be_bytes()[n as usize % 4]).collect()
}

async fn a_file_goes_up_and_comes_down_again(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let env = shop.envs().create_postpaid("shop").await.unwrap().id;
    let files = shop.env(&env).files();
    for (path, content) in
        [("photos/a b.bin", large()), ("空.txt", Vec::new()), ("a?b#c\'d.txt", b"x".to_vec())]
    {
        let id = files.upload(path, content.clone()).await.unwrap();
        assert!(stage.emulator.stored_file(&env, path).unwrap() == content, "{path}");
        assert!(files.download(id).await.unwrap() == content, "{path}");
    }
    let id = files.upload("空.txt", "full").await.unwrap();
    assert_eq!(files.download(id).await.unwrap(), "full", "an upload writes over what is there");

    let error = files.download("cloud://elsewhere/a").await.unwrap_err();
    assert_eq!((error.kind(), error.api().unwrap().code().get()), (ErrorKind::Refused, -503_003));
    stage.emulator.assert_clean();
}

async fn a_file_streams_up_and_down_again(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let env = shop.envs().create_postpaid("shop").await.unwrap().id;
    let files = shop.env(&env).files();
    let content = Content::reader(large().len() as u64, Cursor::new(large()));
    let id = files.upload("a.bin", content).await.unwrap();
    assert!(stage.emulator.stored_file(&env, "a.bin").unwrap() == large());
    let mut file = Vec::new();
    files.download_stream(id).await.unwrap().write_to(&mut file).await.unwrap();
    assert!(file == large());

    let short = Content::reader(large().len() as u64 + 1, Cursor::new(large()));
    let error = files.upload("b.bin", short).await.unwrap_err();
    assert_eq!((error.kind(), stage.emulator.stored_file(&env, "b.bin")), (ErrorKind::Content, None));
    stage.emulator.assert_clean();
}

async fn a_page_of_a_static_website_is_put(backend: Backend) {
    let stage = Stage::set(backend).await;
    let page = Content::from("<h1>Corner shop</h1>").content_type("text/html; charset=utf-8");
    let env = stage.platform.send(cloudbase_batch::CreateEnv::new("shared")).await.unwrap().id;
    stage.platform.send(cloudbase_batch::ListEnvs::new()).await.unwrap();
    stage.platform.send(cloudbase_batch::CreateStaticSite::new(&env)).await.unwrap();
    stage.platform.env(&env).static_sites().upload("de/index.html", page).await.unwrap();
    assert_eq!(stage.emulator.stored_file(&env, "de/index.html").unwrap(), "<h1>Corner shop</h1>");
    stage.emulator.assert_clean();
}

async fn a_link_that_has_run_out_is_refused(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let env = shop.envs().create_postpaid("shop").await.unwrap().id;
    let files = shop.env(&env).files();
    let permission = files.upload_link("a.txt").await.unwrap();
    shop.links().upload(&permission, "a.txt", "hello").await.unwrap();
    let wanted = [WantedFile::new(permission.file_id.clone(), 60)];
    let link = files.download_links(wanted).await.unwrap().files.complete().unwrap().remove(0).link;
    assert_eq!(shop.links().download(&link).await.unwrap(), "hello");

    stage.emulator.advance(Duration::from_secs(60)).await;
    let error = shop.links().download(&link).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    let refusal = error.storage().unwrap();
    assert_eq!((refusal.status, refusal.code.as_deref()), (403, Some("AccessDenied")));
    assert_eq!(refusal.message.as_deref(), Some("Request has expired"));

    stage.emulator.advance(Duration::from_secs(900)).await;
    let error = shop.links().upload(&permission, "a.txt", "late").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Storage, 1));
    assert_eq!(stage.emulator.stored_file(&env, "a.txt").unwrap(), "hello");
    stage.emulator.assert_clean();
}

async fn a_permission_is_for_its_path_alone(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let env = shop.envs().create_postpaid("shop").await.unwrap().id;
    let permission = shop.env(&env).files().upload_link("a.txt").await.unwrap();
    let error = shop.links().upload(&permission, "b.txt", "hello").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(stage.emulator.stored_file(&env, "b.txt").is_none());
    stage.emulator.assert_clean();
}

async fn a_lost_answer_is_made_up_for(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let env = shop.envs().create_postpaid("shop").await.unwrap().id;
    stage.emulator.fault(Fault::commit_then_drop("/_emu/storage")).unwrap();
    let id = shop.env(&env).files().upload("a.txt", "hello").await.unwrap();
    stage.emulator.fault(Fault::http("/_emu/storage", 503, "<Error><Code>SlowDown</Code></Error>")).unwrap();
    assert_eq!(shop.env(&env).files().download(id).await.unwrap(), "hello");
    assert!(stage.emulator.faults().is_empty());
    stage.emulator.assert_clean();
}

async fn a_file_over_the_cap_is_not_read(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let env = shop.envs().create_postpaid("shop").await.unwrap().id;
    let files = shop.env(&env).files();
    let id = files.upload("a.bin", large()).await.unwrap();
    let answer = files.download_links([WantedFile::new(id, 60)]).await.unwrap();
    let link = answer.files.complete().unwrap().remove(0).link;
    let exactly = large().len();
    assert_eq!(shop.links().cap(exactly).download(&link).await.unwrap().len(), exactly);
    let error = shop.links().cap(exactly - 1).download(&link).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Malformed, 1));
}

/// Notes where requests go.
#[derive(Debug)]
struct Noting(Arc<dyn Transport>, Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Transport for Noting {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        assert!(request.query_token().is_none());
        let host = request.link().map_or("the API", LinkTarget::host);
        self.1.lock().unwrap().push(format!("{} to {host}", request.operation()));
        self.0.send(request).await
    }
}

async fn a_transport_around_a_backend_sees_the_second_step_without_a_token(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let env = shop.envs().create_postpaid("shop").await.unwrap().id;
    let permission = shop.env(&env).files().upload_link("a.txt").await.unwrap();
    let noted = Arc::default();
    let links = Links::new(Noting(backend.transport(&stage.emulator), Arc::clone(&noted)));
    links.upload(&permission, "a.txt", "hello").await.unwrap();
    assert_eq!(*noted.lock().unwrap(), ["link.upload to 127.0.0.1"]);
    assert_eq!(stage.emulator.stored_file(&env, "a.txt").unwrap(), "hello");
    stage.emulator.assert_clean();
}

async fn the_code_of_a_function_goes_up_and_comes_down_again(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let env = shop.envs().create_postpaid("shop").await.unwrap().id;
    let functions = shop.env(&env).functions();
    functions.create("hello").await.unwrap();
    functions.code("hello").await.unwrap_err();
    stage.emulator.fault(Fault::commit_then_drop("/_emu/storage")).unwrap();
    functions.upload_code("hello", large()).await.unwrap();
    let code = functions.code("hello").await.unwrap();
    assert_eq!(code.checksum.as_deref().map(str::len), Some(64));
    assert!(shop.links().download(&code.link).await.unwrap() == large());
    assert!(stage.emulator.faults().is_empty());
    stage.emulator.assert_clean();
}

async fn code_for_a_function_that_is_not_there_is_refused(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (_, shop) = stage.open_merchant().await;
    let env = shop.envs().create_postpaid("shop").await.unwrap().id;
    let error = shop.env(&env).functions().upload_code("nowhere", b"zip").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert_eq!(error.storage().unwrap().code.as_deref(), Some("ResourceNotFound.Function"));
    stage.emulator.assert_clean();
}
