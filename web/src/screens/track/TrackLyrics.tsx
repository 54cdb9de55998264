import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Section } from '../../components/layout/Page';
import { usePlayer } from '../../player/usePlayer';
import type { TrackLyrics_track$data, TrackLyrics_track$key } from './__generated__/TrackLyrics_track.graphql';
import { lastStarted } from './lines';
import styles from './Track.module.css';
import { useIsSounding, useSeekIn } from './useTrackPlayback';

export type Line = NonNullable<TrackLyrics_track$data['lyrics']>['lines'][number];

/** The words of a track: where they are timed, the line that sounds is lit, and a line leads to its place. */
export function TrackLyrics({ track }: { track: TrackLyrics_track$key }) {
  const { t } = useTranslation('music');
  const { id, lyrics } = useFragment(
    graphql`
      fragment TrackLyrics_track on Track {
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
  const { seek } = useSeekIn(id);
  const now = useCurrentLine(id, lyrics?.lines ?? []);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const line = now.line < 0 ? null : list.current?.children[now.line];
    const box = list.current;
    // Only the list scrolls, never the page under somebody's eyes.
    if (line instanceof HTMLElement && box)
      box.scrollTo({ top: line.offsetTop - box.clientHeight / 2 + line.clientHeight / 2, behavior: 'smooth' });
  }, [now.line]);
  if (!lyrics || lyrics.lines.length === 0) return null;
  return (
    <Section title={t('track.lyrics')}>
      <ol
        className={styles.lyrics}
        ref={list}
        lang={lyrics.language ?? undefined}
        tabIndex={0}
        aria-label={t('track.lyrics')}
      >
        {lyrics.lines.map((line, index) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: lines stand in a fixed order and may be alike
            key={index}
            dir="auto"
            aria-current={index === now.line ? 'true' : undefined}
            data-past={index < now.line || undefined}
          >
            {lyrics.synced && line.startMs !== null && line.startMs !== undefined ? (
              <button type="button" onClick={() => seek(line.startMs ?? 0)}>
                <Words line={line} current={index === now.line ? now.word : null} />
              </button>
            ) : (
              line.text || ' '
            )}
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** A line; of the one that sounds the words that have begun are lit. */
export function Words({ line, current }: { line: Line; current: number | null }) {
  if (current === null || !line.words || line.words.length === 0) return <>{line.text || '♪'}</>;
  return (
    <>
      {line.words.map((word, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: words stand in a fixed order and may be alike
        <span key={index} data-sung={index <= current || undefined}>
          {word.text}{' '}
        </span>
      ))}
    </>
  );
}

const NOWHERE = { line: -1, word: -1 };

/** The line and word that sound, followed while the track plays. */
export function useCurrentLine(trackId: string, lines: readonly Line[]): { line: number; word: number } {
  const player = usePlayer();
  const { isCurrent } = useSeekIn(trackId);
  const isSounding = useIsSounding(trackId);
  const [now, setNow] = useState(NOWHERE);
  useEffect(() => {
    if (!isCurrent || !player) return setNow(NOWHERE);
    const starts = lines.map(({ startMs }) => startMs);
    let frame = 0;
    const look = () => {
      const position = player.positionMs();
      const line = lastStarted(starts, position);
      const word = lastStarted(lines[line]?.words?.map(({ startMs }) => startMs) ?? [], position);
      setNow((last) => (last.line === line && last.word === word ? last : { line, word }));
      if (isSounding) frame = requestAnimationFrame(look);
    };
    look();
    return () => cancelAnimationFrame(frame);
  }, [player, isCurrent, isSounding, lines]);
  return now;
}
