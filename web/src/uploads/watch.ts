import { type Disposable, type Environment, requestSubscription } from 'relay-runtime';

import type { operationsChangedSubscription } from './__generated__/operationsChangedSubscription.graphql';
import type { operationsProgressSubscription } from './__generated__/operationsProgressSubscription.graphql';
import { changed, progressed, readUpload } from './operations';
import type { ServerUpload, UploadApi } from './types';

/** A socket carries 100 operations, and other screens have theirs. An upload takes two here. */
const FOLLOWED_AT_ONCE = 12;
/** Until a stream that ended too early is opened again, in milliseconds. */
const REOPEN_MS = 5_000;

/** Follows the uploads that come first; when one is finished the next takes its place. Workers take them in the same order. */
export function watchUploads(environment: Environment, onUpload: (upload: ServerUpload) => void): ReturnType<UploadApi['watch']> {
  const streams = new Map<string, Disposable>();
  const jobs = new Map<string, Disposable>();
  const latest = new Map<string, ServerUpload>();
  let wanted: readonly string[] = [];
  const close = (id: string) => {
    streams.get(id)?.dispose();
    jobs.get(id)?.dispose();
    streams.delete(id);
    jobs.delete(id);
    latest.delete(id);
  };
  const tell = (upload: ServerUpload) => {
    latest.set(upload.id, upload);
    onUpload(upload);
  };
  const followJob = (upload: ServerUpload) => {
    if (!upload.job || jobs.has(upload.id) || !streams.has(upload.id)) return;
    jobs.set(
      upload.id,
      requestSubscription<operationsProgressSubscription>(environment, {
        subscription: progressed,
        variables: { jobId: upload.job.id },
        onNext: (data) => {
          const known = latest.get(upload.id);
          if (!data || !known) return;
          const { etaMs, failedBecause, ...job } = data.transcodeProgress;
          tell({ ...known, job: { ...job, etaMs: etaMs ?? null, failedBecause: failedBecause ?? null } });
        },
        // How far a job is comes here, what becomes of the upload by the other stream.
        onError: () => {},
      }),
    );
  };
  const open = (id: string) => {
    // What is delivered at once must find its stream.
    streams.set(id, { dispose: () => {} });
    const again = () => {
      close(id);
      setTimeout(() => update(), REOPEN_MS);
    };
    const stream = requestSubscription<operationsChangedSubscription>(environment, {
      subscription: changed,
      variables: { uploadId: id },
      onNext: (data) => {
        if (!data) return;
        const upload = readUpload(data.uploadChanged);
        followJob(upload);
        tell(upload);
      },
      onCompleted: again,
      onError: again,
    });
    if (streams.has(id)) streams.set(id, stream);
    else stream.dispose();
  };
  const update = () => {
    const first = new Set(wanted.slice(0, FOLLOWED_AT_ONCE));
    for (const id of [...streams.keys()]) if (!first.has(id)) close(id);
    for (const id of first) if (!streams.has(id)) open(id);
  };
  return {
    follow: (ids) => {
      wanted = ids;
      update();
    },
    stop: () => {
      wanted = [];
      update();
    },
  };
}
