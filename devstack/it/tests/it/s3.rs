//! What media does with S3: presigned multipart uploads, signed reads with ranges, lists and deletes.

use std::path::Path;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier};

use crate::server::{Server, free_port};

const BUCKET: &str = "polyphony";
const PART: usize = 5 * 1024 * 1024;

fn start(data: &Path) -> (Server, Client) {
    let flags = ["--access-key", "key", "--secret-key", "secret"];
    let server = Server::start("s3", data, free_port(), &flags);
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("http://127.0.0.1:{}", server.port))
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .force_path_style(true)
        .build();
    (server, Client::from_conf(config))
}

fn for_a_minute() -> PresigningConfig {
    PresigningConfig::expires_in(Duration::from_mins(1)).unwrap()
}

/// Uploads two parts through presigned URLs, as a client of the platform does.
async fn upload_in_parts(s3: &Client, key: &str, parts: &[Vec<u8>]) {
    let created = s3.create_multipart_upload().bucket(BUCKET).key(key).content_type("audio/flac").send().await.unwrap();
    let upload = created.upload_id().unwrap();
    let mut completed = CompletedMultipartUpload::builder();
    let mut given = Vec::new();
    for (number, bytes) in (1..).zip(parts) {
        let request = s3.upload_part().bucket(BUCKET).key(key).upload_id(upload).part_number(number);
        let url = request.presigned(for_a_minute()).await.unwrap();
        let answer = reqwest::Client::new().put(url.uri()).body(bytes.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let etag = answer.headers()["etag"].to_str().unwrap().to_owned();
        given.push(Some(etag.clone()));
        completed = completed.parts(CompletedPart::builder().part_number(number).e_tag(etag).build());
    }
    let listed = s3.list_parts().bucket(BUCKET).key(key).upload_id(upload).send().await.unwrap();
    let etags: Vec<_> = listed.parts().iter().map(|part| part.e_tag().map(str::to_owned)).collect();
    assert_eq!(etags, given, "listed parts have the ETags that their uploads were answered with");
    let request = s3.complete_multipart_upload().bucket(BUCKET).key(key).upload_id(upload);
    request.multipart_upload(completed.build()).send().await.unwrap();
}

#[tokio::test]
async fn a_presigned_multipart_upload_is_read_back_whole_and_in_ranges() {
    let data = tempfile::tempdir().unwrap();
    let (_server, s3) = start(data.path());
    upload_in_parts(&s3, "uploads/a.flac", &[vec![b'a'; PART], b"the end".to_vec()]).await;

    let head = s3.head_object().bucket(BUCKET).key("uploads/a.flac").send().await.unwrap();
    assert_eq!(head.content_length(), Some(PART as i64 + 7));
    assert_eq!(head.content_type(), Some("audio/flac"));

    let url = s3.get_object().bucket(BUCKET).key("uploads/a.flac").presigned(for_a_minute()).await.unwrap();
    let range = format!("bytes={}-", PART - 1);
    let answer = reqwest::Client::new().get(url.uri()).header("range", range).send().await.unwrap();
    assert_eq!(answer.status(), 206);
    assert_eq!(answer.headers()["content-type"], "audio/flac");
    assert_eq!(answer.text().await.unwrap(), "athe end");
}

#[tokio::test]
async fn a_signed_read_answers_head_and_says_how_long_it_may_be_kept() {
    let data = tempfile::tempdir().unwrap();
    let (_server, s3) = start(data.path());
    let put = s3.put_object().bucket(BUCKET).key("a.mp3").cache_control("max-age=600").content_type("audio/mpeg");
    put.body(ByteStream::from_static(b"music")).send().await.unwrap();
    let url = s3.get_object().bucket(BUCKET).key("a.mp3").presigned(for_a_minute()).await.unwrap();
    let http = reqwest::Client::new();
    let (head, get) = (http.head(url.uri()).send().await.unwrap(), http.get(url.uri()).send().await.unwrap());
    for name in ["content-length", "content-type", "etag", "cache-control", "accept-ranges"] {
        assert_eq!(head.headers().get(name), get.headers().get(name), "{name}");
    }
    assert_eq!((head.status().as_u16(), &head.headers()["content-length"]), (200, &"5".parse().unwrap()));
    assert_eq!(head.headers()["cache-control"], "max-age=600");
    assert_eq!(http.head(url.uri().replace("a.mp3", "b.mp3")).send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn tampered_and_unsigned_requests_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let (server, s3) = start(data.path());
    let put = s3.put_object().bucket(BUCKET).key("a").body(ByteStream::from_static(b"secret"));
    put.send().await.unwrap();

    let url = s3.get_object().bucket(BUCKET).key("a").presigned(for_a_minute()).await.unwrap();
    assert_eq!(reqwest::get(url.uri()).await.unwrap().status(), 200);
    let tampered = url.uri().replace("X-Amz-Expires=60", "X-Amz-Expires=6000");
    assert_ne!(tampered, url.uri());
    assert_eq!(reqwest::get(tampered).await.unwrap().status(), 403);
    let unsigned = format!("http://127.0.0.1:{}/{BUCKET}/a", server.port);
    assert_eq!(reqwest::get(unsigned).await.unwrap().status(), 403);
}

#[tokio::test]
async fn objects_are_listed_by_prefix_and_deleted_together() {
    let data = tempfile::tempdir().unwrap();
    let (_server, s3) = start(data.path());
    for key in ["tracks/1/a", "tracks/1/b", "tracks/2/a"] {
        let put = s3.put_object().bucket(BUCKET).key(key).content_type("audio/mp4");
        put.body(ByteStream::from_static(b"x")).send().await.unwrap();
    }
    let listed = s3.list_objects_v2().bucket(BUCKET).prefix("tracks/1/").send().await.unwrap();
    let keys: Vec<&str> = listed.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!(keys, ["tracks/1/a", "tracks/1/b"]);

    let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(*key).build().unwrap());
    let delete = Delete::builder().set_objects(Some(objects.collect())).build().unwrap();
    s3.delete_objects().bucket(BUCKET).delete(delete).send().await.unwrap();
    let left = s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!(left.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["tracks/2/a"]);
    assert!(s3.get_object().bucket(BUCKET).key("tracks/1/a").send().await.is_err());
}

#[tokio::test]
async fn what_a_client_has_already_is_not_sent_again_and_a_read_may_say_what_it_is() {
    let data = tempfile::tempdir().unwrap();
    let (_server, s3) = start(data.path());
    let put = s3.put_object().bucket(BUCKET).key("a").content_type("audio/flac").metadata("from", "here");
    let etag = put.body(ByteStream::from_static(b"music")).send().await.unwrap().e_tag.unwrap();
    let again = s3.get_object().bucket(BUCKET).key("a").if_none_match(&etag).send().await.unwrap_err();
    assert_eq!(again.raw_response().unwrap().status().as_u16(), 304);
    let named = s3.get_object().bucket(BUCKET).key("a").response_content_disposition("attachment");
    let named = named.response_content_type("audio/x-flac").send().await.unwrap();
    assert_eq!((named.content_disposition(), named.content_type()), (Some("attachment"), Some("audio/x-flac")));
    assert_eq!(named.metadata().unwrap()["from"], "here");
    let behind = s3.get_object().bucket(BUCKET).key("a").range("bytes=5-").send().await.unwrap_err();
    assert_eq!(behind.raw_response().unwrap().status().as_u16(), 416);
}

#[tokio::test]
async fn bytes_that_are_not_what_the_client_says_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let (_server, s3) = start(data.path());
    let put = s3.put_object().bucket(BUCKET).key("a").checksum_sha256("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let refused = put.body(ByteStream::from_static(b"other")).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("BadDigest"));
    assert!(s3.head_object().bucket(BUCKET).key("a").send().await.is_err());
    assert_eq!(std::fs::read_dir(data.path().join("new")).unwrap().count(), 0);
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let data = tempfile::tempdir().unwrap();
    let (_server, s3) = start(data.path());
    let created = s3.create_multipart_upload().bucket(BUCKET).key("a").send().await.unwrap();
    let upload = created.upload_id().unwrap();
    let part = s3.upload_part().bucket(BUCKET).key("a").upload_id(upload).part_number(1);
    part.body(ByteStream::from_static(b"part")).send().await.unwrap();
    s3.abort_multipart_upload().bucket(BUCKET).key("a").upload_id(upload).send().await.unwrap();

    for folder in ["uploads", "joined", "new", "removing", "buckets/polyphony"] {
        assert_eq!(std::fs::read_dir(data.path().join(folder)).unwrap().count(), 0, "{folder}");
    }
    assert!(s3.head_object().bucket(BUCKET).key("a").send().await.is_err());
}

/// Begins an upload and PUTs its parts; gives its id and what completes it.
async fn begin(s3: &Client, key: &str, parts: i32) -> (String, CompletedMultipartUpload) {
    let created = s3.create_multipart_upload().bucket(BUCKET).key(key).send().await.unwrap();
    let upload = created.upload_id().unwrap().to_owned();
    let mut completed = CompletedMultipartUpload::builder();
    for number in 1..=parts {
        let put = s3.upload_part().bucket(BUCKET).key(key).upload_id(&upload).part_number(number);
        let etag = put.body(ByteStream::from(vec![number as u8; PART])).send().await.unwrap().e_tag;
        completed = completed.parts(CompletedPart::builder().part_number(number).set_e_tag(etag).build());
    }
    (upload, completed.build())
}

#[tokio::test]
async fn a_join_that_fails_leaves_the_parts_as_they_were() {
    let data = tempfile::tempdir().unwrap();
    let (_server, s3) = start(data.path());
    let (upload, parts) = begin(&s3, "a", 3).await;
    let join = async |parts| {
        let request = s3.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&upload);
        request.multipart_upload(parts).send().await
    };
    let wrong: Vec<_> = [1, 0, 2].map(|index| parts.parts()[index].clone()).into();
    assert!(join(CompletedMultipartUpload::builder().set_parts(Some(wrong)).build()).await.is_err());
    let listed = s3.list_parts().bucket(BUCKET).key("a").upload_id(&upload).send().await.unwrap();
    assert_eq!(listed.parts().len(), 3);
    join(parts).await.unwrap();
    assert_eq!(std::fs::read_dir(data.path().join("uploads")).unwrap().count(), 0);
}

