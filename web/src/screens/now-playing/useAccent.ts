import { useEffect, useState } from 'react';

import { atWidth } from '../../components/cards/pictureUrl';
import { type Accent, accentOf } from './coverColour';

/** So many pixels each way say enough about colours. */
const SAMPLED = 24;

/** The colour that stands out of a cover; null without one, until it is loaded, and where its server does not let pages look. */
export function useAccent(url: string | null | undefined): Accent | null {
  const [found, setFound] = useState<{ readonly url: string; readonly accent: Accent | null } | null>(null);
  useEffect(() => {
    if (!url) return;
    const image = new Image();
    image.crossOrigin = 'anonymous';
    image.src = atWidth(url, 320);
    let isGone = false;
    image.decode().then(
      () => !isGone && setFound({ url, accent: look(image) }),
      () => {},
    );
    return () => {
      isGone = true;
    };
  }, [url]);
  return found?.url === url ? (found?.accent ?? null) : null;
}

function look(image: HTMLImageElement): Accent | null {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SAMPLED;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  try {
    context.drawImage(image, 0, 0, SAMPLED, SAMPLED);
    return accentOf(context.getImageData(0, 0, SAMPLED, SAMPLED).data);
  } catch {
    // The picture came from a cache that has it without the right to look at it.
    return null;
  }
}
