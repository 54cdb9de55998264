import { Link } from '@tanstack/react-router';
import { type CSSProperties, useState, useTransition } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay';

import { AlbumCard } from '../../components/cards/AlbumCard';
import { Select } from '../../components/controls/TextField';
import { PartialFailure } from '../../components/feedback/States';
import { Page, Section } from '../../components/layout/Page';
import { VirtualGrid } from '../../components/layout/VirtualGrid';
import { TrackList } from '../../components/tracks/TrackList';
import { toListed } from '../../components/tracks/toListed';
import { useLoadOnNeed } from '../../relay/useLoadOnNeed';
import type { Explore_albums$key } from './__generated__/Explore_albums.graphql';
import type { AlbumSort, ExploreQuery } from './__generated__/ExploreQuery.graphql';
import styles from './Explore.module.css';

const SORTS = ['NEWEST', 'RELEASED', 'POPULAR', 'TITLE', 'ARTIST'] as const satisfies readonly AlbumSort[];

/** Screen 7: genres, charts and all albums. */
export default function Explore() {
  const { t } = useTranslation('music');
  const { t: common } = useTranslation();
  const [sort, setSort] = useState<AlbumSort>('NEWEST');
  const [isPending, startTransition] = useTransition();
  const data = useLazyLoadQuery<ExploreQuery>(
    graphql`
      query ExploreQuery($sort: AlbumSort!) {
        genres @catch {
          name
          slug
        }
        charts(first: 5, window: WEEK) @catch {
          track {
            id
            ...TrackRow_track
          }
        }
        ...Explore_albums @arguments(sort: $sort)
      }
    `,
    { sort },
    { fetchPolicy: 'store-and-network' },
  );
  const charts = data.charts.ok ? toListed(data.charts.value?.map(({ track }) => ({ node: track })) ?? []) : null;
  return (
    <Page title={t('explore')}>
      {data.genres.ok ? <Genres genres={data.genres.value ?? []} /> : <PartialFailure what={t('genres')} />}
      {charts === null && <PartialFailure what={t('charts')} />}
      {charts && charts.length > 0 && (
        <Section title={t('charts')} action={<Link to="/charts">{common('showAll')}</Link>}>
          <TrackList label={t('charts')} items={charts} columns={{ number: 'index', cover: true, album: true }} />
        </Section>
      )}
      <Section
        title={t('allAlbums')}
        action={
          <Select
            hideLabel
            label={t('sort')}
            options={SORTS.map((value) => ({ value, label: t(`sort.${value}`) }))}
            value={sort}
            onChange={(value) => startTransition(() => setSort(value as AlbumSort))}
          />
        }
      >
        <div aria-busy={isPending}>
          <Albums query={data} />
        </div>
      </Section>
    </Page>
  );
}

/** The hue of a genre's tile: always the same for a name. */
const hue = (name: string) => [...name].reduce((sum, letter) => (sum * 33 + (letter.codePointAt(0) ?? 0)) % 360, 7);

function Genres({ genres }: { genres: readonly { readonly name: string; readonly slug: string }[] }) {
  const { t } = useTranslation('music');
  if (genres.length === 0) return null;
  return (
    <Section title={t('genres')}>
      <ul className={styles.genres}>
        {genres.map(({ name, slug }) => (
          <li key={slug}>
            <Link
              to="/genres/$slug"
              params={{ slug }}
              className={styles.genre}
              style={{ '--hue': hue(name) } as CSSProperties}
              dir="auto"
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Albums({ query }: { query: Explore_albums$key }) {
  const { t } = useTranslation('music');
  const { data, ...paged } = usePaginationFragment(
    graphql`
      fragment Explore_albums on Query
      @refetchable(queryName: "ExploreAlbumsQuery")
      @argumentDefinitions(
        count: { type: "Int", defaultValue: 60 }
        after: { type: "String" }
        sort: { type: "AlbumSort", defaultValue: NEWEST }
      ) {
        albums(first: $count, after: $after, sort: $sort) @connection(key: "Explore_albums", filters: ["sort"]) {
          totalCount
          edges {
            node {
              id
              ...AlbumCard_album
            }
          }
        }
      }
    `,
    query,
  );
  const onNeed = useLoadOnNeed(paged);
  return (
    <VirtualGrid
      label={t('allAlbums')}
      items={data.albums?.edges.map(({ node }) => node) ?? []}
      totalCount={data.albums?.totalCount ?? 0}
      onNeed={onNeed}
      keyOf={(album) => album.id}
      render={(album) => <AlbumCard album={album} />}
    />
  );
}