#[tokio::test]
async fn open_uploads_are_listed_in_pages_and_unknown_ones_called_that() {
    let data = tempfile::tempdir().unwrap();
    let (_server, s3) = start(data.path());
    let mut begun = Vec::new();
    for key in ["tracks/1/b", "a", "tracks/1/b"] {
        let created = s3.create_multipart_upload().bucket(BUCKET).key(key).send().await.unwrap();
        begun.push((key.to_owned(), created.upload_id.unwrap()));
    }
    begun.sort();
    let (mut listed, mut key, mut id) = (Vec::new(), None, None);
    loop {
        let request = s3.list_multipart_uploads().bucket(BUCKET).max_uploads(1);
        let page = request.set_key_marker(key).set_upload_id_marker(id).send().await.unwrap();
        assert!(page.uploads().len() <= 1);
        listed.extend(page.uploads().iter().map(|one| (one.key.clone().unwrap(), one.upload_id.clone().unwrap())));
        assert!(page.uploads().iter().all(|one| one.initiated.is_some()));
        (key, id) = (page.next_key_marker, page.next_upload_id_marker);
        if page.is_truncated != Some(true) {
            break;
        }
    }
    assert_eq!(listed, begun);
    let with_prefix = s3.list_multipart_uploads().bucket(BUCKET).prefix("tracks/").send().await.unwrap();
    assert_eq!(with_prefix.uploads().len(), 2);

    let (key, id) = &begun[0];
    let abort = async || s3.abort_multipart_upload().bucket(BUCKET).key(key).upload_id(id).send().await;
    abort().await.unwrap();
    let unknown = abort().await.unwrap_err();
    assert_eq!(unknown.code(), Some("NoSuchUpload"));
    let parts = s3.list_parts().bucket(BUCKET).key(key).upload_id(id).send().await.unwrap_err();
    assert_eq!(parts.code(), Some("NoSuchUpload"));
}

