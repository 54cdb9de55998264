import type { Environment } from 'relay-runtime';

import { session } from '../session';
import { BesideFiles } from './beside/besideFiles';
import { relayBesideApi } from './beside/relayBesideApi';
import type { Collected } from './collect';
import { createHashFile } from './hashFile';
import { UploadsManager } from './manager';
import { putPart } from './putPart';
import { relayUploadApi } from './relayApi';
import { browserResumeStore } from './resumeStore';

export type { BesideFiles } from './beside/besideFiles';
export { type Collected, collectDrop, collectInput, countedByKind } from './collect';
export type { UploadsManager } from './manager';

interface Uploads {
  readonly environment: Environment;
  readonly manager: UploadsManager;
  readonly beside: BesideFiles;
}

let current: Uploads | null = null;

function end(): void {
  current?.beside.dispose();
  current?.manager.dispose();
  current = null;
}

function of(environment: Environment): Uploads {
  if (current?.environment === environment) return current;
  end();
  const manager = new UploadsManager({
    api: relayUploadApi(environment),
    put: putPart,
    hash: createHashFile(),
    store: browserResumeStore(),
  });
  current = { environment, manager, beside: new BesideFiles(relayBesideApi(environment), manager) };
  return current;
}

/** The uploads of whoever is signed in; they go on while other screens are shown. */
export const uploadsOf = (environment: Environment): UploadsManager => of(environment).manager;

/** What lies beside the music of this tab's uploads. */
export const besideOf = (environment: Environment): BesideFiles => of(environment).beside;

/** Uploads what was chosen or dropped, with what lies beside it. */
export async function addCollected(environment: Environment, { files, beside }: Collected): Promise<void> {
  const uploads = of(environment);
  await uploads.manager.add(await uploads.beside.add(files, beside));
}

session.onSignOut(end);

/** Asks before the page is left while bytes are on their way. */
addEventListener('beforeunload', (event) => {
  if ((current?.manager.getSnapshot().totals.activeFiles ?? 0) > 0) event.preventDefault();
});
