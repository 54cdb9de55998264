import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { classes } from '../../components/classes';
import { usePlayer } from '../../player/usePlayer';
import { useCurrentLine, Words } from '../track/TrackLyrics';
import type { LyricsView_track$key } from './__generated__/LyricsView_track.graphql';
import styles from './Lyrics.module.css';

/** The words of what plays, the one that is sung lit; a line that is pressed is played. */
export function LyricsView({ track, size }: { track: LyricsView_track$key; size: 'panel' | 'full' }) {
  const { t } = useTranslation('player');
  const player = usePlayer();
  const { id, lyrics } = useFragment(
    graphql`
      fragment LyricsView_track on Track {
        id
        lyrics {
          language
          synced
          lines {
            startMs
            text
            words {
              startMs
              text
            }
          }
        }
      }
    `,
    track,
  );
  const now = useCurrentLine(id, lyrics?.lines ?? []);
  const list = useRef<HTMLOListElement>(null);
  useLineInSight(list, now.line);
  if (!lyrics || lyrics.lines.length === 0) return <p className={styles.none}>{t('full.noLyrics')}</p>;
  return (
    // A list that scrolls must be reached by keyboard.
    <ol
      ref={list}
      tabIndex={0}
      lang={lyrics.language ?? undefined}
      aria-label={t('full.lyrics')}
      className={classes(styles.lyrics, size === 'full' && styles.full)}
    >
      {lyrics.lines.map((line, index) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: lines stand in a fixed order and may be alike
          key={index}
          dir="auto"
          aria-current={index === now.line ? 'true' : undefined}
          data-past={index < now.line || undefined}
        >
          {lyrics.synced && line.startMs != null ? (
            <button type="button" onClick={() => void player?.seek(line.startMs ?? 0)}>
              <Words line={line} current={index === now.line ? now.word : null} />
            </button>
          ) : (
            line.text || ' '
          )}
        </li>
      ))}
    </ol>
  );
}

/** How long the list stays where somebody has scrolled it. */
const LEFT_ALONE_MS = 4_000;

/** The line that is sung stays in the upper middle, unless somebody reads elsewhere. */
function useLineInSight(list: React.RefObject<HTMLOListElement | null>, line: number): void {
  const movedAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const box = list.current;
    const moved = () => {
      movedAt.current = performance.now();
    };
    const kinds = ['wheel', 'touchmove', 'keydown'] as const;
    for (const kind of kinds) box?.addEventListener(kind, moved, { passive: true });
    return () => {
      for (const kind of kinds) box?.removeEventListener(kind, moved);
    };
  }, [list]);
  useEffect(() => {
    const box = list.current;
    const child = line < 0 ? null : box?.children[line];
    if (!box || !(child instanceof HTMLElement) || performance.now() - movedAt.current < LEFT_ALONE_MS) return;
    const isStill =
      document.documentElement.dataset.motion === 'reduced' || matchMedia('(prefers-reduced-motion: reduce)').matches;
    // Only the list scrolls, never the page under somebody's eyes.
    box.scrollTo({ top: child.offsetTop - box.clientHeight * 0.38, behavior: isStill ? 'auto' : 'smooth' });
  }, [list, line]);
}
