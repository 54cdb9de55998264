import { backoffMs, pause } from './backoff';
import type { Permits } from './permits';
import {
  type HashFile,
  PartError,
  type PartTarget,
  type PutPart,
  RefusedError,
  type ResumeStore,
  type ServerUpload,
  TryLaterError,
  type UploadApi,
} from './types';

/** So many failures in a row, with ever longer pauses, and a file is given up until somebody tries again: some minutes. */
const MAX_FAILURES = 10;
/** How often a list of parts is asked for anew, because URLs are too old or parts are missing, before that is an error. */
const MAX_ROUNDS = 4;

/** What a transfer is made with. */
export interface TransferDoors {
  readonly api: Pick<UploadApi, 'create' | 'missingParts' | 'complete' | 'cancel'>;
  readonly put: PutPart;
  readonly hash: HashFile;
  readonly store: ResumeStore;
  /** Of parts that are on their way at once, over all files. */
  readonly slots: Permits;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What is known of a file's way so far; the transfer writes into it, so that another one can go on. */
export interface Progress {
  uploadId: string | null;
  /** Undefined: not computed yet. */
  sha256: string | null | undefined;
  etags: Record<number, string>;
  /** The same for every attempt, so that a lost answer makes no second upload. */
  idempotencyKey: string;
}

/** How the list hears of it. */
export interface TransferHooks {
  readonly onChecked: (doneBytes: number) => void;
  /** After the hash: whether another file of this list has the same bytes. */
  readonly isKnown: (sha256: string) => boolean;
  readonly onUpload: (upload: ServerUpload) => void;
  readonly onSent: (doneBytes: number) => void;
  readonly onPause: (isPaused: boolean) => void;
}

/** The file has been chosen before. */
export class SameFileError extends Error {
  override readonly name = 'SameFileError';
}

/** The file cannot be read: moved, changed or forbidden since it was chosen. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Brings one file to the server: its hash, what is missing of it, and the word that all is there. Goes on where `progress` is. */
export class Transfer {
  readonly #doors: TransferDoors;
  readonly #hooks: TransferHooks;
  readonly #file: File;
  readonly #filename: string;
  readonly #folder: string;
  readonly #cueSheet: string | null;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  /** Bytes that are out, by part. */
  readonly #sent = new Map<number, number>();

  constructor(
    doors: TransferDoors,
    hooks: TransferHooks,
    file: File,
    {
      filename,
      folder,
      cueSheet,
    }: { readonly filename: string; readonly folder: string; readonly cueSheet: string | null },
    progress: Progress,
    signal: AbortSignal,
  ) {
    this.#doors = doors;
    this.#hooks = hooks;
    this.#file = file;
    this.#filename = filename;
    this.#folder = folder;
    this.#cueSheet = cueSheet;
    this.#progress = progress;
    this.#signal = signal;
  }

  /** Resolves with the upload once the server has all bytes. */
  async run(): Promise<ServerUpload> {
    await this.#check();
    for (let round = 1; ; round += 1) {
      const target = await this.#target();
      if (!('parts' in target)) return target;
      const isSent = await this.#send(target);
      if (isSent) {
        const done = await this.#complete();
        if (done) return done;
      }
      if (round >= MAX_ROUNDS) throw new RefusedError('UPLOAD_INCOMPLETE', 'Parts of the file do not arrive');
    }
  }

