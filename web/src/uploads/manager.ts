import { randomId } from '../browser/randomId';
import { MAX_BYTES, uploadName } from './names';
import { Permits } from './permits';
import { phaseOf, problemOf } from './problems';
import { isActive, isFinished, Speed, totalsOf } from './totals';
import { type Progress, Transfer, type TransferDoors } from './transfer';
import type {
  ChosenFile,
  ResumeRecord,
  ServerUpload,
  UploadApi,
  UploadItem,
  UploadProblem,
  UploadsSnapshot,
} from './types';

/** Parts on their way at once, over all files. */
const PARTS_AT_ONCE = 4;
/** Files that are between their hash and their last byte at once: more than parts, so that small ones do not wait for the API. */
const FILES_AT_ONCE = 8;
/** The list is shown anew at most so often, in milliseconds: at least four times a second. */
const SHOW_EVERY_MS = 150;

export interface UploadsDoors extends Omit<TransferDoors, 'slots' | 'api'> {
  readonly api: UploadApi;
  readonly now?: () => number;
}

interface Work {
  item: UploadItem;
  file: File | null;
  readonly progress: Progress;
  cueSheet: string | null;
  /** Of the attempt that is under way. */
  abort: AbortController | null;
}

/** Files that are put into the list without a pause for the page. */
const TAKEN_AT_ONCE = 200;

const nextTask = () => new Promise<void>((go) => setTimeout(go));

/**
 * All files that this tab brings to the server, and those whose bytes are there and not encoded yet. Free of React; goes on
 * whatever screen is shown. What one file does never stops another.
 */
export class UploadsManager {
  readonly #doors: UploadsDoors;
  readonly #transfers: TransferDoors;
  readonly #files = new Permits(FILES_AT_ONCE);
  readonly #works = new Map<string, Work>();
  readonly #byUpload = new Map<string, string>();
  readonly #hashes = new Map<string, string>();
  /** Uploads that are cuts, with that of the file which was divided. */
  readonly #cuts = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly #speed = new Speed();
  readonly #watch: ReturnType<UploadApi['watch']>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #snapshot: UploadsSnapshot = { items: [], totals: totalsOf([], 0), isPaused: false };

