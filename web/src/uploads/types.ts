/** What the uploads manager knows of a file. All sizes are bytes. */

/** What becomes of a file; the first six happen in this tab, the others on the server. */
export type UploadPhase =
  /** Stands in line. */
  | 'waiting'
  /** Its SHA-256 is being computed. */
  | 'checking'
  /** Its bytes are on their way. */
  | 'sending'
  /** The network is away or the server asked to wait: goes on by itself. */
  | 'paused'
  /** It cannot go on by itself; `problem` says why. */
  | 'failed'
  /** Announced, here or in another browser, and its bytes are missing: the file has to be chosen again. */
  | 'interrupted'
  /** All bytes are there: it is looked at, then encoded. */
  | 'processing'
  /** It can be played for good. */
  | 'ready'
  /** The server does not take it; `problem` says why. */
  | 'rejected'
  | 'cancelled';

/** Why a file was not taken, for a program; the words are the screen's (`uploads:problem.<code>`). */
export type UploadProblemCode =
  | 'EMPTY'
  | 'TOO_LARGE'
  | 'UNREADABLE'
  | 'SAME_FILE'
  | 'NOT_ALLOWED'
  | 'QUOTA_EXCEEDED'
  | 'UNSUPPORTED_MEDIA'
  | 'MEDIA_TOO_LARGE'
  | 'CHECKSUM_MISMATCH'
  | 'EXPIRED'
  | 'ENCODING_FAILED'
  | 'NETWORK'
  | 'UNEXPECTED';

export interface UploadProblem {
  readonly code: UploadProblemCode;
  /** The server's words, in English; for details. */
  readonly detail: string | null;
  /** Whether trying again can help. */
  readonly canRetry: boolean;
}

/** States of `Upload.state`. */
export type ServerState = 'AWAITING_BYTES' | 'RECEIVED' | 'PROBING' | 'TRANSCODING' | 'READY' | 'REJECTED' | 'EXPIRED';

/** A track as far as an upload shows it. */
export interface UploadedTrack {
  readonly id: string;
  readonly title: string;
  readonly artists: string;
  readonly albumId: string | null;
  readonly coverUrl: string | null;
}

/** An upload as the server sees it. */
export interface ServerUpload {
  readonly id: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly createdAt: string;
  readonly state: ServerState;
  /** A code of `UserErrorCode`. */
  readonly rejectedBecause: string | null;
  readonly job: {
    readonly id: string;
    readonly state: 'QUEUED' | 'RUNNING' | 'READY' | 'FAILED' | 'CANCELLED';
    /** 0 to 100. */
    readonly percent: number;
    readonly etaMs: number | null;
    readonly playableUntilMs: number;
    readonly failedBecause: string | null;
  } | null;
  readonly track: UploadedTrack | null;
  readonly duplicateOf: UploadedTrack | null;
  /** The tracks that its cue sheet has divided it into; none for a file that is one track. */
  readonly cuts: readonly UploadCut[];
  /** Why a sheet was not followed, in English; null when there was none, or when it was. */
  readonly notSplitBecause: string | null;
}

/** One of the tracks that a file was divided into. */
export interface UploadCut {
  /** Of its upload. */
  readonly id: string;
  readonly state: ServerState;
  readonly track: UploadedTrack | null;
}

/** A file in the list. Immutable: a change makes a new one. */
export interface UploadItem {
  /** Made up here; the key of its row. */
  readonly key: string;
  readonly filename: string;
  /** The folders above it as they were dropped, `Artist/Album`; empty for a file of its own. */
  readonly folder: string;
  readonly sizeBytes: number;
  readonly phase: UploadPhase;
  /** In `checking` what has been read, in `sending` what has arrived. */
  readonly doneBytes: number;
  readonly problem: UploadProblem | null;
  readonly uploadId: string | null;
  readonly server: ServerUpload | null;
  /** Whether this tab has the file, so that it can go on or be tried again. */
  readonly hasFile: boolean;
}

