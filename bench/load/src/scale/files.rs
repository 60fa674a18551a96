//! What a file of 100 MB takes in memory on its way to and from an object storage, each time in a
//! process of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use tcb_api::types::FormUpload;
use tcb_api::{Content, Links};
use tcb_bench_counts::{peak_rss_bytes, rss_bytes, send};
use tokio::io::AsyncReadExt as _;

use crate::process::Process;
use crate::statistics::{Figures, count};

const SIZE: usize = 100_000_000;
const BACKENDS: [&str; 2] = ["hyper", "reqwest"];

pub(super) fn measure() -> Figures {
    println!();
    let peaks = ["upload", "download"].map(|way| {
        let storage = storage().to_string();
        let peaks = BACKENDS.map(|backend| {
            let peak: f64 = Process::start(0, &["file", way, backend, &storage]).ask("go").parse().unwrap();
            println!("{way} of 100 MB over {backend}: {peak:.1} MB above an idle process.");
            peak
        });
        (format!("{way}_100mb_peak_mb"), peaks.into_iter().fold(0.0, f64::max))
    });
    peaks.into()
}

/// Sends or fetches the file, and says how many MB more there were at most.
pub(crate) async fn carry(way: &str, backend: &str, storage: SocketAddr) {
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let links = Links::new(send::transport(storage, backend).unwrap());
    let link = format!("http://{storage}/file");
    let idle = rss_bytes();
    if way == "upload" {
        let (size, zeros) = (SIZE as u64, tokio::io::repeat(0).take(SIZE as u64));
        let permission = FormUpload::new(link, "token", "signature", "file-id");
        links.upload(&permission, "file", Content::reader(size, zeros)).await.unwrap();
    } else {
        let download = links.download_stream(&link.into()).await.unwrap();
        assert_eq!(download.write_to(&mut tokio::io::sink()).await.unwrap(), SIZE as u64);
    }
    println!("{}", count(peak_rss_bytes().saturating_sub(idle)) / 1e6);
}

/// An object storage that throws away what it is sent, and sends zeros.
fn storage() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let file = get(async || vec![0; SIZE]).post(async |content: Bytes| drop(content));
        let router = Router::new().route("/file", file).layer(DefaultBodyLimit::disable());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), router).await.unwrap();
        });
    });
    address
}
