import type { Environment } from 'relay-runtime';

import { session } from '../session';
import { createHashFile } from './hashFile';
import { UploadsManager } from './manager';
import { putPart } from './putPart';
import { relayUploadApi } from './relayApi';
import { browserResumeStore } from './resumeStore';

export { type Collected, collectDrop, collectInput, countedByKind } from './collect';
export type { UploadsManager } from './manager';

let current: { readonly environment: Environment; readonly manager: UploadsManager } | null = null;

/** The uploads of whoever is signed in; they go on while other screens are shown. */
export function uploadsOf(environment: Environment): UploadsManager {
  if (current?.environment === environment) return current.manager;
  current?.manager.dispose();
  const manager = new UploadsManager({
    api: relayUploadApi(environment),
    put: putPart,
    hash: createHashFile(),
    store: browserResumeStore(),
  });
  current = { environment, manager };
  return manager;
}

session.onSignOut(() => {
  current?.manager.dispose();
  current = null;
});

/** Asks before the page is left while bytes are on their way. */
addEventListener('beforeunload', (event) => {
  if ((current?.manager.getSnapshot().totals.activeFiles ?? 0) > 0) event.preventDefault();
});
