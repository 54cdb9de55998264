import { useEffect, useState } from 'react';

import { classes } from '../classes';
import styles from './QrCode.module.css';

/** Light modules around the code, which cameras need to find it. */
const QUIET = 4;

interface Drawn {
  readonly size: number;
  readonly path: string;
}

/** A text for a camera, always dark on white; its frame alone while the text is null. What draws it is loaded with the first one. */
export function QrCode({ text, label, className }: { text: string | null; label: string; className?: string }) {
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  useEffect(() => {
    if (text === null) return;
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