  async #check(): Promise<void> {
    const progress = this.#progress;
    if (progress.sha256 === undefined) {
      try {
        progress.sha256 = await this.#doors.hash(this.#file, this.#hooks.onChecked, this.#signal);
      } catch (error) {
        if (this.#signal.aborted) throw error;
        throw new UnreadableError();
      }
    }
    if (progress.sha256 && this.#hooks.isKnown(progress.sha256)) throw new SameFileError();
  }

  /** Where the missing bytes go; or the upload, when none are missing. */
  async #target(): Promise<PartTarget | ServerUpload> {
    const { api } = this.#doors;
    const progress = this.#progress;
    if (progress.uploadId) {
      const id = progress.uploadId;
      const { upload, target } = await this.#patiently(() => api.missingParts(id));
      if (upload) this.#hooks.onUpload(upload);
      if (upload && target && this.#canGoOn(target)) return target;
      if (upload && upload.state !== 'AWAITING_BYTES' && upload.state !== 'EXPIRED') return upload;
      if (upload?.state === 'AWAITING_BYTES' && target) {
        // Parts are there whose receipt was lost, and without it an upload cannot be completed: it begins anew.
        await this.#patiently(() => api.cancel(id));
      }
      await this.#doors.store.remove(id);
      Object.assign(progress, { uploadId: null, etags: {}, idempotencyKey: `${progress.idempotencyKey}+` });
    }
    const input = {
      filename: this.#filename,
      sizeBytes: this.#file.size,
      sha256: progress.sha256 ?? null,
      // Files of one folder are of one release. A file that was chosen by itself comes from nobody knows where.
      folder: this.#folder || null,
      cueSheet: this.#cueSheet,
      idempotencyKey: progress.idempotencyKey,
    };
    const { upload, target } = await this.#patiently(() => api.create(input));
    progress.uploadId = upload.id;
    this.#hooks.onUpload(upload);
    await this.#keep();
    return target;
  }

  /** Whether each part that is there has its receipt. Sizes are forgotten: they are counted anew. */
  #canGoOn(target: PartTarget): boolean {
    const missing = new Set(target.parts.map(({ number }) => number));
    const count = Math.ceil(this.#file.size / target.partSizeBytes);
    this.#sent.clear();
    for (let number = 1; number <= count; number += 1) {
      if (missing.has(number)) continue;
      if (!this.#progress.etags[number]) return false;
      this.#sent.set(number, this.#bytesOf(number, target.partSizeBytes).size);
    }
    return true;
  }

  #bytesOf(number: number, partSize: number): Blob {
    return this.#file.slice((number - 1) * partSize, number * partSize);
  }

  /** Sends what is missing; false when the URLs are no good any more. */
  async #send(target: PartTarget): Promise<boolean> {
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    let isStale = false;
    const one = (part: PartTarget['parts'][number]) =>
      this.#doors.slots.with(async () => {
        if (isStale) return;
        signal.throwIfAborted();
        isStale = !(await this.#sendPart(part, target.partSizeBytes, signal)) || isStale;
      });
    try {
      await Promise.all(target.parts.map(one));
    } finally {
      stop.abort();
    }
    return !isStale;
  }

  async #sendPart(part: PartTarget['parts'][number], partSize: number, signal: AbortSignal): Promise<boolean> {
    const bytes = this.#bytesOf(part.number, partSize);
    const tell = (sent: number) => {
      this.#sent.set(part.number, Math.min(sent, bytes.size));
      this.#hooks.onSent([...this.#sent.values()].reduce((sum, size) => sum + size, 0));
    };
    for (let failures = 1; ; failures += 1) {
      try {
        const etag = await this.#doors.put(part, bytes, tell, signal);
        tell(bytes.size);
        this.#progress.etags[part.number] = etag;
        this.#hooks.onPause(false);
        await this.#keep();
        return true;
      } catch (error) {
        tell(0);
        if (signal.aborted || !(error instanceof PartError)) throw error;
        // The store refuses what it did sign: the URL is too old, or the upload is gone.
        if (error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429) return false;
        // A browser tells of a file that has gone only so.
        if (error.status === 0) await this.#assertReadable(bytes);
        if (failures >= MAX_FAILURES) throw new TryLaterError(error.message);
        await this.#wait(failures, signal);
      }
    }
  }

  async #assertReadable(bytes: Blob): Promise<void> {
    try {
      await bytes.slice(0, 1).arrayBuffer();
    } catch {
      throw new UnreadableError();
    }
  }

  /** Null: the server misses parts. */
  async #complete(): Promise<ServerUpload | null> {
    const { uploadId, etags } = this.#progress;
    const parts = Object.entries(etags).map(([number, etag]) => ({ number: Number(number), etag }));
    try {
      const upload = await this.#patiently(() => this.#doors.api.complete(uploadId as string, parts));
      await this.#doors.store.remove(uploadId as string);
      return upload;
    } catch (error) {
      if (error instanceof RefusedError && error.code === 'UPLOAD_INCOMPLETE') return null;
      throw error;
    }
  }

  async #keep(): Promise<void> {
    const { uploadId, sha256, etags } = this.#progress;
    if (!uploadId) return;
    const { size: sizeBytes, lastModified } = this.#file;
    await this.#doors.store.put({
      uploadId,
      filename: this.#filename,
      sizeBytes,
      lastModified,
      sha256: sha256 ?? null,
      etags: { ...etags },
    });
  }

  /** Calls the API until it answers. */
  async #patiently<T>(call: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures += 1) {
      this.#signal.throwIfAborted();
      try {
        const answer = await call();
        if (failures > 1) this.#hooks.onPause(false);
        return answer;
      } catch (error) {
        if (!(error instanceof TryLaterError) || failures >= MAX_FAILURES) throw error;
        await this.#wait(failures, this.#signal, error.afterMs);
      }
    }
  }

  async #wait(failures: number, signal: AbortSignal, afterMs: number | null = null): Promise<void> {
    this.#hooks.onPause(true);
    await (this.#doors.pause ?? pause)(Math.max(afterMs ?? 0, backoffMs(failures)), signal);
  }
}
