import { type Environment, requestSubscription } from 'relay-runtime';

import type { operationsChangedSubscription } from './__generated__/operationsChangedSubscription.graphql';
import { changed, readUpload } from './operations';
import type { ServerUpload } from './types';

/** Follows all uploads of the viewer by one subscription, however many there are. */
export function watchUploads(
  environment: Environment,
  onUploads: (uploads: readonly ServerUpload[]) => void,
): { stop(): void } {
  const stream = requestSubscription<operationsChangedSubscription>(environment, {
    subscription: changed,
    variables: { after: null },
    onNext: (data) => {
      if (data) onUploads(data.viewerUploadsChanged.uploads.map(readUpload));
    },
  });
  return { stop: () => stream.dispose() };
}