  constructor(doors: UploadsDoors) {
    this.#doors = doors;
    this.#transfers = { ...doors, slots: new Permits(PARTS_AT_ONCE) };
    // What another tab is sending now looks as if its bytes were missing: only the list of a screen brings such.
    this.#watch = doors.api.watch((uploads) =>
      this.adopt(uploads.filter(({ id, state }) => state !== 'AWAITING_BYTES' || this.#byUpload.has(id))),
    );
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };
  readonly getSnapshot = () => this.#snapshot;

  /** Takes files. One that was interrupted, here or before a reload, goes on where it was. */
  async add(chosen: readonly ChosenFile[]): Promise<void> {
    const records = await this.#doors.store.all();
    const interrupted = [...this.#works.values()].filter(({ item }) => item.phase === 'interrupted');
    for (const [index, one] of chosen.entries()) {
      if (index > 0 && index % TAKEN_AT_ONCE === 0) await nextTask();
      this.#take(one, records, interrupted);
    }
    this.#show();
  }

  /** Takes up what the server knows: uploads of other browsers and of before a reload that are not finished. */
  adopt(uploads: readonly ServerUpload[]): void {
    for (const { id, cuts } of uploads) {
      for (const cut of cuts) {
        this.#cuts.set(cut.id, id);
        this.#forget(cut.id);
      }
    }
    for (const upload of uploads) {
      // The tracks of a divided file are shown with it.
      if (this.#cuts.has(upload.id)) this.#cutChanged(upload);
      else if (this.#byUpload.has(upload.id)) this.#heard(upload);
      else if (!isFinished(this.#itemOf(upload)) || upload.state === 'AWAITING_BYTES') {
        const work = this.#work(this.#itemOf(upload), null);
        work.progress.uploadId = upload.id;
        this.#byUpload.set(upload.id, work.item.key);
      }
    }
    this.#show();
  }

  /** Gives up a file: stops sending, and the server forgets what it has. */
  cancel(key: string): void {
    const work = this.#works.get(key);
    if (!work || (isFinished(work.item) && work.item.phase !== 'interrupted' && work.item.phase !== 'failed')) return;
    work.abort?.abort();
    const { uploadId } = work.item;
    if (uploadId) {
      void this.#doors.api.cancel(uploadId).catch(() => {});
      void this.#doors.store.remove(uploadId);
    }
    this.#change(work, { phase: 'cancelled', problem: null });
    this.#forgetHash(work);
  }

  cancelAll(): void {
    for (const { item } of [...this.#works.values()]) if (isActive(item)) this.cancel(item.key);
  }

  /** Tries again what failed: the sending, or on the server the encoding. */
  retry(key: string): void {
    const work = this.#works.get(key);
    if (!work || (work.item.phase !== 'cancelled' && !work.item.problem?.canRetry)) return;
    const { server } = work.item;
    if (server?.job && server.state !== 'EXPIRED' && work.item.problem?.code === 'ENCODING_FAILED') {
      this.#change(work, { phase: 'processing', problem: null });
      void this.#doors.api
        .retryJob(server.job.id)
        .catch((error) => this.#change(work, { phase: 'failed', problem: problemOf(error) }));
      return;
    }
    if (!work.file) return;
    if (work.item.phase === 'cancelled' || server?.state === 'EXPIRED') {
      Object.assign(work.progress, { uploadId: null, etags: {}, idempotencyKey: randomId() });
    }
    this.#change(work, { phase: 'waiting', problem: null, doneBytes: 0 });
    this.#start(work);
  }

  retryFailed(): void {
    for (const { item } of [...this.#works.values()]) if (item.phase === 'failed') this.retry(item.key);
  }

  /** Takes what is finished out of the list; the server keeps it. */
  clearFinished(): void {
    for (const [key, work] of this.#works) {
      if (!isFinished(work.item) || work.item.phase === 'interrupted') continue;
      this.#works.delete(key);
      this.#forgetHash(work);
      if (work.item.uploadId) this.#byUpload.delete(work.item.uploadId);
    }
    this.#show();
  }

  /** Stops everything in this tab; the server keeps what it has. */
  dispose(): void {
    for (const { abort } of this.#works.values()) abort?.abort();
    this.#watch.stop();
    clearTimeout(this.#timer);
    this.#works.clear();
    this.#listeners.clear();
  }

  #take(chosen: ChosenFile, records: readonly ResumeRecord[], interrupted: readonly Work[]): void {
    const { file, folder } = chosen;
    const filename = uploadName(file.name);
    const record = records.find(
      (one) => one.filename === filename && one.sizeBytes === file.size && one.lastModified === file.lastModified,
    );
    const known = interrupted.find(
      ({ item, file: taken }) =>
        !taken &&
        item.filename === filename &&
        item.sizeBytes === file.size &&
        (!record || record.uploadId === item.uploadId),
    );
    const isHere = !known && record && this.#byUpload.has(record.uploadId);
    const code = isHere ? 'SAME_FILE' : file.size === 0 ? 'EMPTY' : file.size > MAX_BYTES ? 'TOO_LARGE' : null;
    if (code) {
      const problem: UploadProblem = { code, canRetry: false, detail: null };
      this.#work({ ...this.#fresh(file, filename, folder), phase: 'failed', problem }, file);
      return;
    }
    const work = known ?? this.#work(this.#fresh(file, filename, folder), file);
    work.file = file;
    work.cueSheet = chosen.cueSheet ?? null;
    if (record) {
      Object.assign(work.progress, {
        uploadId: record.uploadId,
        sha256: record.sha256 ?? undefined,
        etags: { ...record.etags },
      });
      this.#byUpload.set(record.uploadId, work.item.key);
    }
    this.#change(work, { phase: 'waiting', hasFile: true, folder, uploadId: work.progress.uploadId });
    this.#start(work);
  }

  #fresh(file: File, filename: string, folder: string): UploadItem {
    return {
      key: randomId(),
      filename,
      folder,
      sizeBytes: file.size,
      phase: 'waiting',
      doneBytes: 0,
      problem: null,
      uploadId: null,
      server: null,
      hasFile: true,
    };
  }

  #itemOf(upload: ServerUpload): UploadItem {
    const { id, filename, sizeBytes } = upload;
    return {
      key: id,
      filename,
      folder: '',
      sizeBytes,
      doneBytes: 0,
      uploadId: id,
      server: upload,
      hasFile: false,
      ...phaseOf(upload, false),
    };
  }

  #work(item: UploadItem, file: File | null): Work {
    const work: Work = {
      item,
      file,
      abort: null,
      cueSheet: null,
      progress: { uploadId: item.uploadId, sha256: undefined, etags: {}, idempotencyKey: randomId() },
    };
    this.#works.set(item.key, work);
    return work;
  }

  #start(work: Work): void {
    const abort = new AbortController();
    const { signal } = abort;
    work.abort = abort;
    void this.#files.with(async () => {
      if (signal.aborted || !work.file) return;
      try {
        const upload = await this.#transfer(work, work.file, signal).run();
        if (!signal.aborted) this.#heard(upload);
      } catch (error) {
        if (!signal.aborted) this.#change(work, { phase: 'failed', problem: problemOf(error) });
      }
    });
  }

  #transfer(work: Work, file: File, signal: AbortSignal): Transfer {
    const change = (changed: Partial<UploadItem>) => {
      if (!signal.aborted) this.#change(work, changed);
    };
    if (work.progress.sha256 === undefined) change({ phase: 'checking', doneBytes: 0 });
    const hooks = {
      onChecked: (doneBytes: number) => change({ doneBytes }),
      isKnown: (sha256: string) => {
        const owner = this.#hashes.get(sha256);
        if (owner && owner !== work.item.key) return true;
        this.#hashes.set(sha256, work.item.key);
        return false;
      },
      onUpload: (upload: ServerUpload) => {
        // The server may have told of it before it answered.
        const other = this.#byUpload.get(upload.id);
        if (other && other !== work.item.key) this.#works.delete(other);
        this.#byUpload.set(upload.id, work.item.key);
        change({ phase: 'sending', doneBytes: 0, uploadId: upload.id, server: upload });
      },
      onSent: (doneBytes: number) => change({ phase: 'sending', doneBytes }),
      onPause: (isPaused: boolean) => change({ phase: isPaused ? 'paused' : 'sending' }),
    };
    const named = { ...work.item, cueSheet: work.cueSheet };
    return new Transfer(this.#transfers, hooks, file, named, work.progress, signal);
  }

  /** The server's word on an upload. While this tab sends, it knows better. */
  #heard(upload: ServerUpload): void {
    const work = this.#works.get(this.#byUpload.get(upload.id) ?? '');
    if (!work || work.item.phase === 'cancelled') return;
    const isSending = isActive(work.item) && upload.state === 'AWAITING_BYTES';
    this.#change(work, isSending ? { server: upload } : { server: upload, ...phaseOf(upload, work.item.hasFile) });
  }

  /** Its track may come later than the word that the file was divided. */
  #cutChanged({ id, state, track }: ServerUpload): void {
    const work = this.#works.get(this.#byUpload.get(this.#cuts.get(id) ?? '') ?? '');
    const { server } = work?.item ?? {};
    if (!work || !server) return;
    const cuts = server.cuts.map((cut) => (cut.id === id ? { id, state, track: track ?? cut.track } : cut));
    this.#change(work, { server: { ...server, cuts } });
  }

  #forget(uploadId: string): void {
    const key = this.#byUpload.get(uploadId);
    this.#byUpload.delete(uploadId);
    if (key !== undefined) this.#works.delete(key);
  }

  #forgetHash(work: Work): void {
    const { sha256 } = work.progress;
    if (sha256 && this.#hashes.get(sha256) === work.item.key) this.#hashes.delete(sha256);
  }

  #change(work: Work, changed: Partial<UploadItem>): void {
    work.item = { ...work.item, ...changed };
    this.#timer ??= setTimeout(() => this.#show(), SHOW_EVERY_MS);
  }

  #show(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const all = [...this.#works.values()].map(({ item }) => item);
    // What somebody has chosen here comes before what is under way anyhow.
    const items = [...all.filter(({ hasFile }) => hasFile), ...all.filter(({ hasFile }) => !hasFile)];
    const totals = totalsOf(items, 0);
    if (totals.activeFiles === 0) this.#speed.reset();
    const bytesPerSecond =
      totals.activeFiles === 0 ? 0 : this.#speed.note(totals.sentBytes, (this.#doors.now ?? Date.now)());
    this.#snapshot = {
      items,
      totals: { ...totals, bytesPerSecond },
      isPaused: items.some(({ phase }) => phase === 'paused'),
    };
    for (const listener of this.#listeners) listener();
  }
}
