use std::time::Duration;

use tcb_auth::{AuthErrorKind, CloudbaseTokenFile, TestClock, TokenSource};

#[tokio::test(start_paused = true)]
async fn the_file_is_read_again_after_a_minute_or_a_rejection() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "one\n").unwrap();
    let source = CloudbaseTokenFile::new(&path).clock(TestClock::default());
    let first = source.token().await.unwrap();
    assert_eq!((first.value().expose(), first.query_token().parameter()), ("one", "cloudbase_access_token"));

    std::fs::write(&path, "two").unwrap();
    assert_eq!(source.token().await.unwrap(), first);
    tokio::time::advance(Duration::from_secs(60)).await;
    let second = source.token().await.unwrap();
    assert_eq!(second.value().expose(), "two");

    std::fs::write(&path, "three").unwrap();
    source.reject(&first).await;
    assert_eq!(source.token().await.unwrap(), second, "a late rejection keeps the successor");
    source.reject(&second).await;
    assert_eq!(source.token().await.unwrap().value().expose(), "three");
}

#[tokio::test]
async fn a_missing_or_empty_file_is_a_typed_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let source = CloudbaseTokenFile::new(&path);
    assert_eq!(source.token().await.unwrap_err().kind(), AuthErrorKind::Source);
    std::fs::write(&path, "  \n").unwrap();
    assert_eq!(source.token().await.unwrap_err().kind(), AuthErrorKind::Source);
}
