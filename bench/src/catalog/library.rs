//! A library by a seeded chance, written straight into the databases of a platform that nobody else uses: through the API
//! it would take hours. A library that has grown holds what it held before.

use anyhow::Context;
use polyphony_e2e::{Client, Platform};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::words::{self, Dice, OF_ARTIST};

/// So many tracks are written at once.
const BATCH: usize = 10_000;
/// The first moment of the library, ms since 1970.
const BEGAN_MS: u64 = 1_750_000_000_000;
/// Entries of each playlist.
const ENTRIES: usize = 100;
/// What the person keeps and has heard.
const KEPT: i64 = 500;
const GENRES: usize = 20;
/// The longest page that a screen asks for.
const FULL_PAGE: usize = 100;
/// Neighbours of each track in co-listening.
const NEIGHBOURS: usize = 20;

/// What the library holds, for queries to ask for.
pub(crate) struct Library {
    catalog: PgPool,
    playlists_db: PgPool,
    person: Uuid,
    dice: Dice,
    vocabulary: Vec<String>,
    /// Ids of albums, artists and playlists, as clients write them.
    pub(crate) albums: Vec<String>,
    pub(crate) artists: Vec<String>,
    pub(crate) playlists: Vec<String>,
    pub(crate) smart: Vec<String>,
    /// Titles of tracks, and whose they are: places in `artist_names`.
    pub(crate) titles: Vec<String>,
    pub(crate) artist_of: Vec<usize>,
    pub(crate) artist_names: Vec<String>,
}

/// The URL of a database of the platform.
pub(crate) fn database(platform: &Platform, name: &str) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(platform.data().join("secrets.json")).context("read the platform's secrets")?;
    let secrets: Value = serde_json::from_str(&text).context("read the platform's secrets")?;
    let password = secrets["postgres_password"].as_str().context("find the password of PostgreSQL")?;
    let address = platform.url("postgres").replacen("http://", "", 1);
    Ok(format!("postgres://postgres:{password}@{address}/{name}"))
}

/// An id of the n-th thing of a kind; later ones sort later, as ours do.
fn id(kind: u8, n: usize) -> Uuid {
    let (ms, n) = (BEGAN_MS + n as u64 * 1_000, n as u128);
    Uuid::from_u128((u128::from(ms) << 80) | (0x7 << 76) | (u128::from(kind) << 64) | (0x2 << 62) | n)
}

fn ids(kind: u8, from: usize, to: usize) -> Vec<Uuid> {
    (from..to).map(|n| id(kind, n)).collect()
}

const ARTIST: u8 = 1;
const ALBUM: u8 = 2;
const TRACK: u8 = 3;
const PLAYLIST: u8 = 4;
const ENTRY: u8 = 5;

