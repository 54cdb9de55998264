import { Link, useParams } from '@tanstack/react-router';
import { useActionState, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery } from 'react-relay';

import { sendForm } from '../../components/controls/sendForm';
import { Switch, TextField } from '../../components/controls/TextField';
import { Page, Section } from '../../components/layout/Page';
import { useMutate } from '../../relay/useMutate';
import { NotFound } from '../../shell/NotFound';
import type { StudioTrackMutation } from './__generated__/StudioTrackMutation.graphql';
import type { StudioTrackQuery } from './__generated__/StudioTrackQuery.graphql';
import { FormEnd } from './FormEnd';
import { LyricsEditor } from './LyricsEditor';
import { PublicationButtons } from './PublicationButtons';
import { reasonOf } from './refused';
import styles from './Studio.module.css';
import { TrackSources } from './TrackSources';
import { numberOf, splitNames } from './tags';
import { useTrackEdits } from './useTrackEdits';

type Track = NonNullable<StudioTrackQuery['response']['track']>;

/** Screen 17: a track of the viewer with its lyrics, to be edited. */
export default function StudioTrack() {
  const { t } = useTranslation('studio');
  const { trackId } = useParams({ strict: false }) as { trackId: string };
  const [withdrawn, setWithdrawn] = useState(0);
  const { track } = useLazyLoadQuery<StudioTrackQuery>(
    graphql`
      query StudioTrackQuery($id: ID!) {
        track(id: $id) {
          id
          title
          version
          status
          explicit
          isrc
          trackNumber
          discNumber
          artists {
            id
            name
          }
          genres {
            name
          }
          album {
            id
            title
          }
          ...LyricsEditor_track
          ...TrackSources_track
        }
      }
    `,
    { id: trackId },
    { fetchPolicy: 'store-and-network', fetchKey: withdrawn },
  );
  const edits = useTrackEdits();
  if (!track) return <NotFound />;
  return (
    <Page
      title={track.title}
      actions={
        <PublicationButtons
          status={track.status}
          publish={() => edits.publish(track.id)}
          withdraw={async () => {
            const errors = await edits.remove(track.id);
            // The answer says nothing of the track, which has another status and version now.
            if (errors.length === 0) setWithdrawn((count) => count + 1);
            return errors;
          }}
        />
      }
    >
      {track.album && (
        <Link to="/studio/albums/$albumId" params={{ albumId: track.album.id }} dir="auto">
          {track.album.title}
        </Link>
      )}
      <Section title={t('details')}>
        <TrackForm key={track.id} track={track} />
      </Section>
      <TrackSources track={track} />
      <LyricsEditor key={`lyrics ${track.id}`} track={track} />
    </Page>
  );
}

function TrackForm({ track }: { track: Track }) {
  const { t } = useTranslation(['studio', 'common']);
  const [explicit, setExplicit] = useState(track.explicit);
  const [update] = useMutate<StudioTrackMutation>(graphql`
    mutation StudioTrackMutation($id: ID!, $input: TrackInput!, $baseVersion: Int) {
      updateTrack(id: $id, input: $input, baseVersion: $baseVersion) {
        track {
          id
          title
          version
          explicit
          isrc
          trackNumber
          discNumber
          genres {
            name
          }
        }
        userErrors {
          code
          message
        }
      }
    }
  `);
  const [result, submit, isBusy] = useActionState(async (_: string | null, form: FormData) => {
    const input = {
      title: String(form.get('title')).trim(),
      artistIds: track.artists.map(({ id }) => id),
      genres: splitNames(form.get('genres')),
      trackNumber: numberOf(form.get('trackNumber')),
      discNumber: numberOf(form.get('discNumber')),
      isrc: String(form.get('isrc')).trim() || null,
      explicit,
    };
    const payload = (await update({ id: track.id, input, baseVersion: track.version }).catch(() => null))?.updateTrack;
    if (payload?.track) return '';
    const [error] = payload?.userErrors ?? [];
    return error ? reasonOf(error, t('studio:stale')) : t('common:actionFailed');
  }, null);
  return (
    <form onSubmit={sendForm(submit)} className={styles.form}>
      <TextField
        label={t('studio:title')}
        name="title"
        required
        maxLength={300}
        defaultValue={track.title}
        dir="auto"
      />
      <TextField
        label={t('studio:genres')}
        hint={t('studio:genresHint')}
        name="genres"
        defaultValue={track.genres.map(({ name }) => name).join(', ')}
        dir="auto"
      />
      <div className={styles.pair}>
        <TextField
          label={t('studio:trackNumber')}
          name="trackNumber"
          type="number"
          min={1}
          defaultValue={track.trackNumber ?? ''}
        />
        <TextField
          label={t('studio:discNumber')}
          name="discNumber"
          type="number"
          min={1}
          defaultValue={track.discNumber ?? ''}
        />
        <TextField label={t('studio:isrc')} name="isrc" maxLength={15} defaultValue={track.isrc ?? ''} dir="ltr" />
      </div>
      <Switch label={t('studio:explicit')} checked={explicit} onChange={setExplicit} />
      <FormEnd result={result} isBusy={isBusy} />
    </form>
  );
}
