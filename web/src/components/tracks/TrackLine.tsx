import type { ReactNode } from 'react';
import { graphql, useFragment } from 'react-relay';

import { useFormat } from '../../i18n/useFormat';
import { Cover } from '../cards/Cover';
import type { TrackLine_track$key } from './__generated__/TrackLine_track.graphql';
import { namesOf } from './joinNames';

/** A track as an entry of a short list: cover, title, artists, duration, and what can be done with it. */
export function TrackLine({ track, children }: { track: TrackLine_track$key; children?: ReactNode }) {
  const format = useFormat();
  const { title, durationMs, artists, album } = useFragment(
    graphql`
      fragment TrackLine_track on Track {
        title
        durationMs
        artists {
          id
          name
        }
        album {
          title
          coverUrl
        }
      }
    `,
    track,
  );
  return (
    <li>
      <Cover url={album?.coverUrl as string | null} title={album?.title ?? title} sizes="2.75rem" />
      <div>
        <strong dir="auto">{title}</strong>
        <small dir="auto">{namesOf(artists)}</small>
      </div>
      <small>{format.clock(durationMs)}</small>
      {children}
    </li>
  );
}