impl Library {
    /// An empty library of a platform that has just started.
    pub(crate) async fn open(platform: &Platform, person: &Client, seed: u64) -> anyhow::Result<Self> {
        let mut dice = Dice(seed);
        let vocabulary = words::vocabulary(&mut dice, 8_000);
        let catalog = PgPool::connect(&database(platform, "catalog")?).await.context("connect to catalog")?;
        let playlists_db = PgPool::connect(&database(platform, "playlists")?).await.context("connect to playlists")?;
        let user = person.viewer["user"]["id"].as_str().context("the person has an id")?;
        let person = decode(user).context("read the person's id")?;
        for n in 0..GENRES {
            sqlx::query("insert into genres (slug, name) values ($1, $2)")
                .bind(format!("genre-{n}"))
                .bind(format!("Genre {n}"))
                .execute(&catalog)
                .await
                .context("write a genre")?;
        }
        let (albums, artists, playlists) = (Vec::new(), Vec::new(), Vec::new());
        let (titles, artist_of, artist_names) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self {
            catalog,
            playlists_db,
            person,
            dice,
            vocabulary,
            albums,
            artists,
            playlists,
            smart: Vec::new(),
            titles,
            artist_of,
            artist_names,
        })
    }

    /// Adds what is missing to so many tracks, a tenth of albums, a twentieth of artists and a hundredth of playlists, of which
    /// there are enough to fill a page: a screen shows as much of a small library as of a large one.
    pub(crate) async fn grow(&mut self, tracks: usize) -> anyhow::Result<()> {
        eprintln!("The library grows to {tracks} tracks.");
        let before = self.titles.len();
        self.add_artists(tracks / OF_ARTIST).await.context("write artists")?;
        self.add_albums(tracks / 10).await.context("write albums")?;
        while self.titles.len() < tracks {
            let to = (self.titles.len() + BATCH).min(tracks);
            self.add_tracks(to).await.context("write tracks")?;
        }
        self.connect(before).await.context("connect tracks")?;
        self.add_playlists((tracks / 100).max(FULL_PAGE)).await.context("write playlists")?;
        self.keep().await.context("write what the person keeps")
    }

    /// Has PostgreSQL look at what was written, as it does by itself within minutes.
    pub(crate) async fn tidy(&self) -> anyhow::Result<()> {
        for database in [&self.catalog, &self.playlists_db] {
            sqlx::query("vacuum (analyze)").execute(database).await.context("tidy a database")?;
        }
        Ok(())
    }

    async fn add_artists(&mut self, to: usize) -> anyhow::Result<()> {
        let from = self.artist_names.len();
        let names: Vec<String> = (from..to).map(|n| words::phrase_of(n, &mut self.dice, &self.vocabulary, 3)).collect();
        sqlx::query(
            r"
            insert into artists (id, name, folded_name, sort_name, sort_key, owner_id, created_at, updated_at)
            select a.id, a.name, lower(a.name), a.name, lower(a.name), $3, now(), now()
            from unnest($1::uuid[], $2::text[]) as a (id, name)
            ",
        )
        .bind(ids(ARTIST, from, to))
        .bind(&names)
        .bind(self.person)
        .execute(&self.catalog)
        .await?;
        self.artists.extend((from..to).map(|n| encode("art", id(ARTIST, n))));
        self.artist_names.extend(names);
        Ok(())
    }

    async fn add_albums(&mut self, to: usize) -> anyhow::Result<()> {
        let from = self.albums.len();
        let titles: Vec<String> =
            (from..to).map(|n| words::phrase_of(n / 2, &mut self.dice, &self.vocabulary, 4)).collect();
        let years: Vec<String> = (from..to).map(|_| (1960 + self.dice.below(66)).to_string()).collect();
        sqlx::query(
            r"
            insert into albums (
                id, title, folded_title, kind, released_on, status, owner_id, created_at, updated_at, published_at
            )
            select b.id, b.title, lower(b.title), 'ALBUM', b.year, 'PUBLISHED', $4, now(), now(), now()
            from unnest($1::uuid[], $2::text[], $3::text[]) as b (id, title, year)
            ",
        )
        .bind(ids(ALBUM, from, to))
        .bind(&titles)
        .bind(&years)
        .bind(self.person)
        .execute(&self.catalog)
        .await?;
        let artists: Vec<Uuid> = (from..to).map(|n| id(ARTIST, n / 2)).collect();
        sqlx::query(
            "insert into album_artists (album_id, artist_id, position) select b, a, 1 from unnest($1::uuid[], $2::uuid[]) as l (b, a)",
        )
        .bind(ids(ALBUM, from, to))
        .bind(&artists)
        .execute(&self.catalog)
        .await?;
        let genres: Vec<String> = (from..to).map(|n| format!("genre-{}", n / 2 % GENRES)).collect();
        sqlx::query(
            "insert into album_genres (album_id, slug, position) select b, g, 1 from unnest($1::uuid[], $2::text[]) as l (b, g)",
        )
        .bind(ids(ALBUM, from, to))
        .bind(&genres)
        .execute(&self.catalog)
        .await?;
        self.albums.extend((from..to).map(|n| encode("alb", id(ALBUM, n))));
        Ok(())
    }

    /// Ten tracks an album; two albums an artist.
    async fn add_tracks(&mut self, to: usize) -> anyhow::Result<()> {
        let from = self.titles.len();
        let titles: Vec<String> =
            (from..to).map(|n| words::phrase_of(n / OF_ARTIST, &mut self.dice, &self.vocabulary, 4)).collect();
        let plays: Vec<i64> = (from..to).map(|_| 20_000 / (1 + self.dice.below(20_000) as i64)).collect();
        let albums: Vec<Uuid> = (from..to).map(|n| id(ALBUM, n / 10)).collect();
        let artists: Vec<Uuid> = (from..to).map(|n| id(ARTIST, n / OF_ARTIST)).collect();
        let genres: Vec<String> = (from..to).map(|n| format!("genre-{}", n / OF_ARTIST % GENRES)).collect();
        sqlx::query(
            r"
            with written as (
                insert into tracks (
                    id, title, folded_title, album_id, track_number, duration_ms, status, owner_id, play_count, created_at,
                    updated_at, published_at
                )
                select
                    t.id, t.title, lower(t.title), t.album_id, (t.n - 1) % 10 + 1, 200000, 'PUBLISHED', $7, t.plays, now(),
                    now(), now()
                from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[])
                    with ordinality as t (id, title, album_id, plays, n)
            ),
            of_artists as (
                insert into track_artists (track_id, artist_id, position, play_count)
                select l.id, l.artist_id, 1, l.plays
                from unnest($1::uuid[], $5::uuid[], $4::bigint[]) as l (id, artist_id, plays)
            ),
            charted as (
                insert into chart_counts (chart, track_id, plays, previous_plays)
                select w.chart, c.id, c.plays, c.plays / 2
                from unnest($1::uuid[], $4::bigint[]) as c (id, plays)
                cross join unnest(array['WEEK', 'MONTH', 'ALL_TIME']) as w (chart)
                where c.plays > 0
            )
            insert into track_genres (track_id, slug, position, play_count)
            select l.id, l.slug, 1, l.plays from unnest($1::uuid[], $6::text[], $4::bigint[]) as l (id, slug, plays)
            ",
        )
        .bind(ids(TRACK, from, to))
        .bind(&titles)
        .bind(&albums)
        .bind(&plays)
        .bind(&artists)
        .bind(&genres)
        .bind(self.person)
        .execute(&self.catalog)
        .await?;
        self.tell_playlists((from, to), &titles, &genres).await?;
        self.artist_of.extend((from..to).map(|n| n / OF_ARTIST));
        self.titles.extend(titles);
        Ok(())
    }

    /// What playlists knows of the tracks, which rules look at.
    async fn tell_playlists(
        &self,
        (from, to): (usize, usize),
        titles: &[String],
        genres: &[String],
    ) -> anyhow::Result<()> {
        let artists: Vec<Uuid> = (from..to).map(|n| id(ARTIST, n / OF_ARTIST)).collect();
        let names: Vec<&str> = (from..to).map(|n| self.artist_names[n / OF_ARTIST].as_str()).collect();
        let years: Vec<i32> = (from..to).map(|n| 1960 + (n / 10 % 66) as i32).collect();
        sqlx::query(
            r"
            insert into tracks (
                id, duration_ms, status, version, title, artist_ids, artists, genres, released_on, added_at
            )
            select
                t.id, 120000 + t.n % 240 * 1000, 'PUBLISHED', 1, lower(t.title), array[t.artist], array[lower(t.name)],
                array[t.genre], make_date(t.year, 1, 1),
                to_timestamp(('x' || left(replace(t.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
            from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::int[])
                with ordinality as t (id, title, artist, name, genre, year, n)
            ",
        )
        .bind(ids(TRACK, from, to))
        .bind(titles)
        .bind(&artists)
        .bind(&names)
        .bind(genres)
        .bind(&years)
        .execute(&self.playlists_db)
        .await?;
        Ok(())
    }

    /// Tracks are heard together with others by chance.
    async fn connect(&mut self, from: usize) -> anyhow::Result<()> {
        let to = self.titles.len();
        for from in (from..to).step_by(BATCH) {
            let tracks: Vec<usize> = (from..to.min(from + BATCH)).collect();
            let some = |dice: &mut Dice, n: usize| id(TRACK, (n + 1 + dice.skewed(to - 1)) % to);
            let pairs: Vec<(Uuid, Uuid)> = tracks
                .iter()
                .flat_map(|n| (0..NEIGHBOURS).map(|_| (id(TRACK, *n), some(&mut self.dice, *n))).collect::<Vec<_>>())
                .collect();
            let (tracks, others): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            sqlx::query(
                r"
                insert into track_pairs (track_id, other_id, weight)
                select distinct a, b, 5 from unnest($1::uuid[], $2::uuid[]) as p (a, b)
                ",
            )
            .bind(&tracks)
            .bind(&others)
            .execute(&self.catalog)
            .await?;
        }
        sqlx::query("insert into track_weights (track_id, weight) select id, 20 from tracks on conflict do nothing")
            .execute(&self.catalog)
            .await?;
        Ok(())
    }

    async fn add_playlists(&mut self, to: usize) -> anyhow::Result<()> {
        let from = self.playlists.len();
        let titles: Vec<String> = (from..to).map(|_| words::phrase(&mut self.dice, &self.vocabulary, 3)).collect();
        sqlx::query(
            r"
            insert into playlists (id, owner_id, title, visibility, version, item_count, rank_epoch, created_at, updated_at)
            select p.id, $3, p.title, 'PUBLIC', 1, $4, 0, now(), now()
            from unnest($1::uuid[], $2::text[]) as p (id, title)
            ",
        )
        .bind(ids(PLAYLIST, from, to))
        .bind(&titles)
        .bind(self.person)
        .bind(ENTRIES as i32)
        .execute(&self.playlists_db)
        .await?;
        let entries = from * ENTRIES..to * ENTRIES;
        let lists: Vec<Uuid> = entries.clone().map(|n| id(PLAYLIST, n / ENTRIES)).collect();
        let tracks: Vec<Uuid> = entries.clone().map(|_| id(TRACK, self.dice.below(self.titles.len()))).collect();
        let positions: Vec<String> = entries.clone().map(|n| format!("{:05}V", n % ENTRIES)).collect();
        sqlx::query(
            r"
            insert into playlist_items (id, playlist_id, track_id, position, added_by, added_at)
            select e.id, e.playlist_id, e.track_id, e.position, $5, now()
            from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) as e (id, playlist_id, track_id, position)
            ",
        )
        .bind(ids(ENTRY, entries.start, entries.end))
        .bind(&lists)
        .bind(&tracks)
        .bind(&positions)
        .bind(self.person)
        .execute(&self.playlists_db)
        .await?;
        self.playlists.extend((from..to).map(|n| encode("pls", id(PLAYLIST, n))));
        Ok(())
    }

    /// The person likes, saves, follows and has heard some of everything; less of a library that has less.
    async fn keep(&mut self) -> anyhow::Result<()> {
        sqlx::query("insert into libraries (user_id, version) values ($1, 1) on conflict do nothing")
            .bind(self.person)
            .execute(&self.playlists_db)
            .await?;
        for (shelf, kind, count) in [
            ("LIKED_TRACKS", TRACK, self.titles.len()),
            ("SAVED_ALBUMS", ALBUM, self.albums.len()),
            ("FOLLOWED_ARTISTS", ARTIST, self.artist_names.len()),
        ] {
            let things: Vec<Uuid> = (0..KEPT).map(|_| id(kind, self.dice.below(count))).collect();
            sqlx::query(
                r"
                insert into library_entries (user_id, shelf, thing_id, added_at)
                select distinct $1::uuid, $2, thing_id, now() from unnest($3::uuid[]) as t (thing_id)
                on conflict do nothing
                ",
            )
            .bind(self.person)
            .bind(shelf)
            .bind(&things)
            .execute(&self.playlists_db)
            .await?;
        }
        let heard: Vec<Uuid> = (0..KEPT).map(|_| id(TRACK, self.dice.below(self.titles.len()))).collect();
        let plays = r"
            insert into plays (user_id, play_id, track_id, started_at, played_ms)
            select $1, 'bench ' || n || ' ' || t, t, now() - n * interval '1 hour', 60000
            from unnest($2::uuid[]) with ordinality as h (t, n)
            on conflict do nothing
            ";
        sqlx::query(plays).bind(self.person).bind(&heard).execute(&self.playlists_db).await?;
        let tastes = r"
            insert into tastes (user_id, track_id, plays, last_at)
            select distinct on (t) $1::uuid, t, 1, now() - n * interval '1 hour'
            from unnest($2::uuid[]) with ordinality as h (t, n)
            on conflict do nothing
            ";
        sqlx::query(tastes).bind(self.person).bind(&heard).execute(&self.catalog).await?;
        Ok(())
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// An id as clients write it.
fn encode(prefix: &str, id: Uuid) -> String {
    let digits = (0..26).rev().map(|place| char::from(ALPHABET[(id.as_u128() >> (place * 5)) as usize & 31]));
    format!("{prefix}_{}", digits.collect::<String>())
}

fn decode(id: &str) -> Option<Uuid> {
    let digits = id.split_once('_')?.1.bytes();
    let values = digits.map(|digit| ALPHABET.iter().position(|letter| *letter == digit));
    values
        .collect::<Option<Vec<_>>>()
        .map(|values| Uuid::from_u128(values.iter().fold(0, |n, v| (n << 5) | *v as u128)))
}
