import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useFragment } from 'react-relay';

import { Button } from '../../components/controls/Button';
import { toast } from '../../components/feedback/toasts';
import { Section } from '../../components/layout/Page';
import { useFormat } from '../../i18n/useFormat';
import { useMutate } from '../../relay/useMutate';
import type { TrackSources_track$data, TrackSources_track$key } from './__generated__/TrackSources_track.graphql';
import type { TrackSourcesRemoveMutation } from './__generated__/TrackSourcesRemoveMutation.graphql';
import type { TrackSourcesSelectMutation } from './__generated__/TrackSourcesSelectMutation.graphql';
import styles from './Studio.module.css';

type Source = NonNullable<TrackSources_track$data['sources']>[number];

/** The files that are kept for a track: which of them plays, and others that may play instead or go. */
export function TrackSources({ track }: { track: TrackSources_track$key }) {
  const { t } = useTranslation(['studio', 'common']);
  const data = useFragment(
    graphql`
      fragment TrackSources_track on Track {
        id
        sources {
          uploadId
          codec
          lossless
          bitrateKbps
          bitDepth
          sampleRateHz
          addedAt
          chosen
          playing
        }
      }
    `,
    track,
  );
  const { sources } = data;
  if (!sources || sources.length === 0) return null;
  const isChosen = sources.some(({ chosen }) => chosen);
  return (
    <Section title={t('studio:sources')}>
      <p>{t('studio:sourcesLead')}</p>
      <ul className={styles.list}>
        {sources.map((source) => (
          <SourceRow key={source.uploadId} trackId={data.id} source={source} isOnly={sources.length === 1} />
        ))}
      </ul>
      {isChosen && <ChooseBest trackId={data.id} />}
    </Section>
  );
}

function SourceRow({ trackId, source, isOnly }: { trackId: string; source: Source; isOnly: boolean }) {
  const { t } = useTranslation(['studio', 'common']);
  const format = useFormat();
  const [isBusy, setBusy] = useState(false);
  const select = useSelect();
  const [remove] = useMutate<TrackSourcesRemoveMutation>(graphql`
    mutation TrackSourcesRemoveMutation($trackId: ID!, $uploadId: ID!) {
      removeTrackSource(trackId: $trackId, uploadId: $uploadId) {
        track {
          id
          version
          ...TrackSources_track
        }
        userErrors {
          code
        }
      }
    }
  `);
  const name = [
    source.codec?.toUpperCase() ?? t('studio:sourceUnknown'),
    source.bitDepth && source.sampleRateHz
      ? t('studio:sourceSampling', { bits: source.bitDepth, rate: format.count(source.sampleRateHz / 1000) })
      : source.bitrateKbps && t('studio:sourceRate', { kbps: source.bitrateKbps }),
    format.day(source.addedAt),
  ]
    .filter(Boolean)
    .join(' · ');
  const run = async (send: () => Promise<readonly unknown[]>) => {
    setBusy(true);
    const refusals = await send().catch(() => ['failed']);
    setBusy(false);
    if (refusals.length > 0) toast(t('common:actionFailed'), { tone: 'error' });
  };
  const { uploadId } = source;
  return (
    <li aria-label={name}>
      <span>{name}</span>
      {source.playing && <span className={styles.badge}>{t('studio:sourcePlays')}</span>}
      {!source.playing && (
        <Button size="s" busy={isBusy} onClick={() => void run(() => select(trackId, uploadId))}>
          {t('studio:sourcePlay')}
        </Button>
      )}
      {!isOnly && (
        <Button
          size="s"
          variant="quiet"
          busy={isBusy}
          onClick={() => void run(async () => (await remove({ trackId, uploadId })).removeTrackSource.userErrors)}
        >
          {t('studio:sourceRemove')}
        </Button>
      )}
    </li>
  );
}

function ChooseBest({ trackId }: { trackId: string }) {
  const { t } = useTranslation(['studio', 'common']);
  const select = useSelect();
  const choose = async () => {
    const refusals = await select(trackId, null).catch(() => ['failed']);
    if (refusals.length > 0) toast(t('common:actionFailed'), { tone: 'error' });
  };
  return (
    <div>
      <Button size="s" onClick={() => void choose()}>
        {t('studio:sourceBest')}
      </Button>
    </div>
  );
}

/** Has a track play one of its sources; null: the best. Gives why not. */
function useSelect() {
  const [select] = useMutate<TrackSourcesSelectMutation>(graphql`
    mutation TrackSourcesSelectMutation($trackId: ID!, $uploadId: ID) {
      selectTrackSource(trackId: $trackId, uploadId: $uploadId) {
        track {
          id
          version
          ...TrackSources_track
        }
        userErrors {
          code
        }
      }
    }
  `);
  return async (trackId: string, uploadId: string | null) =>
    (await select({ trackId, uploadId })).selectTrackSource.userErrors;
}