/** Sums over all files of this list. */
export interface UploadTotals {
  readonly files: number;
  /** Whose bytes are all on the server. */
  readonly sentFiles: number;
  readonly failedFiles: number;
  readonly bytes: number;
  readonly sentBytes: number;
  /** Waiting, checking, sending or paused. */
  readonly activeFiles: number;
  /** Being looked at or encoded. */
  readonly processingFiles: number;
  /** Bytes in a second, over the last ten; 0 while nothing moves. */
  readonly bytesPerSecond: number;
}

export interface UploadsSnapshot {
  readonly items: readonly UploadItem[];
  readonly totals: UploadTotals;
  /** The network is away, or the server asked to wait. */
  readonly isPaused: boolean;
}

/** A file that somebody has chosen, with the folders above it. */
export interface ChosenFile {
  readonly file: File;
  readonly folder: string;
  /** The text of the sheet that divides it. */
  readonly cueSheet?: string | null;
}

/** Where the bytes of an upload go. */
export interface PartTarget {
  readonly partSizeBytes: number;
  readonly parts: readonly {
    readonly number: number;
    readonly url: string;
    readonly headers: readonly { readonly name: string; readonly value: string }[];
  }[];
}

/** The API refused. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** No answer came, or the server asked to wait for so many milliseconds. */
export class TryLaterError extends Error {
  override readonly name = 'TryLaterError';
  readonly afterMs: number | null;

  constructor(message: string, afterMs: number | null = null) {
    super(message);
    this.afterMs = afterMs;
  }
}

/** What the manager asks of the API. All methods reject with `RefusedError` or `TryLaterError`. */
export interface UploadApi {
  create(input: {
    filename: string;
    sizeBytes: number;
    sha256: string | null;
    folder: string | null;
    cueSheet: string | null;
    idempotencyKey: string;
  }): Promise<{ upload: ServerUpload; target: PartTarget }>;
  /** What has not arrived yet; null when no bytes are awaited any more. */
  missingParts(uploadId: string): Promise<{ upload: ServerUpload | null; target: PartTarget | null }>;
  complete(
    uploadId: string,
    parts: readonly { readonly number: number; readonly etag: string }[],
  ): Promise<ServerUpload>;
  cancel(uploadId: string): Promise<void>;
  retryJob(jobId: string): Promise<void>;
  /** Tells of all uploads of the viewer: first those that are under way, then each that changes. Ends with `stop`. */
  watch(onUploads: (uploads: readonly ServerUpload[]) => void): { stop(): void };
}

/** What has arrived of an upload; kept over reloads so that it can go on when the file is chosen again. */
export interface ResumeRecord {
  readonly uploadId: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly lastModified: number;
  readonly sha256: string | null;
  /** The store's answer for each part that has arrived, by its number. */
  readonly etags: Readonly<Record<number, string>>;
}

export interface ResumeStore {
  all(): Promise<readonly ResumeRecord[]>;
  put(record: ResumeRecord): Promise<void>;
  remove(uploadId: string): Promise<void>;
}

/** Sends the bytes of a part; answers the store's ETag. `onProgress` tells how many bytes are out. Rejects with `PartError`. */
export type PutPart = (
  part: PartTarget['parts'][number],
  bytes: Blob,
  onProgress: (sentBytes: number) => void,
  signal: AbortSignal,
) => Promise<string>;

/** A part did not arrive. `status` 0: no answer. */
export class PartError extends Error {
  override readonly name = 'PartError';
  readonly status: number;

  constructor(status: number) {
    super(status === 0 ? 'The connection was lost' : `The object store answered ${status}`);
    this.status = status;
  }
}

/** Computes the SHA-256 of a file, in hexadecimal; null where that cannot be had. Rejects when the file cannot be read. */
export type HashFile = (
  file: Blob,
  onProgress: (doneBytes: number) => void,
  signal: AbortSignal,
) => Promise<string | null>;
