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
    assert_eq!(part.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert!(part.headers().contains_key("etag"));
    assert_eq!(part.bytes().await.unwrap().as_ref(), [2; 4]);
    let tampered = url.replace("b.bin", "c.bin");
    assert_eq!(http.get(tampered).send().await.unwrap().status(), StatusCode::FORBIDDEN);

    assert_eq!(blobs.delete_prefix("a/").await.unwrap(), 1);
    assert_eq!(blobs.head("a/b.bin").await.unwrap(), None);
}

#[tokio::test]
async fn pages_in_a_browser_may_use_signed_urls() {
    let blobs = Blobs::new(&servers::s3().await);
    blobs.allow_browsers().await.unwrap();
    let upload = blobs.begin_multipart("a").await.unwrap();
    let put = blobs.sign_part("a", &upload, 1, MINUTE).await.unwrap();
    let request = Client::new().request(reqwest::Method::OPTIONS, &put).header("origin", "http://web.test");
    let preflight = request.header("access-control-request-method", "PUT").send().await.unwrap();
    assert!(preflight.status().is_success());
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
    let answer = Client::new().put(put).header("origin", "http://web.test").body("abc").send().await.unwrap();
    let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap().to_lowercase();
    assert!(exposed.contains("etag"), "{exposed}");
}

#[tokio::test]
async fn a_list_comes_in_pages_and_deletes_what_it_is_told() {
    let blobs = Blobs::new(&servers::s3().await);
    for name in ["a/1", "a/2", "b/1"] {
        blobs.upload_bytes(name, vec![1; 3], "audio/mp4").await.unwrap();
    }
    let (mut names, mut next) = (Vec::new(), None);
    loop {
        let page = blobs.list_page("", next).await.unwrap();
        names.extend(page.objects.into_iter().map(|object| (object.key, object.size)));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    names.sort();
    assert_eq!(names, ["a/1", "a/2", "b/1"].map(|name| (name.to_owned(), 3)));
    blobs.delete(&["a/1".to_owned(), "gone/already".to_owned()]).await.unwrap();
    assert_eq!(blobs.list("").await.unwrap().len(), 2);
}
