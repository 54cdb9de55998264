import { randomId } from '../../browser/randomId';
import { type ChosenFile, TryLaterError, type UploadItem } from '../types';
import { stemOf } from './kinds';
import { unicodeText } from './text';
import { MAX_LIST_BYTES, MAX_TITLE, withTracks } from './trackList';
import type { BesideApi, BesideItem, ImportedList, TrackFacts } from './types';

/** The longest file of lyrics that is read, in bytes. */
const MAX_LYRICS_BYTES = 1 << 20;
/** Tracks that the catalog has just made are found elsewhere a moment later: so often, and with this pause, it is tried again. */
const ATTEMPTS = 12;
const LATE_WAIT_MS = 2_000;

export type Outcome = Partial<BesideItem> & Pick<BesideItem, 'code'>;
type Landed = ReadonlyMap<ChosenFile, UploadItem>;

/** The tracks that an upload became: one, or those of its cuts. */
function tracksOf(item: UploadItem | undefined): readonly string[] {
  const { server } = item ?? {};
  const track = server?.track;
  return track ? [track.id] : (server?.cuts.flatMap((cut) => cut.track?.id ?? []) ?? []);
}

/** Gives files to what the music beside them became, where that lacks them. */
export class UseBeside {
  constructor(
    readonly api: BesideApi,
    readonly wait: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {}

  /** Lyrics go to the track of their music, if that has none. */
  async lyrics({ file }: ChosenFile, music: UploadItem | undefined): Promise<Outcome> {
    const tracks = tracksOf(music);
    const [trackId] = tracks;
    if (!trackId) return { code: 'MUSIC_FAILED' };
    if (tracks.length > 1) return { code: 'SEVERAL_TRACKS' };
    const lrc = await unicodeText(file, MAX_LYRICS_BYTES);
    if (lrc.trim() === '') return { code: 'EMPTY' };
    const facts = await this.#facts(trackId);
    if (facts.hasLyrics) return { code: 'HAS_LYRICS', of: facts.title, id: trackId };
    await this.#again(() => this.api.setLyrics(trackId, lrc));
    return { code: 'LYRICS_SET', of: facts.title, id: trackId };
  }

  /** A picture becomes the cover of the album of each of its folders, where that has none and is the only one of the folder. */
  async picture({ file }: ChosenFile, folders: readonly string[], landed: Landed): Promise<Outcome> {
    const wanting = new Map<string, string>();
    let [hasTracks, hasCover, isMixed] = [false, false, false];
    for (const folder of folders) {
      const albums = new Map<string, TrackFacts>();
      for (const [music, item] of landed) {
        if (music.folder !== folder) continue;
        for (const id of tracksOf(item)) {
          hasTracks = true;
          const facts = await this.#facts(id);
          if (facts.album) albums.set(facts.album.id, facts);
        }
      }
      const [one, ...others] = [...albums.values()];
      isMixed ||= others.length > 0;
      if (!one?.album || others.length > 0) continue;
      if (one.album.hasCover) hasCover = true;
      else wanting.set(one.album.id, one.title);
    }
    const [albumId] = wanting.keys();
    if (!albumId)
      return { code: !hasTracks ? 'MUSIC_FAILED' : isMixed ? 'SEVERAL_ALBUMS' : hasCover ? 'HAS_COVER' : 'NO_MUSIC' };
    const imageId = await this.#again(() => this.api.sendPicture(file));
    for (const id of wanting.keys()) await this.#again(() => this.api.setCover(id, imageId));
    return { code: 'COVER_SET', id: albumId, count: wanting.size };
  }

  /** A list becomes a playlist of what its files became, and of what else the server knows of its entries. */
  async list({ file, folder }: ChosenFile, landed: Landed): Promise<Outcome> {
    const text = await unicodeText(file, MAX_LIST_BYTES);
    const byPath = new Map<string, string>();
    for (const [music, item] of landed) {
      const [track] = tracksOf(item);
      if (track) byPath.set(`${music.folder}/${music.file.name}`.replace(/^\//, ''), track);
    }
    const { content, ours, hasTitle } = withTracks(text, folder, (path) => byPath.get(path) ?? null);
    const title = hasTitle ? null : [...stemOf(file.name)].slice(0, MAX_TITLE).join('');
    const made = await this.#import(title, content, ours);
    const { playlistId: id, entryCount: count, matchedCount: found } = made;
    return id ? { code: 'PLAYLIST_MADE', id, count, found } : { code: 'NONE_FOUND', count, found };
  }

  async #import(title: string | null, content: string, ours: readonly number[]): Promise<ImportedList> {
    for (let attempt = 1; ; attempt += 1) {
      const key = randomId();
      const made = await this.#again(() => this.api.importPlaylist(title, content, key));
      const isLate = made.unmatched.some((position) => ours.includes(position));
      if (!isLate || attempt === ATTEMPTS) return made;
      const { playlistId } = made;
      if (playlistId) await this.#again(() => this.api.deletePlaylist(playlistId));
      await this.wait(LATE_WAIT_MS);
    }
  }

  /** What there is of a track that the catalog has made, or is about to. */
  async #facts(trackId: string): Promise<TrackFacts> {
    for (let attempt = 1; ; attempt += 1) {
      const facts = await this.#again(() => this.api.track(trackId));
      if (facts) return facts;
      if (attempt === ATTEMPTS) throw new TryLaterError('the track is not there yet');
      await this.wait(LATE_WAIT_MS);
    }
  }

  async #again<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof TryLaterError) || attempt === ATTEMPTS) throw error;
        await this.wait(error.afterMs ?? LATE_WAIT_MS);
      }
    }
  }
}
