//! S3 as clients and we use it.

use std::time::Duration;

use chrono::DateTime;
use polyphony_kit::blobs::{Blobs, Presentation};
use polyphony_testkit::servers;
use reqwest::{Body, Client, StatusCode};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_client_uploads_in_parts_and_downloads_by_signed_urls_alone() {
    let blobs = Blobs::new(&servers::s3().await);
    let http = Client::new();
    let upload = blobs.begin_multipart("a/b.bin", None).await.unwrap();
    let (first, second) = (vec![1_u8; 5 << 20], vec![2_u8; 100]);
    let mut parts = Vec::new();
    for (number, bytes) in [(1, &first), (2, &second)] {
        let url = blobs.sign_part("a/b.bin", &upload, (number, bytes.len() as i64), MINUTE).await.unwrap();
        let answer = http.put(url).body(bytes.clone()).send().await.unwrap().error_for_status().unwrap();
        parts.push((number, answer.headers()["etag"].to_str().unwrap().to_owned()));
    }
    let listed = blobs.list_parts("a/b.bin", &upload).await.unwrap().unwrap();
    let listed: Vec<_> = listed.into_iter().map(|part| (part.0, part.2)).collect();
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
async fn a_part_of_another_length_than_the_signed_one_is_refused() {
    let blobs = Blobs::new(&servers::s3().await);
    let upload = blobs.begin_multipart("a", None).await.unwrap();
    let url = blobs.sign_part("a", &upload, (1, 100), MINUTE).await.unwrap();
    let put = async |body: Body| Client::new().put(&url).body(body).send().await.unwrap().status();
    for size in [101, 99, 1 << 20] {
        assert_eq!(put(vec![1; size].into()).await, StatusCode::FORBIDDEN, "{size}");
    }
    // Without a length, in chunks.
    let chunks = futures::stream::iter([(); 2].map(|()| Ok::<_, std::io::Error>(vec![1; 100])));
    assert_eq!(put(Body::wrap_stream(chunks)).await, StatusCode::FORBIDDEN);
    assert_eq!(blobs.list_parts("a", &upload).await.unwrap(), Some(Vec::new()));
    // Clients say what they like of the type.
    let form = Client::new().put(&url).header("content-type", "application/x-www-form-urlencoded").body(vec![1; 100]);
    assert_eq!(form.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn pages_in_a_browser_may_use_signed_urls() {
    let blobs = Blobs::new(&servers::s3().await);
    blobs.allow_browsers().await.unwrap();
    let upload = blobs.begin_multipart("a", None).await.unwrap();
    let put = blobs.sign_part("a", &upload, (1, 3), MINUTE).await.unwrap();
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

#[tokio::test]
async fn open_uploads_are_listed_in_pages_until_they_are_given_up() {
    let blobs = Blobs::new(&servers::s3().await);
    let mut begun = Vec::new();
    for key in ["a", "a", "b/c"] {
        begun.push((key.to_owned(), blobs.begin_multipart(key, None).await.unwrap()));
    }
    begun.sort();
    let listed = async || {
        let page = blobs.list_open_uploads(None).await.unwrap().unwrap();
        assert_eq!(page.next, None);
        page.uploads.into_iter().map(|upload| (upload.key, upload.id)).collect::<Vec<_>>()
    };
    let mut all = listed().await;
    all.sort();
    assert_eq!(all, begun);
    let behind = blobs.list_open_uploads(Some(listed().await[0].clone())).await.unwrap().unwrap();
    assert_eq!(behind.uploads.len(), 2);
    let (key, id) = &begun[2];
    for _ in 0..2 {
        blobs.abort_multipart(key, id).await.unwrap();
    }
    assert_eq!(listed().await.len(), 2);
    assert_eq!(blobs.list_parts(key, id).await.unwrap(), None);
}

#[tokio::test]
async fn urls_of_a_folder_are_those_that_are_signed_one_by_one() {
    let blobs = Blobs::new(&servers::s3().await);
    let names: Vec<String> = (0..5).map(|number| format!("{number:05}.m4s")).collect();
    let until = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let kinds = [None, Some("audio/mp4".to_owned())];
    for shown in kinds.map(|content_type| Presentation { content_type, ..Presentation::default() }) {
        let urls = blobs.sign_folder_until("tracks/a/1/aac-64/", &names, (until, MINUTE), &shown).await.unwrap();
        for (name, url) in names.iter().zip(urls) {
            let alone =
                blobs.sign_get_until(&format!("tracks/a/1/aac-64/{name}"), until, MINUTE, &shown).await.unwrap();
            assert_eq!(url, alone);
        }
    }
    let strange = ["a b".to_owned()];
    assert!(blobs.sign_folder_until("a", &strange, (until, MINUTE), &Presentation::default()).await.is_err());
}
