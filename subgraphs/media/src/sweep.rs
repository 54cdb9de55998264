//! Compares the database with the object store in both directions: objects that nothing needs, and objects that should be
//! there and are not. Pages on both sides, so that it needs no more memory for a large store than for a small one.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use chrono::TimeDelta;
use polyphony_events::{UploadId, ids::ImageId};
use polyphony_kit::{
    Clock,
    blobs::{Blobs, ObjectInfo, OpenUpload},
};

use crate::{
    commands::remake_upload::remake_upload,
    domain::{
        inventory::{Finished, Place, Unfinished},
        keys,
        upload::LIFETIME,
    },
    store::Store,
};

/// What is younger may belong to a change that is under way.
const SETTLED: TimeDelta = TimeDelta::hours(1);

/// What to compare, and whether to repair.
pub struct Sweep {
    /// What should be.
    pub store: Store,
    /// What is.
    pub blobs: Blobs,
    /// Tells what is young.
    pub clock: Clock,
    /// Whether to delete what nothing needs and to encode anew what is gone.
    pub repairs: bool,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing needs this object. It was deleted if that was asked for.
    Orphan(String),
    /// This object is none of ours; it is left alone.
    Foreign(String),
    /// A multipart upload that nobody will complete. It was given up if that was asked for.
    Abandoned(OpenUpload),
    /// The store does not list multipart uploads: those that nobody will complete stay unknown.
    Unlisted,
    /// Objects of a track are gone. The source is there, so it was queued to be encoded anew if that was asked for.
    Incomplete {
        /// The upload.
        upload: UploadId,
        /// How many objects are gone.
        missing: usize,
    },
    /// The uploaded file is gone; what was made of it still plays.
    SourceGone(UploadId),
    /// The uploaded file is gone, and objects that were made of it are so too or were never made. Nobody can bring them back
    /// but its owner.
    Lost(UploadId),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orphan(key) => write!(f, "orphan      {key}"),
            Self::Foreign(key) => write!(f, "foreign     {key}"),
            Self::Abandoned(open) => write!(f, "abandoned   {} ({})", open.key, open.id),
            Self::Unlisted => write!(f, "unlisted    multipart uploads: the object store does not list them"),
            Self::Incomplete { upload, missing } => write!(f, "incomplete  {upload}: {missing} objects are gone"),
            Self::SourceGone(upload) => write!(f, "source gone {upload}"),
            Self::Lost(upload) => write!(f, "lost        {upload}"),
        }
    }
}

impl Finding {
    /// Whether nothing is left to be done about it after a sweep that did or did not repair.
    pub fn is_settled(&self, repairs: bool) -> bool {
        match self {
            Self::Foreign(_) | Self::Unlisted => true,
            Self::Orphan(_) | Self::Abandoned(_) | Self::Incomplete { .. } => repairs,
            Self::SourceGone(_) | Self::Lost(_) => false,
        }
    }
}

