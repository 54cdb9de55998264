import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';

import { PartialFailure } from '../../components/feedback/States';
import { TrackLine } from '../../components/tracks/TrackLine';
import { useFormat } from '../../i18n/useFormat';
import type { RulesPreviewQuery } from './__generated__/RulesPreviewQuery.graphql';
import { type Draft, inputOf } from './rules';
import styles from './SmartEditor.module.css';

/** So long nobody has typed before the server is asked, in milliseconds. */
const PAUSE_MS = 250;

type Preview = NonNullable<RulesPreviewQuery['response']['smartPlaylistPreview']>;

interface State {
  readonly preview: Preview | null;
  readonly error: unknown;
  readonly isBusy: boolean;
}

/** What the rules choose now, anew with every change of them. The last answer stays until the next one is there. */
function usePreview(draft: Draft): State & { readonly isComplete: boolean } {
  const environment = useRelayEnvironment();
  const [state, setState] = useState<State>({ preview: null, error: null, isBusy: false });
  const input = inputOf(draft);
  const key = input && JSON.stringify(input);
  const latest = useRef(input);
  latest.current = input;
  useEffect(() => {
    const rules = latest.current;
    if (key === null || !rules) return;
    let request: { unsubscribe: () => void } | undefined;
    const timer = setTimeout(() => {
      setState((last) => ({ ...last, isBusy: true }));
      request = fetchQuery<RulesPreviewQuery>(
        environment,
        graphql`
          query RulesPreviewQuery($rules: SmartRulesInput!) {
            smartPlaylistPreview(rules: $rules) {
              itemCount
              durationMs
              tracks {
                id
                ...TrackLine_track
              }
              userErrors {
                message
              }
            }
          }
        `,
        { rules },
        { fetchPolicy: 'network-only' },
      ).subscribe({
        next: (data) =>
          setState({
            preview: data.smartPlaylistPreview ?? null,
            error: data.smartPlaylistPreview ? null : true,
            isBusy: false,
          }),
        error: (error: unknown) => setState((last) => ({ ...last, error, isBusy: false })),
      });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      request?.unsubscribe();
    };
  }, [environment, key]);
  return { ...state, isComplete: key !== null };
}

/** What the rules choose now, beside the form. */
export function RulesPreview({ draft }: { draft: Draft }) {
  const { t } = useTranslation(['playlists', 'common']);
  const format = useFormat();
  const { preview, error, isBusy, isComplete } = usePreview(draft);
  const refusal = preview?.userErrors[0]?.message;
  const count = preview ? t('common:trackCount', { count: preview.itemCount }) : '';
  const sum = preview && preview.durationMs > 0 ? `${count} · ${format.duration(preview.durationMs)}` : count;
  return (
    <section className={styles.preview} aria-labelledby="preview" aria-busy={isBusy}>
      <header>
        <h2 id="preview">{t('playlists:rules.preview')}</h2>
        <p role="status">{isComplete ? (refusal ? '' : sum) : t('playlists:rules.incomplete')}</p>
      </header>
      {Boolean(error) && (
        <PartialFailure what={t('playlists:rules.preview')} error={error === true ? undefined : error} />
      )}
      {refusal && <p>{refusal}</p>}
      {preview && !refusal && preview.itemCount === 0 && isComplete && <p>{t('playlists:noneFit.title')}</p>}
      {preview && preview.tracks.length > 0 && (
        <ol className={styles.tracks} tabIndex={0} aria-label={t('playlists:rules.preview')}>
          {preview.tracks.map((track) => (
            <TrackLine key={track.id} track={track} />
          ))}
        </ol>
      )}
    </section>
  );
}
