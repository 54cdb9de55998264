//! How many jobs run at once on this machine, whatever the number of worker processes: each job holds a lock on one of so
//! many files in the folder for jobs. The kernel lets go of a lock when the process that took it and the FFmpeg that it
//! handed it to are both gone.
//!
//! Long recordings may hold all places but one, so that a song does not wait for hours behind them.

use std::{
    fs::{File, TryLockError},
    io,
    path::PathBuf,
    time::Duration,
};

/// Longer audio is a long recording.
const LONG: Duration = Duration::from_mins(30);

/// The places for jobs on this machine.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    /// Where the files are.
    pub(super) folder: PathBuf,
    /// How many jobs run at once.
    pub(super) count: usize,
}

/// A place for a job, until it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    place: File,
    /// The right to work on a long recording here.
    long: Option<File>,
    of: Slots,
}

impl Slots {
    /// Takes a place, if there is one.
    pub(super) fn take(&self) -> io::Result<Option<Slot>> {
        std::fs::create_dir_all(&self.folder)?;
        let Some(place) = self.lock("slot", self.count)? else { return Ok(None) };
        Ok(Some(Slot { place, long: self.lock_long()?, of: self.clone() }))
    }

    fn lock_long(&self) -> io::Result<Option<File>> {
        self.lock("long", self.count.saturating_sub(1).max(1))
    }

    fn lock(&self, kind: &str, count: usize) -> io::Result<Option<File>> {
        for number in 0..count {
            let path = self.folder.join(format!("polyphony-{kind}-{number}"));
            let file = File::options().create(true).truncate(false).write(true).open(path)?;
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }
}

impl Slot {
    /// The locked file once more: the place is taken until both are closed.
    pub(super) fn share(&self) -> io::Result<File> {
        self.place.try_clone()
    }

    /// The longest audio that may be begun here; any when there is none.
    pub(super) fn longest(&self) -> Option<Duration> {
        self.long.is_none().then_some(LONG)
    }

    /// Whether audio that is so long as far as is known may be worked on here.
    pub(super) fn admit(&mut self, audio: Duration) -> io::Result<bool> {
        if audio <= LONG {
            self.long = None;
            return Ok(true);
        }
        if self.long.is_none() {
            self.long = self.of.lock_long()?;
        }
        Ok(self.long.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_mins(3);
    const HOURS: Duration = Duration::from_hours(2);

    fn slots(folder: &tempfile::TempDir, count: usize) -> Slots {
        Slots { folder: folder.path().to_owned(), count }
    }

    #[test]
    fn there_are_so_many_places_on_a_machine_whoever_takes_them() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (slots(&folder, 2), slots(&folder, 2));
        let (first, _second) = (one.take().unwrap(), other.take().unwrap().unwrap());
        assert!(one.take().unwrap().is_none() && other.take().unwrap().is_none());
        let handed_on = first.as_ref().unwrap().share().unwrap();
        drop(first);
        assert!(other.take().unwrap().is_none());
        drop(handed_on);
        assert!(other.take().unwrap().is_some());
    }

    #[test]
    fn long_recordings_leave_a_place_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let slots = slots(&folder, 2);
        let mut first = slots.take().unwrap().unwrap();
        assert!(first.longest().is_none() && first.admit(HOURS).unwrap());
        let mut second = slots.take().unwrap().unwrap();
        assert_eq!(second.longest(), Some(LONG));
        assert!(!second.admit(HOURS).unwrap() && second.admit(SHORT).unwrap());
        // What turns out to be short gives the right to others.
        assert!(first.admit(SHORT).unwrap() && second.admit(HOURS).unwrap());
    }

    #[test]
    fn a_single_place_is_for_anything() {
        let folder = tempfile::tempdir().unwrap();
        let slots = slots(&folder, 1);
        let mut only = slots.take().unwrap().unwrap();
        assert!(only.longest().is_none() && only.admit(HOURS).unwrap());
    }
}