impl Sweep {
    /// Looks through everything and tells each finding.
    pub async fn run(&self, mut tell: impl FnMut(Finding)) -> anyhow::Result<()> {
        let mut next = None;
        loop {
            let page = self.blobs.list_page("", next).await?;
            self.orphans(&page.objects, &mut tell).await?;
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        self.abandoned(&mut tell).await?;
        let mut after = None;
        loop {
            let page = self.store.finished_encodings(after).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for finished in &page {
                self.missing(finished, &mut tell).await?;
            }
        }
        self.sources(&mut tell).await
    }

    /// Finds multipart uploads that were begun and forgotten: a process died before it wrote them down.
    async fn abandoned(&self, tell: &mut impl FnMut(Finding)) -> anyhow::Result<()> {
        let settled = self.clock.now() - LIFETIME - SETTLED;
        let mut next = None;
        loop {
            let Some(page) = self.blobs.list_open_uploads(next).await? else {
                tell(Finding::Unlisted);
                return Ok(());
            };
            let is_ours = |open: &OpenUpload| Place::parse(&open.key).is_some() && open.begun <= settled;
            let open: Vec<_> = page.uploads.into_iter().filter(is_ours).collect();
            let ids: Vec<_> = open.iter().map(|open| open.id.clone()).collect();
            let needed: HashSet<_> = self.store.needed_multiparts(&ids).await?.into_iter().collect();
            for open in open.into_iter().filter(|open| !needed.contains(&open.id)) {
                if self.repairs {
                    self.blobs.abort_multipart(&open.key, &open.id).await?;
                }
                tell(Finding::Abandoned(open));
            }
            next = page.next;
            if next.is_none() {
                return Ok(());
            }
        }
    }

    /// Finds uploads whose bytes arrived, are not worked up yet, and are gone.
    async fn sources(&self, tell: &mut impl FnMut(Finding)) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = self.store.unfinished_uploads(after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            // What lies in a folder on the server is looked after by the scans of that.
            for Unfinished { id, source, multipart_id, .. } in page.into_iter().filter(|one| !one.is_elsewhere) {
                let source = keys::source(source);
                let parts = match &multipart_id {
                    Some(multipart) => self.blobs.list_parts(&source, multipart).await?,
                    None => None,
                };
                // In this order: the parts may have been joined between the two questions.
                if parts.is_none_or(|parts| parts.is_empty()) && self.blobs.head(&source).await?.is_none() {
                    tell(Finding::Lost(id));
                }
            }
        }
    }

    async fn orphans(&self, objects: &[ObjectInfo], tell: &mut impl FnMut(Finding)) -> anyhow::Result<()> {
        let settled = self.clock.now() - SETTLED;
        let uploads: HashSet<UploadId> =
            objects.iter().filter_map(|object| Place::parse(&object.key)?.upload()).collect();
        let uploads: Vec<UploadId> = uploads.into_iter().collect();
        let known = self.store.known_uploads(&uploads).await?;
        let known: HashMap<UploadId, _> = known.into_iter().map(|known| (known.id, known)).collect();
        let pictures: HashSet<ImageId> =
            objects.iter().filter_map(|object| Place::parse(&object.key)?.picture()).collect();
        let pictures: Vec<ImageId> = pictures.into_iter().collect();
        let pictures: HashSet<ImageId> = self.store.known_images(&pictures).await?.into_iter().collect();
        let exports: Vec<_> = objects.iter().filter_map(|object| Place::parse(&object.key)?.export()).collect();
        let archives = self.store.kept_exports(&exports).await?;
        let needs = |place: Place| match place {
            Place::Source(upload) | Place::Made(upload, _) => {
                known.get(&upload).is_some_and(|known| known.needs(place))
            }
            Place::Picture(picture) => pictures.contains(&picture),
            Place::Archive(export, attempt) => archives.contains(&(export, attempt)),
        };
        let mut orphans = Vec::new();
        for object in objects {
            match Place::parse(&object.key) {
                None => tell(Finding::Foreign(object.key.clone())),
                Some(place) if needs(place) => {}
                Some(_) if object.modified > settled => {}
                Some(_) => orphans.push(object.key.clone()),
            }
        }
        if self.repairs {
            self.blobs.delete(&orphans).await?;
        }
        for key in orphans {
            tell(Finding::Orphan(key));
        }
        Ok(())
    }

    async fn missing(&self, finished: &Finished, tell: &mut impl FnMut(Finding)) -> anyhow::Result<()> {
        let there = self.blobs.list(&keys::attempts(finished.id)).await?;
        let there: HashSet<String> = there.into_iter().map(|object| object.key).collect();
        let missing = finished.objects().iter().filter(|key| !there.contains(*key)).count();
        let has_source = finished.is_elsewhere || self.blobs.head(&keys::source(finished.source)).await?.is_some();
        match (missing, has_source) {
            (0, true) => {}
            (0, false) => tell(Finding::SourceGone(finished.id)),
            (_, false) => tell(Finding::Lost(finished.id)),
            (missing, true) => {
                if self.repairs {
                    remake_upload(&self.store, &self.clock, finished.id).await?;
                }
                tell(Finding::Incomplete { upload: finished.id, missing });
            }
        }
        Ok(())
    }
}
