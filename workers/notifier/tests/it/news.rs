//! News: followers are told of a new album, once, if they want to be; and everybody of a new device.

use polyphony_events::{
    AlbumId, ArtistId, SessionId, UserId,
    accounts::{SignedInOnNewDevice, UserDeleted, UserPreferencesChanged},
    catalog::{AlbumPublished, ArtistChanged, ArtistDeleted, ArtistRef},
    playlists::ArtistFollowed,
};
use polyphony_notifier::domain::announcement::AT_ONCE;
use sqlx::PgPool;

use crate::rig::{Rig, mails_in, registered, sealer};

fn artist(name: &str) -> ArtistRef {
    ArtistRef { id: ArtistId::new(), name: name.to_owned() }
}

fn published(artists: &[&ArtistRef]) -> AlbumPublished {
    AlbumPublished {
        album_id: AlbumId::new(),
        title: "Nordlys".to_owned(),
        artists: artists.iter().map(|artist| (*artist).clone()).collect(),
        released_on: None,
        is_imported: false,
        version: 1,
    }
}

fn preferences(user_id: UserId, email_notifications: bool, version: i64) -> UserPreferencesChanged {
    UserPreferencesChanged {
        user_id,
        locale: "en".to_owned(),
        explicit_content: true,
        streaming_quality: "HIGH".to_owned(),
        email_notifications,
        autoplay: true,
        version,
    }
}

impl Rig {
    /// Somebody with an account who follows these artists.
    async fn follower(&self, name: &str, artists: &[&ArtistRef]) -> UserId {
        let user = UserId::new();
        self.hear(&self.event(&registered(user, name))).await;
        for artist in artists {
            self.follow(user, artist, true, 1).await;
        }
        user
    }

    async fn follow(&self, user_id: UserId, artist: &ArtistRef, followed: bool, version: i64) {
        self.hear(&self.event(&ArtistFollowed { user_id, artist_id: artist.id, followed, version })).await;
    }

    /// Writes all news that are due; the names of those who get them, in order.
    async fn told(&self) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let sender = self.sender_to(folder.path()).await;
        while sender.tell_followers().await.unwrap() {}
        let sql = "select p.display_name from mails m join people p using (user_id) \
                   where m.letter ->> 'kind' = 'new_album' order by p.display_name";
        sqlx::query_scalar(sql).fetch_all(&self.pool).await.unwrap()
    }
}

#[sqlx::test(migrations = false)]
async fn followers_are_told_of_a_new_album_and_others_are_not(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let (sigur, other) = (artist("Sigur Test"), artist("Other Band"));
    rig.follower("Ann", &[&sigur]).await;
    rig.follower("Bob", &[&other]).await;
    let left = rig.follower("Cid", &[&sigur]).await;
    rig.follow(left, &sigur, false, 3).await;
    rig.follow(left, &sigur, true, 2).await;
    rig.hear(&rig.event(&published(&[&sigur]))).await;
    assert_eq!(rig.told().await, ["Ann"], "what came late does not undo what is newer");

    let folder = tempfile::tempdir().unwrap();
    let sender = rig.sender_to(folder.path()).await;
    while sender.send_due().await.unwrap() > 0 {}
    let mails: Vec<_> = mails_in(folder.path()).into_iter().filter(|(_, mail)| mail.contains("New album")).collect();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].1.contains("Subject: New album: Nordlys\r\n"), "{}", mails[0].1);
    assert!(mails[0].1.contains("there is a new album by Sigur Test: \"Nordlys\"."), "{}", mails[0].1);
    // It can be turned off without signing in, by the token alone.
    let url =
        mails[0].1.lines().find_map(|line| line.strip_prefix("List-Unsubscribe: <")).unwrap().trim_end_matches('>');
    let token = url.strip_prefix("https://music.example.org/unsubscribe#token=").unwrap();
    assert!(sealer().open(token, "unsubscribe").unwrap().starts_with("usr_"));
    assert!(
        mails[0].1.replace("=\r\n", "").contains(&format!("\r\n{}", url.replace('=', "=3D")))
            || mails[0].1.contains(&format!("\r\n{url}\r\n")),
        "{}",
        mails[0].1
    );
}

