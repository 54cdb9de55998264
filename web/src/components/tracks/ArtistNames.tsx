import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { ArtistNames_artists$key } from './__generated__/ArtistNames_artists.graphql';
import { joinNames } from './joinNames';

/** Artists as links, with the language's own commas. `focusable`: whether Tab stops at each; in a grid's rows only in the current one. */
export function ArtistNames({ artists, focusable = true }: { artists: ArtistNames_artists$key; focusable?: boolean }) {
  const data = useFragment(
    graphql`
      fragment ArtistNames_artists on Artist @relay(plural: true) {
        id
        name
      }
    `,
    artists,
  );
  return (
    <>
      {joinNames(data, (artist) => artist.name).map(({ item, before }) => (
        <Fragment key={item.id}>
          {before}
          <Link to="/artists/$artistId" params={{ artistId: item.id }} tabIndex={focusable ? undefined : -1} dir="auto">
            {item.name}
          </Link>
        </Fragment>
      ))}
    </>
  );
}
