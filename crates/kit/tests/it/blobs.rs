//! S3 as clients and we use it.

use std::time::Duration;

use polyphony_kit::blobs::{Blobs, Presentation};
use polyphony_testkit::servers;
use reqwest::{Client, StatusCode};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_client_uploads_in_parts_and_downloads_by_signed_urls_alone() {
    let blobs = Blobs::new(&servers::s3().await);
    let http = Client::new();
    let upload = blobs.begin_multipart("a/b.bin").await.unwrap();
    let (first, second) = (vec![1_u8; 5 << 20], vec![2_u8; 100]);
    let mut parts = Vec::new();
    for (number, bytes) in [(1, &first), (2, &second)] {
        let url = blobs.sign_part("a/b.bin", &upload, number, MINUTE).await.unwrap();
        let answer = http.put(url).body(bytes.clone()).send().await.unwrap().error_for_status().unwrap();
        parts.push((number, answer.headers()["etag"].to_str().unwrap().to_owned()));
    }
    let listed: Vec<_> =
        blobs.list_parts("a/b.bin", &upload).await.unwrap().into_iter().map(|part| (part.0, part.2)).collect();
    assert_eq!(listed, [(1, first.len() as u64), (2, second.len() as u64)]);
    blobs.complete_multipart("a/b.bin", &upload, &parts).await.unwrap();
    assert_eq!(blobs.head("a/b.bin").await.unwrap(), Some((first.len() + second.len()) as u64));

    let shown = Presentation { content_type: Some("audio/flac".to_owned()), ..Presentation::default() };
    let url = blobs.sign_get("a/b.bin", MINUTE, &shown).await.unwrap();
    let part = http.get(&url).header("range", "bytes=5242880-5242883").send().await.unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers()["content-type"], "audio/flac");
    assert_eq!(part.bytes().await.unwrap().as_ref(), [2; 4]);
    let tampered = url.replace("b.bin", "c.bin");
    assert_eq!(http.get(tampered).send().await.unwrap().status(), StatusCode::FORBIDDEN);

    assert_eq!(blobs.delete_prefix("a/").await.unwrap(), 1);
    assert_eq!(blobs.head("a/b.bin").await.unwrap(), None);
}
