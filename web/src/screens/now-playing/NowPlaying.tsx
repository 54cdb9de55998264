import { useCanGoBack, useNavigate, useRouter } from '@tanstack/react-router';
import { Disc3, Maximize, Minimize2 } from 'lucide-react';
import { type CSSProperties, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Cover } from '../../components/cards/Cover';
import { IconButton } from '../../components/controls/Button';
import { ErrorBoundary } from '../../components/feedback/ErrorBoundary';
import { EmptyState, PartialFailure } from '../../components/feedback/States';
import { useTitle } from '../../components/layout/Page';
import { PlayingFrom } from '../../components/playing/PlayingFrom';
import PrivateSign from '../../components/playing/PrivateSign';
import type { TrackMeta } from '../../player/types';
import { usePlayerState } from '../../player/usePlayer';
import { useShell } from '../../shell/dialogs';
import { FullControls } from './FullControls';
import styles from './NowPlaying.module.css';
import { NowPlayingDetails } from './NowPlayingDetails';
import { NowPlayingTitle } from './NowPlayingTitle';
import { useAccent } from './useAccent';
import { Visualiser } from './Visualiser';

/** Screen 13: what plays, on the whole screen, in the colour of its cover. */
export default function NowPlaying() {
  const { t } = useTranslation(['player', 'common']);
  const track = usePlayerState((state) => state.track);
  const close = useClose();
  const accent = useAccent(track?.album?.coverUrl);
  useTitle(track ? track.title : t('common:openNowPlaying'));
  const style = accent ? ({ '--glow': `oklch(0.62 ${accent.chroma} ${accent.hue})` } as CSSProperties) : undefined;
  return (
    <div className={styles.screen} style={style} data-accent={accent ? '' : undefined}>
      <header className={styles.top}>
        <IconButton label={t('player:full.close')} icon={<Minimize2 size={20} />} onClick={close} />
        <Source />
        <FullScreenButton />
      </header>
      {track ? (
        <Playing track={track} />
      ) : (
        <EmptyState icon={Disc3} heading="h1" title={t('common:nothingPlays')}>
          {t('player:full.empty')}
        </EmptyState>
      )}
    </div>
  );
}

function Playing({ track }: { track: TrackMeta }) {
  const { t } = useTranslation(['player', 'common']);
  return (
    <div className={styles.columns}>
      <div className={styles.main}>
        <div className={styles.picture}>
          <Cover
            url={track.album?.coverUrl}
            title={track.album?.title ?? track.title}
            sizes="(max-width: 48rem) 90vw, 40rem"
            priority
            className={styles.cover ?? ''}
          />
          <Visualiser />
        </div>
        <PlayingFrom />
        <NowPlayingTitle track={track} />
        <FullControls />
      </div>
      <ErrorBoundary
        resetKey={track.id}
        fallback={(error, retry) => <PartialFailure what={t('player:full.details')} error={error} onRetry={retry} />}
      >
        <NowPlayingDetails trackId={track.id} />
      </ErrorBoundary>
    </div>
  );
}

/** Where the sound comes from: this tab in what quality, another device, or a party. */
function Source() {
  const { t } = useTranslation(['player', 'common']);
  const rendition = usePlayerState((state) => state.rendition);
  const device = usePlayerState((state) => (state.playsHere ? null : (state.activeDevice?.name ?? null)));
  const isParty = usePlayerState((state) => state.listeningSessionId !== null);
  const privateUntil = usePlayerState((state) => state.privateUntil);
  const quality =
    rendition &&
    (rendition.lossless
      ? t('player:full.lossless', { codec: rendition.codec })
      : t('player:full.quality', { codec: rendition.codec, kbps: rendition.bitrateKbps ?? '?' }));
  const parts = [
    isParty && t('player:full.party'),
    device && t('common:playsOn', { device }),
    quality,
    rendition?.offline && t('player:full.saved'),
  ];
  return (
    <p className={styles.source}>
      {parts.filter(Boolean).join(' · ')} {privateUntil && <PrivateSign until={privateUntil} />}
    </p>
  );
}

/** Closes the screen, by its button or by Escape: back to where it was opened. */
function useClose(): () => void {
  const router = useRouter();
  const canGoBack = useCanGoBack();
  const navigate = useNavigate();
  const close = () => {
    if (canGoBack) router.history.back();
    else void navigate({ to: '/' });
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (
        event.key !== 'Escape' ||
        event.defaultPrevented ||
        document.fullscreenElement ||
        useShell.getState().panel ||
        document.querySelector("dialog[open], [role='menu']")
      )
        return;
      close();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
  return close;
}

function FullScreenButton() {
  const { t } = useTranslation('player');
  const [isFull, setFull] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const changed = () => setFull(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', changed);
    return () => {
      document.removeEventListener('fullscreenchange', changed);
      if (document.fullscreenElement) void document.exitFullscreen();
    };
  }, []);
  // Phones of one maker have none; there the page itself is all there is.
  if (!document.fullscreenEnabled) return <span className={styles.noFull} />;
  const toggle = () =>
    void (isFull ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => {});
  return <IconButton label={t('full.wholeScreen')} pressed={isFull} icon={<Maximize size={20} />} onClick={toggle} />;
}
