import {
  PartError,
  type PartTarget,
  type PutPart,
  RefusedError,
  type ResumeRecord,
  type ResumeStore,
  type ServerUpload,
  TryLaterError,
  type UploadApi,
} from '../types';

interface Kept {
  upload: ServerUpload;
  readonly arrived: Map<number, string>;
  readonly count: number;
}

/** The API and the object store in one, with the failures that tests ask for. Parts have 10 bytes. */
export class FakeServer implements UploadApi {
  readonly kept = new Map<string, Kept>();
  readonly keys = new Map<string, string>();
  /** The parts that are being sent now, and the most that were. */
  inFlight = 0;
  maxInFlight = 0;
  created = 0;
  puts = 0;
  /** Called before each part; throw to make it fail. */
  beforePut: (uploadId: string, number: number) => Promise<void> | void = () => {};
  /** Thrown by the next calls of the API. */
  readonly failures: Error[] = [];
  #onUploads: (uploads: readonly ServerUpload[]) => void = () => {};

  #fail(): void {
    const failure = this.failures.shift();
    if (failure) throw failure;
  }

  #target(id: string): PartTarget {
    const { count, arrived } = this.#of(id);
    const numbers = Array.from({ length: count }, (_, index) => index + 1).filter((number) => !arrived.has(number));
    return { partSizeBytes: 10, parts: numbers.map((number) => ({ number, url: `${id}/${number}`, headers: [] })) };
  }

  #of(id: string): Kept {
    const kept = this.kept.get(id);
    if (!kept) throw new RefusedError('NOT_FOUND', 'no such upload');
    return kept;
  }

  async create({ filename, sizeBytes, idempotencyKey }: Parameters<UploadApi['create']>[0]) {
    this.#fail();
    const known = this.keys.get(idempotencyKey);
    const id = known ?? `upl_${this.kept.size + 1}`;
    if (!known) {
      this.created += 1;
      this.keys.set(idempotencyKey, id);
      const upload: ServerUpload = {
        id,
        filename,
        sizeBytes,
        createdAt: '',
        state: 'AWAITING_BYTES',
        rejectedBecause: null,
        job: null,
        track: null,
        duplicateOf: null,
        cuts: [],
        notSplitBecause: null,
      };
      this.kept.set(id, { upload, arrived: new Map(), count: Math.ceil(sizeBytes / 10) });
    }
    return { upload: this.#of(id).upload, target: this.#target(id) };
  }

  async missingParts(id: string) {
    this.#fail();
    const { upload } = this.#of(id);
    return { upload, target: upload.state === 'AWAITING_BYTES' ? this.#target(id) : null };
  }

  async complete(id: string, parts: readonly { readonly number: number; readonly etag: string }[]) {
    this.#fail();
    const { arrived, count } = this.#of(id);
    if (parts.filter(({ number, etag }) => arrived.get(number) === etag).length !== count)
      throw new RefusedError('UPLOAD_INCOMPLETE', 'parts are missing');
    return this.tell(id, { state: 'RECEIVED' });
  }

  async cancel(id: string) {
    this.tell(id, { state: 'EXPIRED' });
  }

  async retryJob() {}

  watch(onUploads: (uploads: readonly ServerUpload[]) => void) {
    this.#onUploads = onUploads;
    return { stop: () => {} };
  }

  /** An upload changes on the server. */
  tell(id: string, changed: Partial<ServerUpload>): ServerUpload {
    const kept = this.#of(id);
    kept.upload = { ...kept.upload, ...changed };
    this.#onUploads([kept.upload]);
    return kept.upload;
  }

  readonly put: PutPart = async (part, bytes, onProgress, signal) => {
    const [id = ''] = part.url.split('/');
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    this.puts += 1;
    try {
      await this.beforePut(id, part.number);
      signal.throwIfAborted();
      if (!this.kept.has(id)) throw new PartError(404);
      const etag = `"${part.number}-${bytes.size}"`;
      this.#of(id).arrived.set(part.number, etag);
      onProgress(bytes.size);
      return etag;
    } finally {
      this.inFlight -= 1;
    }
  };
}

export class MemoryStore implements ResumeStore {
  readonly records = new Map<string, ResumeRecord>();
  async all() {
    return [...this.records.values()];
  }
  async put(record: ResumeRecord) {
    this.records.set(record.uploadId, record);
  }
  async remove(uploadId: string) {
    this.records.delete(uploadId);
  }
}

export const later = (afterMs: number | null = null) => new TryLaterError('away', afterMs);