#[sqlx::test(migrations = false)]
async fn who_wants_no_mail_gets_none(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let sigur = artist("Sigur Test");
    let ann = rig.follower("Ann", &[&sigur]).await;
    let bob = rig.follower("Bob", &[&sigur]).await;
    rig.hear(&rig.event(&preferences(ann, false, 3))).await;
    rig.hear(&rig.event(&preferences(ann, true, 2))).await;
    rig.hear(&rig.event(&preferences(bob, false, 2))).await;
    rig.hear(&rig.event(&preferences(bob, true, 3))).await;
    rig.hear(&rig.event(&published(&[&sigur]))).await;
    assert_eq!(rig.told().await, ["Bob"]);
}

#[sqlx::test(migrations = false)]
async fn an_album_is_news_once_for_each_follower(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let (sigur, other) = (artist("Sigur Test"), artist("Other Band"));
    rig.follower("Ann", &[&sigur, &other]).await;
    let album = published(&[&sigur, &other]);
    rig.hear(&rig.event(&album)).await;
    assert_eq!(rig.told().await, ["Ann"]);
    // It was withdrawn and is published again; somebody has come to follow the artist meanwhile.
    rig.follower("Bob", &[&sigur]).await;
    rig.hear(&rig.event(&AlbumPublished { version: 3, ..album })).await;
    assert_eq!(rig.told().await, ["Ann"]);
    rig.hear(&rig.event(&published(&[&other]))).await;
    assert_eq!(rig.told().await, ["Ann", "Ann"], "another album is other news");
}

#[sqlx::test(migrations = false)]
async fn an_import_is_news_for_what_was_released_lately_and_once_an_artist_and_day(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let sigur = artist("Sigur Test");
    rig.follower("Ann", &[&sigur]).await;
    let imported =
        |released_on: Option<String>| AlbumPublished { released_on, is_imported: true, ..published(&[&sigur]) };
    for year in 1980..2020 {
        rig.hear(&rig.event(&imported(Some(year.to_string())))).await;
    }
    rig.hear(&rig.event(&imported(None))).await;
    assert_eq!(rig.told().await, [""; 0], "a back catalogue is no news");
    let lately = rig.clock.now().date_naive() - chrono::TimeDelta::days(7);
    for _ in 0..3 {
        rig.hear(&rig.event(&imported(Some(lately.to_string())))).await;
    }
    assert_eq!(rig.told().await, ["Ann"]);
}

#[sqlx::test(migrations = false)]
async fn an_album_that_is_heard_of_days_later_is_no_news(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let sigur = artist("Sigur Test");
    rig.follower("Ann", &[&sigur]).await;
    let (old, new) = (rig.event(&published(&[&sigur])), rig.event(&published(&[&sigur])));
    rig.hear(&old).await;
    rig.advance(2 * 24 * 3600);
    assert_eq!(rig.told().await, [""; 0]);
    let new = polyphony_kit::Envelope { time: rig.clock.now(), ..new };
    rig.hear(&new).await;
    assert_eq!(rig.told().await, ["Ann"]);
}