#[tokio::test]
async fn a_browser_may_upload_from_any_page_and_see_the_etag() {
    let data = tempfile::tempdir().unwrap();
    let (server, _s3) = start(data.path());
    let url = format!("http://127.0.0.1:{}/{BUCKET}/a", server.port);
    let preflight = reqwest::Client::new()
        .request(reqwest::Method::OPTIONS, &url)
        .header("origin", "http://player.example")
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "content-type,x-amz-checksum-sha256")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 200);
    let allowed = |name: &str| preflight.headers()[name].to_str().unwrap().to_ascii_lowercase();
    assert_eq!(allowed("access-control-allow-origin"), "*");
    assert!(allowed("access-control-allow-methods").contains("put"));
    assert!(allowed("access-control-allow-headers").contains("x-amz-checksum-sha256"));

    let answer = reqwest::Client::new().get(&url).header("origin", "http://player.example").send().await.unwrap();
    assert!(answer.headers()["access-control-expose-headers"].to_str().unwrap().contains("etag"));
}

#[tokio::test]
async fn the_server_ends_well_when_asked_and_keeps_its_objects() {
    let data = tempfile::tempdir().unwrap();
    let (server, s3) = start(data.path());
    let put = s3.put_object().bucket(BUCKET).key("a").content_type("audio/flac");
    put.body(ByteStream::from_static(b"kept")).send().await.unwrap();
    let (took, well) = server.terminate();
    assert!(well && took < Duration::from_secs(3), "{took:?}");

    let (_server, s3) = start(data.path());
    let kept = s3.get_object().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!(kept.content_type(), Some("audio/flac"));
    assert_eq!(kept.body.collect().await.unwrap().to_vec(), b"kept");
}
