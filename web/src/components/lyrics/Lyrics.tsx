import { type ReactNode, useEffect, useRef, useState } from 'react';
import { graphql, useFragment } from 'react-relay';

import { usePlayer } from '../../player/usePlayer';
import { useIsSounding, useSeekIn } from '../tracks/useTrackPlayback';
import type { Lyrics_track$data, Lyrics_track$key } from './__generated__/Lyrics_track.graphql';
import { lastStarted } from './lines';

type Line = NonNullable<Lyrics_track$data['lyrics']>['lines'][number];

export interface LyricsProps {
  readonly track: Lyrics_track$key;
  readonly label: string;
  readonly className: string | undefined;
  /** What is shown when the track has none. */
  readonly none: ReactNode;
}

/** The words of a track: where they are timed, what sounds is lit, and a line that is pressed is played. */
export function Lyrics({ track, label, className, none }: LyricsProps) {
  const { id, lyrics } = useFragment(
    graphql`
      fragment Lyrics_track on Track {
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
  if (!lyrics || lyrics.lines.length === 0) return none;
  return <Lines key={id} trackId={id} lyrics={lyrics} label={label} className={className} />;
}

interface LinesProps extends Pick<LyricsProps, 'label' | 'className'> {
  readonly trackId: string;
  readonly lyrics: NonNullable<Lyrics_track$data['lyrics']>;
}

function Lines({ trackId, lyrics, label, className }: LinesProps) {
  const { seek } = useSeekIn(trackId);
  const now = useCurrentLine(trackId, lyrics.lines);
  const list = useRef<HTMLOListElement>(null);
  useLineInSight(list, now.line);
  return (
    // A list that scrolls must be reached by keyboard.
    <ol ref={list} tabIndex={0} lang={lyrics.language ?? undefined} aria-label={label} className={className}>
      {lyrics.lines.map((line, index) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: lines stand in a fixed order and may be alike
          key={index}
          dir="auto"
          aria-current={index === now.line ? 'true' : undefined}
          data-past={index < now.line || undefined}
        >
          {lyrics.synced && line.startMs != null ? (
            <button type="button" onClick={() => seek(line.startMs ?? 0)}>
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

/** A line; of the one that sounds the words that have begun are lit. */
function Words({ line, current }: { line: Line; current: number | null }) {
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
function useCurrentLine(trackId: string, lines: readonly Line[]): { line: number; word: number } {
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
