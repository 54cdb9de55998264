import { useEffect, useState } from 'react';

import { classes } from '../classes';
import styles from './QrCode.module.css';

/** Light modules around the code, which cameras need to find it. */
const QUIET = 4;

interface Drawn {
  readonly size: number;
  readonly path: string;
}

/** An address for a camera, always dark on white. Its code is loaded when the first one is shown. */
export function QrCode({ text, label, className }: { text: string; label: string; className?: string }) {
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  useEffect(() => {
    let isGone = false;
    void import('./draw').then(({ draw }) => {
      if (!isGone) setDrawn(draw(text));
    });
    return () => {
      isGone = true;
    };
  }, [text]);
  const side = (drawn?.size ?? 25) + 2 * QUIET;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`}
      shapeRendering="crispEdges"
      className={classes(styles.code, className)}
    >
      {drawn && <path d={drawn.path} />}
    </svg>
  );
}
