//! Pictures of folders become the covers of the albums that lack one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use cynic::{Id, MutationBuilder};
use polyphony_folders::look_at;

use super::{
    super::{
        Import,
        parts::Part,
        report::{Bar, Event},
        summary::Summary,
        transfer,
    },
    AllLanded, is_not_allowed,
};
use crate::{
    api::{
        accepted,
        batch::TrackFacts,
        beside::{
            CompleteImage, CompleteImageVariables, CoverVariables, CreateImage, CreateImageUploadInput,
            CreateImageVariables, SetCover,
        },
        upload::CompletedPart,
    },
    error::ApiError,
    retry::retrying,
};

/// A picture with the tracks of each of its folders.
pub(super) struct Cover<'a> {
    picture: &'a Path,
    stamp: (u64, i64),
    folders: Vec<Vec<&'a str>>,
}

impl Cover<'_> {
    /// All tracks whose albums it may be for.
    pub(super) fn tracks(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().flatten().copied()
    }
}

/// The pictures that are not done with: new or changed ones, and those of folders into which music came.
pub(super) fn to_do<'a>(
    import: &Import,
    pictures: &'a BTreeMap<PathBuf, PathBuf>,
    landed: &'a AllLanded,
) -> Vec<Cover<'a>> {
    let mut by_folder: HashMap<&Path, (Vec<&str>, bool)> = HashMap::new();
    for (path, file) in landed {
        let (tracks, is_new) = by_folder.entry(path.parent().unwrap_or(path)).or_default();
        tracks.push(&file.track);
        *is_new |= file.is_new;
    }
    let mut by_picture: BTreeMap<&Path, (Vec<Vec<&str>>, bool)> = BTreeMap::new();
    for (folder, picture) in pictures {
        if let Some((tracks, is_new)) = by_folder.remove(folder.as_path()) {
            let of_picture = by_picture.entry(picture).or_default();
            of_picture.0.push(tracks);
            of_picture.1 |= is_new;
        }
    }
    let journal = import.journal.lock();
    let left = by_picture.into_iter().filter_map(|(picture, (folders, is_new))| {
        let stamp = look_at(picture).ok()?;
        let is_done = journal.extra(picture, stamp).is_some_and(|extra| extra.done);
        (is_new || !is_done).then_some(Cover { picture, stamp, folders })
    });
    left.collect()
}

/// Sets the covers, one after the other.
pub(super) async fn set_all(
    import: &Import,
    covers: &[Cover<'_>],
    facts: &HashMap<String, TrackFacts>,
    summary: &mut Summary,
) {
    let mut seen = BTreeSet::new();
    for cover in covers {
        match set(import, cover, facts, &mut seen, summary).await {
            Ok(()) => {}
            Err(error) => import.note(cover.picture, &error.to_string(), summary),
        }
    }
}

async fn set(
    import: &Import,
    cover: &Cover<'_>,
    facts: &HashMap<String, TrackFacts>,
    seen: &mut BTreeSet<String>,
    summary: &mut Summary,
) -> Result<(), ApiError> {
    let (mut wanting, mut mixed) = (Vec::new(), None);
    for tracks in &cover.folders {
        let albums: BTreeMap<_, _> = tracks
            .iter()
            .filter_map(|track| facts.get(*track)?.album.as_ref())
            .map(|album| (&album.id, album))
            .collect();
        match albums.into_values().collect::<Vec<_>>()[..] {
            [album] if album.cover_url.is_none() && seen.insert(album.id.clone()) => wanting.push(album.id.as_str()),
            [] | [_] => {}
            ref several => mixed = Some(several.len()),
        }
    }
    let known = import.journal.lock().extra(cover.picture, cover.stamp).and_then(|extra| extra.id.clone());
    let mut image = known;
    for album in wanting {
        image = give(import, cover, album, image, summary).await?;
    }
    if let Some(count) = mixed {
        import.note(cover.picture, &format!("not used: the music of its folder is of {count} albums"), summary);
    }
    import.note_extra(cover.picture, cover.stamp, image, true)
}

/// Gives an album the picture, which is uploaded first where the server does not have it. Answers its id.
async fn give(
    import: &Import,
    cover: &Cover<'_>,
    album: &str,
    known: Option<String>,
    summary: &mut Summary,
) -> Result<Option<String>, ApiError> {
    for attempt in 0..2 {
        let image = match known.as_ref().filter(|_| attempt == 0) {
            Some(known) => known.clone(),
            None => upload(import, cover).await?,
        };
        let variables = CoverVariables { album: Id::new(album), image: Some(Id::new(&image)) };
        let set = || import.client.run(SetCover::build(variables.clone()));
        let answer =
            retrying(import.patience, set).await.and_then(|answer| accepted(answer.set_album_cover.user_errors));
        match answer {
            Ok(()) => {
                let label = import.label_of(cover.picture);
                let event = Event::Cover { path: &label, album_id: album, image_id: &image };
                import.report.event(&event, || format!("cover       {label}"));
                summary.covers += 1;
                return Ok(Some(image));
            }
            // Somebody else's album stays as it is.
            Err(error) if is_not_allowed(&error) => return Ok(Some(image)),
            // The picture that the journal knows was deleted.
            Err(ApiError::Refused { .. }) if attempt == 0 && known.is_some() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(known)
}

/// Uploads the picture, and answers its id.
async fn upload(import: &Import, cover: &Cover<'_>) -> Result<String, ApiError> {
    let size = cover.stamp.0;
    let input = CreateImageUploadInput { size_bytes: size as f64 };
    let variables = CreateImageVariables { input, key: uuid::Uuid::now_v7().to_string() };
    let create = || import.client.run(CreateImage::build(variables.clone()));
    let created = retrying(import.patience, create).await?.create_image_upload;
    accepted(created.user_errors)?;
    let nothing = || ApiError::Local("the server did not say where the picture goes".to_owned());
    let (id, target) = (created.image_id.ok_or_else(nothing)?, created.target.ok_or_else(nothing)?);
    let place = target.parts.first().ok_or_else(nothing)?;
    let part = Part { number: place.number, offset: 0, length: size };
    let bar = Bar::hidden();
    let put = || transfer::put(&import.client.endpoint.http, cover.picture, part, place, &bar);
    let etag = retrying(import.patience, put).await?;
    let parts = vec![CompletedPart { number: place.number, etag }];
    let variables = CompleteImageVariables { id: id.clone(), parts };
    let complete = || import.client.run(CompleteImage::build(variables.clone()));
    let completed = retrying(import.patience, complete).await?.complete_image_upload;
    accepted(completed.user_errors)?;
    import.note_extra(cover.picture, cover.stamp, Some(id.inner().to_owned()), false)?;
    Ok(id.into_inner())
}
