import { useActionState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { TextField } from '../../components/controls/TextField';
import { toast } from '../../components/feedback/toasts';
import { useMutate } from '../../relay/useMutate';
import type { LyricsOffset_lyrics$key } from './__generated__/LyricsOffset_lyrics.graphql';
import type { LyricsOffsetMutation } from './__generated__/LyricsOffsetMutation.graphql';
import { type EditedLine, editedLines } from './lrc';
import styles from './Studio.module.css';

/** The furthest that words can be moved, either way. */
const FURTHEST_MS = 10_000;

interface LyricsOffsetProps {
  readonly trackId: string;
  readonly lyrics: LyricsOffset_lyrics$key;
  /** Called with the lines at their new times. */
  readonly onMoved: (lines: readonly EditedLine[]) => void;
}

/** Moves all words in time at once, for a recording that begins sooner or later than the one that they were timed for. */
export function LyricsOffset({ trackId, lyrics, onMoved }: LyricsOffsetProps) {
  const { t } = useTranslation(['studio', 'common']);
  const { offsetMs } = useFragment(
    graphql`
      fragment LyricsOffset_lyrics on Lyrics {
        offsetMs
      }
    `,
    lyrics,
  );
  const [send] = useMutate<LyricsOffsetMutation>(graphql`
    mutation LyricsOffsetMutation($trackId: ID!, $offsetMs: Int!) {
      setLyricsOffset(trackId: $trackId, offsetMs: $offsetMs) {
        track {
          version
          ...LyricsEditor_track
          lyrics {
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
        userErrors {
          code
          message
        }
      }
    }
  `);
  const [, move, isBusy] = useActionState(async (_: null, form: FormData) => {
    const wanted = Number(form.get('offset'));
    const payload = (await send({ trackId, offsetMs: wanted }).catch(() => null))?.setLyricsOffset;
    const moved = payload?.track?.lyrics;
    if (!moved) {
      toast(payload?.userErrors[0]?.message ?? t('common:actionFailed'), { tone: 'error' });
      return null;
    }
    onMoved(editedLines(moved.lines));
    toast(t('studio:saved'));
    return null;
  }, null);
  return (
    <form action={move} className={styles.buttons} key={offsetMs}>
      <TextField
        label={t('studio:offset')}
        hint={t('studio:offsetHint')}
        name="offset"
        type="number"
        min={-FURTHEST_MS}
        max={FURTHEST_MS}
        step={1}
        required
        dir="ltr"
        defaultValue={offsetMs}
      />
      <Button type="submit" busy={isBusy}>
        {t('studio:offsetSet')}
      </Button>
    </form>
  );
}
