import { type Environment, requestSubscription } from 'relay-runtime';

import type { operationsChangedSubscription } from './__generated__/operationsChangedSubscription.graphql';
import { changed, readUpload } from './operations';
import type { ServerUpload } from './types';

/** Until a stream that ended is opened again, in milliseconds. */
const REOPEN_MS = 5_000;

/** Follows all uploads of the viewer by one subscription, however many there are. */
export function watchUploads(
  environment: Environment,
  onUploads: (uploads: readonly ServerUpload[]) => void,
): { stop(): void } {
  let isStopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let after: string | null = null;
  let stream = open();
  function open() {
    const again = () => {
      if (isStopped) return;
      timer = setTimeout(() => {
        stream = open();
      }, REOPEN_MS);
    };
    return requestSubscription<operationsChangedSubscription>(environment, {
      subscription: changed,
      variables: { after },
      onNext: (data) => {
        if (!data) return;
        after = data.viewerUploadsChanged.cursor;
        onUploads(data.viewerUploadsChanged.uploads.map(readUpload));
      },
      onCompleted: again,
      onError: again,
    });
  }
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      stream.dispose();
    },
  };
}
