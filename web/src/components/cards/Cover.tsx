import { Music2, User } from 'lucide-react';
import { type CSSProperties, useState } from 'react';

import { classes } from '../classes';
import styles from './Cover.module.css';
import { atWidth, hasSizes } from './pictureUrl';

/** The widths in pixels that the server makes of a picture. */
const WIDTHS = [320, 640, 1280] as const;

export interface CoverProps {
  readonly url: string | null | undefined;
  /** The title of what it shows: gives the colours of the placeholder. Beside the title a cover needs no text of its own. */
  readonly title: string;
  /** How wide it is shown, for the browser's choice of a file: a value of `sizes`. */
  readonly sizes?: string;
  readonly shape?: 'square' | 'round';
  /** Of the picture that the page is about: loaded first. */
  readonly priority?: boolean;
  readonly className?: string;
}

/** A number from 0 to 359 that is always the same for a title. */
function hue(title: string): number {
  let hash = 0;
  for (const letter of title) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  return hash;
}

/** The picture of an album, artist, playlist or person; a coloured placeholder where there is none or it does not load. */
export function Cover({ url, title, sizes = '14rem', shape = 'square', priority, className }: CoverProps) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  const Icon = shape === 'round' ? User : Music2;
  const isShown = url && url !== failedUrl;
  const style = { '--hue': hue(title) } as CSSProperties;
  return (
    <span
      className={classes(styles.cover, shape === 'round' && styles.round, className)}
      style={style}
      aria-hidden="true"
    >
      {isShown ? (
        <img
          src={atWidth(url, 640)}
          srcSet={hasSizes(url) ? WIDTHS.map((width) => `${atWidth(url, width)} ${width}w`).join(', ') : undefined}
          sizes={sizes}
          alt=""
          draggable={false}
          decoding="async"
          loading={priority ? 'eager' : 'lazy'}
          fetchPriority={priority ? 'high' : 'auto'}
          onError={() => setFailedUrl(url)}
        />
      ) : (
        <Icon className={styles.glyph} strokeWidth={1.25} />
      )}
    </span>
  );
}