#[sqlx::test(migrations = false)]
async fn many_followers_are_told_in_bounded_steps_by_any_number_of_senders(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let sigur = artist("Sigur Test");
    let count = AT_ONCE * 2 + 7;
    let people =
        "insert into people select gen_random_uuid(), 'x@example.org', 'X', 'en', 1 from generate_series(1, $1)";
    sqlx::query(people).bind(count).execute(&rig.pool).await.unwrap();
    let follows = "insert into follows select $1, user_id, true, 1 from people";
    sqlx::query(follows).bind(sigur.id.0).execute(&rig.pool).await.unwrap();
    rig.hear(&rig.event(&published(&[&sigur]))).await;
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (rig.sender_to(folder.path()).await, rig.sender_to(folder.path()).await);
    let mut written = 0;
    loop {
        let (first, second) = tokio::join!(one.tell_followers(), other.tell_followers());
        let now = rig.count("select count(*) from mails").await;
        assert!(now - written <= 2 * AT_ONCE, "{now} after {written}");
        written = now;
        if !first.unwrap() && !second.unwrap() {
            break;
        }
    }
    assert_eq!(rig.count("select count(distinct user_id) from mails").await, count);
    assert_eq!(written, count);
}

#[sqlx::test(migrations = false)]
async fn who_has_deleted_their_account_is_told_nothing(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let sigur = artist("Sigur Test");
    let ann = rig.follower("Ann", &[&sigur]).await;
    rig.hear(&rig.event(&preferences(ann, true, 2))).await;
    rig.hear(&rig.event(&UserDeleted { user_id: ann, version: 3 })).await;
    // Told by another topic, so it may come later.
    rig.follow(ann, &artist("Other Band"), true, 2).await;
    rig.hear(&rig.event(&published(&[&sigur]))).await;
    assert_eq!(rig.told().await, [""; 0]);
    assert_eq!(rig.count("select count(*) from preferences").await, 0);
    assert_eq!(rig.count("select count(*) from mails where letter ->> 'kind' = 'new_album'").await, 0);
}

#[sqlx::test(migrations = false)]
async fn a_new_device_is_told_of_also_to_who_wants_no_news(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let ann = rig.follower("Ann", &[]).await;
    rig.hear(&rig.event(&preferences(ann, false, 2))).await;
    let event = rig.event(&SignedInOnNewDevice {
        user_id: ann,
        session_id: SessionId::new(),
        email: "ann@example.org".to_owned(),
        display_name: "Ann".to_owned(),
        locale: "en".to_owned(),
        device_name: Some("Kitchen tablet".to_owned()),
        user_agent: None,
        ip_address: Some("192.0.2.7".to_owned()),
        signed_in_at: rig.clock.now(),
    });
    rig.hear(&event).await;
    let folder = tempfile::tempdir().unwrap();
    let sender = rig.sender_to(folder.path()).await;
    while sender.send_due().await.unwrap() > 0 {}
    let mail = std::fs::read_to_string(folder.path().join(format!("{}.eml", event.id))).unwrap();
    assert!(mail.contains("Subject: A new device signed in to your account\r\n"), "{mail}");
    assert!(
        mail.contains("Device: Kitchen tablet\r\nAddress: 192.0.2.7\r\nWhen: 20 November 2026, 08:00 UTC\r\n"),
        "{mail}"
    );
}

fn merged(artist: &ArtistRef, into: &ArtistRef, version: i64) -> ArtistDeleted {
    ArtistDeleted { artist_id: artist.id, merged_into: Some(into.id), version }
}

#[sqlx::test(migrations = false)]
async fn followers_of_merged_artists_are_told_of_what_those_became_in_whatever_order_that_is_heard(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let (a, b, c, d) = (artist("A"), artist("B"), artist("C"), artist("D"));
    rig.follower("Ann", &[&a]).await;
    rig.follower("Bob", &[&d]).await;
    rig.hear(&rig.event(&merged(&b, &c, 2))).await;
    rig.hear(&rig.event(&merged(&a, &b, 2))).await;
    // A merge that was taken back before it is heard of.
    let there = ArtistChanged { artist_id: d.id, name: "D".to_owned(), sort_name: "D".to_owned(), version: 7 };
    rig.hear(&rig.event(&there)).await;
    rig.hear(&rig.event(&merged(&d, &c, 4))).await;
    rig.hear(&rig.event(&published(&[&c]))).await;
    assert_eq!(rig.told().await, ["Ann"]);
}
