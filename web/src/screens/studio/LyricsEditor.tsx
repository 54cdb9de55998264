import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { ConfirmDialog } from '../../components/controls/ConfirmDialog';
import { TextArea } from '../../components/controls/TextField';
import { toast } from '../../components/feedback/toasts';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { usePlayer, usePlayerState } from '../../player/usePlayer';
import { useMutate } from '../../relay/useMutate';
import type { LyricsEditor_track$key } from './__generated__/LyricsEditor_track.graphql';
import type { LyricsEditorMutation } from './__generated__/LyricsEditorMutation.graphql';
import { LyricsOffset } from './LyricsOffset';
import { type EditedLine, editedLines, isUntimed, nextUntimed, rewritten, timed, writeLrc } from './lrc';
import styles from './Studio.module.css';

/** The words of a track: typed or pasted, then given their times while the track plays, one press for each line. */
export function LyricsEditor({ track }: { track: LyricsEditor_track$key }) {
  const { t } = useTranslation(['studio', 'common']);
  const data = useFragment(
    graphql`
      fragment LyricsEditor_track on Track {
        id
        lyrics {
          synced
          ...LyricsOffset_lyrics
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
  const [lines, setLines] = useState<readonly EditedLine[]>(() => editedLines(data.lyrics?.lines ?? []));
  const [isAsking, setAsking] = useState(false);
  const [send, isBusy] = useMutate<LyricsEditorMutation>(graphql`
    mutation LyricsEditorMutation($trackId: ID!, $lrc: String!) {
      setLyrics(trackId: $trackId, lrc: $lrc) {
        track {
          version
          ...LyricsEditor_track
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  const save = async () => {
    const payload = (await send({ trackId: data.id, lrc: writeLrc(lines) }).catch(() => null))?.setLyrics;
    if (payload?.track) toast(t('studio:saved'));
    else toast(payload?.userErrors[0]?.message ?? t('common:actionFailed'), { tone: 'error' });
  };
  // With one line untimed no line keeps its time: nobody wants that by mistake.
  const losesTimes = Boolean(data.lyrics?.synced) && isUntimed(lines);
  return (
    <Section
      title={t('studio:lyrics')}
      action={
        <Button variant="primary" size="s" busy={isBusy} onClick={() => (losesTimes ? setAsking(true) : void save())}>
          {t('common:save')}
        </Button>
      }
    >
      <TextArea
        label={t('studio:words')}
        hint={t('studio:wordsHint')}
        rows={8}
        dir="auto"
        defaultValue={lines.map(({ text }) => text).join('\n')}
        onChange={(event) => setLines(rewritten(lines, event.target.value))}
      />
      <Timing trackId={data.id} lines={lines} onChange={setLines} />
      {data.lyrics?.synced && <LyricsOffset trackId={data.id} lyrics={data.lyrics} onMoved={setLines} />}
      {isAsking && (
        <ConfirmDialog
          title={t('studio:saveUntimed')}
          body={t('studio:saveUntimedBody')}
          confirm={t('studio:saveUntimed')}
          onClose={() => setAsking(false)}
          onConfirm={save}
        />
      )}
    </Section>
  );
}

interface TimingProps {
  readonly trackId: string;
  readonly lines: readonly EditedLine[];
  readonly onChange: (lines: readonly EditedLine[]) => void;
}

function Timing({ trackId, lines, onChange }: TimingProps) {
  const { t } = useTranslation(['studio', 'common']);
  const format = useFormat();
  const player = usePlayer();
  const isPlaying = usePlayerState((state) => state.track?.id === trackId && state.status === 'PLAYING');
  const next = nextUntimed(lines);
  const list = useRef<HTMLOListElement>(null);
  const setTime = (index: number, startMs: number | null) =>
    onChange(lines.map((line, at) => (at === index ? timed(line, startMs) : line)));
  const tap = () => {
    if (next < 0 || !player) return;
    setTime(next, Math.round(player.positionMs()));
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
  };
  const nextText = lines[next]?.text;
  return (
    <>
      <div className={styles.buttons}>
        <Button onClick={() => void (isPlaying ? player?.pause() : player?.playTracks([trackId]))}>
          {t(isPlaying ? 'common:pause' : 'common:play')}
        </Button>
        <Button variant="primary" disabled={!isPlaying || next < 0} onClick={tap}>
          {t('studio:tap')}
        </Button>
        <Button variant="quiet" onClick={() => onChange(lines.map((line) => timed(line, null)))}>
          {t('studio:clearTimes')}
        </Button>
      </div>
      <p role="status" dir="auto">
        {nextText ? t('studio:nextLine', { line: nextText }) : lines.length > 0 ? t('studio:allTimed') : ''}
      </p>
      <ol ref={list} className={styles.lines} aria-label={t('studio:lines')}>
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name, and may be alike
          <li key={index} data-next={index === next || undefined}>
            <span className={styles.time}>{line.startMs === null ? '–' : format.clock(line.startMs)}</span>
            <span dir="auto">{line.text}</span>
            {line.startMs !== null && (
              <Button
                size="s"
                variant="quiet"
                aria-label={t('studio:clearTimeOf', { line: line.text })}
                onClick={() => setTime(index, null)}
              >
                {t('studio:clearTime')}
              </Button>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
