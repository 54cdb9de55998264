/** Which device this tab is. A tab that is loaded again is the same one; two tabs at once are two. */

import { randomId } from '../../browser/randomId';

const INSTALLATION_KEY = 'polyphony.installation';
const SLOT_KEY = 'polyphony.tab';
const MAX_SLOTS = 20;
/** How long a tab that is loaded again waits until the page before it has let its slot go. */
const OWN_SLOT_TIMEOUT_MS = 1_500;

export interface DeviceIdentity {
  /** For `registerDevice`: the same for the same tab of the same browser profile. */
  readonly installationId: string;
  /** Gives the slot to other tabs. */
  release(): void;
}

/**
 * Takes a slot that no other open tab has. Slots are few and used again, so that a browser does not become a new device with
 * each tab. `sessionStorage` alone would not do: it is copied when a tab is duplicated.
 */
export async function identifyTab(
  storage: { local: Storage; session: Storage },
  locks?: LockManager,
): Promise<DeviceIdentity> {
  const installation = stored(storage.local, INSTALLATION_KEY, randomId);
  if (!locks) {
    const tab = stored(storage.session, SLOT_KEY, randomId);
    return { installationId: `${installation}.${tab}`, release: () => {} };
  }
  const name = (slot: number) => `polyphony-tab-${slot}`;
  const own = Number.parseInt(storage.session.getItem(SLOT_KEY) ?? '', 10);
  if (Number.isInteger(own)) {
    const release = await hold(locks, name(own), { signal: AbortSignal.timeout(OWN_SLOT_TIMEOUT_MS) });
    if (release) return { installationId: `${installation}.${own}`, release };
  }
  for (let slot = 0; slot < MAX_SLOTS; slot += 1) {
    const release = await hold(locks, name(slot), { ifAvailable: true });
    if (!release) continue;
    storage.session.setItem(SLOT_KEY, String(slot));
    return { installationId: `${installation}.${slot}`, release };
  }
  return { installationId: `${installation}.${randomId()}`, release: () => {} };
}

/** Holds a lock until the function that it gives is called; null: it cannot be had. */
function hold(locks: LockManager, name: string, options: LockOptions): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    const held = (lock: Lock | null) =>
      lock ? new Promise<void>((release) => resolve(() => release())) : Promise.resolve(resolve(null));
    locks.request(name, options, held).catch(() => resolve(null));
  });
}

function stored(storage: Storage, key: string, make: () => string): string {
  const known = storage.getItem(key);
  if (known) return known;
  const made = make();
  storage.setItem(key, made);
  return made;
}

/** A name that its owner knows the tab by: "Firefox on Windows". */
export function deviceName(userAgent: string = navigator.userAgent): string {
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'Browser';
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  return system ? `${browser} on ${system}` : browser;
}

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS/, 'Firefox'],
  [/Chrome\/|CriOS/, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Mac OS/, 'Mac'],
  [/Linux/, 'Linux'],
];
