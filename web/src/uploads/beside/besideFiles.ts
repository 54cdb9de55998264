import { randomId } from '../../browser/randomId';
import { uploadName } from '../names';
import { isActive } from '../totals';
import { type ChosenFile, RefusedError, type UploadItem, type UploadsSnapshot } from '../types';
import { filesOfSheet, MAX_SHEET_BYTES, musicOfSheet } from './cueSheet';
import { type BesideKind, besideKind, musicOfLyrics, picturesOf } from './kinds';
import { TextError, unicodeText } from './text';
import type { BesideApi, BesideCode, BesideItem } from './types';
import { type Outcome, UseBeside } from './use';

/** The uploads that files wait for. */
export interface MusicUploads {
  subscribe(listener: () => void): () => void;
  getSnapshot(): UploadsSnapshot;
}

/** A file with the music that it is for, and what is to be done once that is on the server. */
interface Pending {
  readonly key: string;
  readonly music: readonly ChosenFile[];
  /** As far as is known; also of what has left the list of uploads meanwhile. */
  readonly landed: Map<ChosenFile, UploadItem>;
  readonly run: (landed: ReadonlyMap<ChosenFile, UploadItem>) => Promise<Outcome>;
}

/**
 * A file counts as landed when the server has made its tracks, and as lost when it never will. One whose audio was there before gets
 * a track all the same, a moment later.
 */
const isSettled = ({ phase, server }: UploadItem) =>
  Boolean(server?.track || (server?.cuts.length && server.cuts.every(({ track }) => track))) ||
  ['failed', 'rejected', 'cancelled'].includes(phase);

/**
 * What lies beside the music of a choice: sheets go with their music, lyrics, pictures and lists are given to what the music
 * became, as `polyphony import` does it. Trouble with one file does not touch the others.
 */
export class BesideFiles {
  readonly #use: UseBeside;
  readonly #items = new Map<string, BesideItem>();
  readonly #pending = new Set<Pending>();
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #snapshot: readonly BesideItem[] = [];
  /** Files are used one after the other: an album gets one of the pictures of its discs. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    api: BesideApi,
    readonly uploads: MusicUploads,
  ) {
    this.#use = new UseBeside(api);
    this.#unsubscribe = uploads.subscribe(() => this.#advance());
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };
  readonly getSnapshot = () => this.#snapshot;

  /** Takes the files beside the music of one choice. Gives the music, with the sheets that are sent with it. */
  async add(music: readonly ChosenFile[], beside: readonly ChosenFile[]): Promise<readonly ChosenFile[]> {
    const of = (kind: BesideKind) => beside.filter(({ file }) => besideKind(file.name) === kind);
    const withSheets = await this.#addSheets(music, of('CUE'));
    this.#addPictures(withSheets, of('PICTURE'));
    for (const file of of('LYRICS')) this.#addLyrics(file, withSheets);
    for (const file of of('PLAYLIST'))
      this.#wait(file, 'PLAYLIST', withSheets, (landed) => this.#use.list(file, landed));
    this.#show();
    return withSheets;
  }

  /** Takes what is done with out of the list. */
  clearFinished(): void {
    for (const [key, { code }] of this.#items) if (code !== 'WAITING' && code !== 'WORKING') this.#items.delete(key);
    this.#show();
  }

  dispose(): void {
    this.#unsubscribe();
    this.#pending.clear();
    this.#listeners.clear();
  }

  async #addSheets(music: readonly ChosenFile[], sheets: readonly ChosenFile[]): Promise<readonly ChosenFile[]> {
    const texts = new Map<ChosenFile, string>();
    for (const sheet of sheets) {
      const key = this.#item(sheet, 'CUE');
      try {
        const text = await unicodeText(sheet.file, MAX_SHEET_BYTES);
        const all = musicOfSheet(sheet, filesOfSheet(text), music);
        const [first, ...others] = all.filter((file) => !texts.has(file));
        if (!first) {
          this.#change(key, { code: all.length > 0 ? 'SECOND' : 'NO_MUSIC' });
          continue;
        }
        for (const file of [first, ...others]) texts.set(file, text);
        this.#change(key, { code: 'SHEET_SENT', of: first.file.name, count: others.length + 1 });
      } catch (error) {
        this.#failed(key, error);
      }
    }
    return music.map((file) => (texts.has(file) ? { ...file, cueSheet: texts.get(file) ?? null } : file));
  }

