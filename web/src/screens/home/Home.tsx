import { Link } from "@tanstack/react-router";
import { CloudUpload } from "lucide-react";
import { useTranslation } from "react-i18next";
import { graphql, useLazyLoadQuery } from "react-relay";

import { AlbumCard } from "../../components/cards/AlbumCard";
import { PlaylistCard } from "../../components/cards/PlaylistCard";
import { TrackCard } from "../../components/cards/TrackCard";
import { EmptyState, PartialFailure } from "../../components/feedback/States";
import { Page, Section } from "../../components/layout/Page";
import { Shelf } from "../../components/layout/Shelf";
import { toListed } from "../../components/tracks/toListed";
import { TrackList } from "../../components/tracks/TrackList";
import type { HomeQuery } from "./__generated__/HomeQuery.graphql";
import { greeting } from "./greeting";
import { useHomeRefresh } from "./useHomeRefresh";

type Data = HomeQuery["response"];

/** Screen 2: where to go on, what is new, what others hear, and what might please. Each part fails alone. */
export default function Home() {
  const { t } = useTranslation("home");
  const fetchKey = useHomeRefresh();
  const data = useLazyLoadQuery<HomeQuery>(
    graphql`
      query HomeQuery {
        viewer {
          user {
            displayName
          }
          library @catch {
            history(first: 40) {
              edges {
                node {
                  album {
                    id
                    ...AlbumCard_album
                  }
                }
              }
            }
          }
          recommendations(first: 20) @catch {
            reason
            because
            track {
              id
              ...TrackCard_track
            }
          }
          playlists(first: 20) @catch {
            edges {
              node {
                id
                ...PlaylistCard_playlist
              }
            }
          }
        }
        albums(first: 20, sort: NEWEST) @catch {
          totalCount
          edges {
            node {
              id
              ...AlbumCard_album
            }
          }
        }
        charts(first: 10, window: WEEK) @catch {
          track {
            id
            ...TrackRow_track
          }
        }
        publicPlaylists(first: 20) @catch {
          edges {
            node {
              id
              ...PlaylistCard_playlist
            }
          }
        }
      }
    `,
    {},
    { fetchPolicy: "store-and-network", fetchKey },
  );
  const name = data.viewer?.user.displayName;
  const isEmpty = data.albums.ok && data.albums.value?.totalCount === 0;
  return (
    <Page title={name ? t(`greeting.${greeting(new Date())}`, { name }) : t("title")}>
      {isEmpty && (
        <EmptyState icon={CloudUpload} title={t("empty.title")} action={<Link to="/uploads">{t("empty.action")}</Link>}>
          {t("empty.body")}
        </EmptyState>
      )}
      <GoOn viewer={data.viewer} />
      <NewAlbums albums={data.albums} />
      <Recommendations viewer={data.viewer} />
      <Charts charts={data.charts} />
      <Playlists data={data} />
    </Page>
  );
}

/** The albums that were heard last, each once. */
function GoOn({ viewer }: { viewer: Data["viewer"] }) {
  const { t } = useTranslation("home");
  if (!viewer) return null;
  if (!viewer.library.ok) return <PartialFailure what={t("goOn")} />;
  const albums = new Map(viewer.library.value?.history.edges.flatMap(({ node }) => (node?.album ? [[node.album.id, node.album] as const] : [])));
  if (albums.size === 0) return null;
  return (
    <Shelf title={t("goOn")} action={<Link to="/history">{t("history")}</Link>}>
      {[...albums.values()].map((album) => (
        <AlbumCard key={album.id} album={album} />
      ))}
    </Shelf>
  );
}

function NewAlbums({ albums }: { albums: Data["albums"] }) {
  const { t } = useTranslation("home");
  const { t: common } = useTranslation();
  if (!albums.ok) return <PartialFailure what={t("newAlbums")} />;
  const shown = albums.value?.edges.flatMap(({ node }) => node ?? []) ?? [];
  if (shown.length === 0) return null;
  return (
    <Shelf title={t("newAlbums")} action={<Link to="/explore">{common("showAll")}</Link>}>
      {shown.map((album) => (
        <AlbumCard key={album.id} album={album} />
      ))}
    </Shelf>
  );
}

function Recommendations({ viewer }: { viewer: Data["viewer"] }) {
  const { t } = useTranslation("home");
  if (!viewer) return null;
  if (!viewer.recommendations.ok) return <PartialFailure what={t("forYou")} />;
  const shown = viewer.recommendations.value ?? [];
  if (shown.length === 0) return null;
  return (
    <Shelf title={t("forYou")}>
      {shown.map(({ track, reason, because }) => (
        <TrackCard key={track.id} track={track} detail={<span title={because ?? undefined}>{t(because ? `because.${reason}` : `reason.${reason}`, { because })}</span>} />
      ))}
    </Shelf>
  );
}

function Charts({ charts }: { charts: Data["charts"] }) {
  const { t } = useTranslation("home");
  const { t: common } = useTranslation();
  if (!charts.ok) return <PartialFailure what={t("charts")} />;
  const items = toListed(charts.value?.map(({ track }) => ({ node: track })) ?? []);
  if (items.length === 0) return null;
  return (
    <Section title={t("charts")} action={<Link to="/charts">{common("showAll")}</Link>}>
      <TrackList label={t("charts")} items={items} columns={{ number: "index", cover: true, album: true }} />
    </Section>
  );
}

/** The viewer's own playlists, then those that everybody may see. */
function Playlists({ data }: { data: Data }) {
  const { t } = useTranslation("home");
  const { t: common } = useTranslation();
  const own = data.viewer?.playlists;
  if ((own && !own.ok) || !data.publicPlaylists.ok) return <PartialFailure what={common("nav.playlists")} />;
  const mine = own?.value?.edges.flatMap(({ node }) => node ?? []) ?? [];
  const others = data.publicPlaylists.value?.edges.flatMap(({ node }) => (node && !mine.some(({ id }) => id === node.id) ? [node] : [])) ?? [];
  return (
    <>
      {mine.length > 0 && (
        <Shelf title={t("yourPlaylists")} action={<Link to="/library/playlists">{common("showAll")}</Link>}>
          {mine.map((playlist) => (
            <PlaylistCard key={playlist.id} playlist={playlist} />
          ))}
        </Shelf>
      )}
      {others.length > 0 && (
        <Shelf title={t("publicPlaylists")}>
          {others.map((playlist) => (
            <PlaylistCard key={playlist.id} playlist={playlist} />
          ))}
        </Shelf>
      )}
    </>
  );
}
