import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { Section } from '../../components/layout/Page';
import type { TrackRow_track$key } from '../../components/tracks/__generated__/TrackRow_track.graphql';
import { TrackList } from '../../components/tracks/TrackList';
import { toListed } from '../../components/tracks/toListed';

/** The tracks that are heard most this week. Loaded after what is above it: lists need more code than shelves. */
export default function HomeCharts({ tracks }: { tracks: readonly (TrackRow_track$key & { readonly id: string })[] }) {
  const { t } = useTranslation('home');
  const { t: common } = useTranslation();
  const items = toListed(tracks.map((node) => ({ node })));
  return (
    <Section title={t('charts')} action={<Link to="/charts">{common('showAll')}</Link>}>
      <TrackList label={t('charts')} items={items} columns={{ number: 'index', cover: true, album: true }} />
    </Section>
  );
}