  #addPictures(music: readonly ChosenFile[], pictures: readonly ChosenFile[]): void {
    const byFolder = picturesOf(music, pictures);
    for (const picture of pictures) {
      const folders = [...byFolder].filter(([, one]) => one === picture).map(([folder]) => folder);
      const key = this.#item(picture, 'PICTURE');
      if (folders.length === 0) {
        const isSecond = music.some(({ folder }) => folder === picture.folder);
        this.#change(key, { code: isSecond ? 'SECOND' : 'NO_MUSIC' });
        continue;
      }
      const of = music.filter(({ folder }) => folders.includes(folder));
      this.#await(key, of, (landed) => this.#use.picture(picture, folders, landed));
    }
  }

  #addLyrics(file: ChosenFile, music: readonly ChosenFile[]): void {
    const of = musicOfLyrics(file, music);
    if (of) this.#wait(file, 'LYRICS', [of], (landed) => this.#use.lyrics(file, landed.get(of)));
    else this.#change(this.#item(file, 'LYRICS'), { code: 'NO_MUSIC' });
  }

  #wait(file: ChosenFile, kind: BesideKind, music: readonly ChosenFile[], run: Pending['run']): void {
    this.#await(this.#item(file, kind), music, run);
  }

  #await(key: string, music: readonly ChosenFile[], run: Pending['run']): void {
    this.#pending.add({ key, music, landed: new Map(), run });
  }

  /** Uses what waits no more. */
  #advance(): void {
    if (this.#pending.size === 0) return;
    // What was chosen here is before what came from elsewhere, and stays.
    const items = this.uploads.getSnapshot().items.toReversed();
    const byPath = new Map(items.map((item) => [`${item.folder}/${item.filename}`, item]));
    for (const pending of [...this.#pending]) {
      const { landed } = pending;
      for (const file of pending.music) {
        const item = byPath.get(`${file.folder}/${uploadName(file.file.name)}`);
        if (item) landed.set(file, item);
      }
      const isWaiting = pending.music.some((file) => {
        const item = landed.get(file);
        return !item || isActive(item) || !isSettled(item);
      });
      if (isWaiting) continue;
      this.#pending.delete(pending);
      this.#last = this.#last.then(() => this.#run(pending));
    }
  }

  async #run({ key, run, landed }: Pending): Promise<void> {
    this.#change(key, { code: 'WORKING' });
    this.#show();
    try {
      this.#change(key, await run(landed));
    } catch (error) {
      this.#failed(key, error);
    }
    this.#show();
  }

  #failed(key: string, error: unknown): void {
    const code: BesideCode = error instanceof TextError ? error.code : 'FAILED';
    const isNotOwn = error instanceof RefusedError && ['NOT_ALLOWED', 'FORBIDDEN'].includes(error.code);
    const detail = error instanceof RefusedError ? error.message : null;
    this.#change(key, { code: isNotOwn ? 'NOT_OWN' : code, detail });
  }

  #item({ file, folder }: ChosenFile, kind: BesideKind): string {
    const key = randomId();
    const nothing = { of: null, id: null, count: 0, found: 0, detail: null };
    this.#items.set(key, { key, kind, filename: file.name, folder, code: 'WAITING', ...nothing });
    return key;
  }

  #change(key: string, changed: Partial<BesideItem>): void {
    const item = this.#items.get(key);
    if (item) this.#items.set(key, { ...item, ...changed });
  }

  #show(): void {
    this.#snapshot = [...this.#items.values()];
    for (const listener of this.#listeners) listener();
  }
}
