import { use } from 'react';

import { Skeleton } from './feedback/States';
import styles from './QrCode.module.css';

interface Modules {
  readonly size: number;
  readonly data: Uint8Array;
}

const made = new Map<string, Promise<Modules>>();

/** The modules of a code; its library is loaded with the first one. */
function modulesOf(text: string): Promise<Modules> {
  let promise = made.get(text);
  if (!promise) {
    promise = import('qrcode').then(({ create }) => create(text, { errorCorrectionLevel: 'M' }).modules as Modules);
    // Secrets are not kept: only the code that is shown now.
    made.clear();
    made.set(text, promise);
  }
  return promise;
}

/** A text as a picture for cameras. Dark on light in both themes: many readers know nothing else. Put it into a `<Suspense>`. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, data } = use(modulesOf(text));
  const path = Array.from(data, (isDark, index) =>
    isDark ? `M${index % size} ${Math.floor(index / size)}h1v1h-1z` : '',
  ).join('');
  return (
    <svg
      role="img"
      aria-label={label}
      className={styles.code}
      viewBox={`-4 -4 ${size + 8} ${size + 8}`}
      shapeRendering="crispEdges"
    >
      <path d={path} />
    </svg>
  );
}

/** Holds the place of a code that is being made. */
export const QrPlaceholder = () => <Skeleton className={styles.code ?? ''} />;
