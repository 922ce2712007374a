//! TLS by files.

use crate::{Server, Settings, Tls};
use reqwest::Certificate;
use std::{fs, path::Path, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn settings(folder: &Path, read: Duration) -> Settings {
    let tls = Tls { cert: folder.join("tls.crt"), key: folder.join("tls.key") };
    Settings {
        tls: Some(tls),
        read,
        stop: Duration::from_secs(5),
        discord: None,
        dispatch: None,
        origins: crate::Origins::default(),
        is_simulated: false,
        explorer: true,
        places: crate::Places { keep_alive: read, park: Duration::ZERO, ..crate::Places::default() },
        trusted: vec![],
        naive_zone: direttore_domain::Zone::UTC,
        metrics_token: None,
    }
}

/// A folder with a certificate for localhost, and that certificate.
fn made() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let pem = made.cert.pem();
    fs::write(folder.path().join("tls.crt"), &pem).expect("the folder is ours");
    fs::write(folder.path().join("tls.key"), made.signing_key.serialize_pem()).expect("the folder is ours");
    (folder, pem)
}

async fn start(folder: &Path, read: Duration) -> std::io::Result<Server> {
    Server::start("127.0.0.1:0".parse().expect("an address"), settings(folder, read)).await
}

#[tokio::test]
async fn it_speaks_tls_with_the_certificate_that_it_was_given() {
    let (folder, pem) = made();
    let server = start(folder.path(), Duration::from_secs(5)).await.expect("it starts");
    let url = format!("https://{}/healthz", server.addr());
    let trusting = Certificate::from_pem(pem.as_bytes()).expect("a certificate");
    let client = |trusted: &[Certificate]| {
        let client = reqwest::Client::builder().no_proxy().tls_certs_only(trusted.to_vec());
        client.build().expect("a client")
    };
    let trusts = client(&[trusting]);
    // The connection rests in between.
    for _ in 0..3 {
        let told = trusts.get(&url).send().await.expect("an answer");
        assert_eq!(
            (told.status().as_u16(), told.text().await.expect("text").as_str()),
            (200, "{\"status\":\"ok\",\"mock_mode\":false}")
        );
    }
    assert!(client(&[]).get(&url).send().await.is_err(), "nobody else trusts it");
    let plain = reqwest::Client::builder().no_proxy().build().expect("a client");
    assert!(plain.get(url.replace("https", "http")).send().await.is_err(), "plain HTTP is not spoken");
    server.stop().await;
}

#[tokio::test]
async fn who_does_not_get_to_speak_it_is_not_waited_for() {
    let (folder, _) = made();
    let server = start(folder.path(), Duration::from_millis(100)).await.expect("it starts");
    for begin in [&b""[..], b"GET / HTTP/1.1\r\n\r\n", &[0x16, 0x03, 0x01]] {
        let mut stream = TcpStream::connect(server.addr()).await.expect("it listens");
        stream.write_all(begin).await.expect("it reads");
        let mut told = Vec::new();
        // Closed hard has ended as well.
        let _ = stream.read_to_end(&mut told).await;
        assert!(!told.starts_with(b"HTTP"), "{told:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn files_that_cannot_be_used_end_the_start() {
    let second = Duration::from_secs(1);
    let (folder, pem) = made();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("the folder is ours");
    let why = async || start(folder.path(), second).await.err().map(|error| error.to_string()).expect("it cannot");
    let (_, other) = made();
    write("tls.crt", &other);
    assert!(why().await.contains("tls.key: "), "a key that is another's");
    write("tls.crt", "nothing");
    assert!(why().await.contains("tls.crt: there is no certificate in it"));
    write("tls.crt", &pem);
    write("tls.key", "nothing");
    assert!(why().await.contains("tls.key: "));
    fs::remove_file(folder.path().join("tls.crt")).expect("it was there");
    assert!(why().await.contains("tls.crt: "));
}
