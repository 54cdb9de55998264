import { type CSSProperties, type PointerEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useFormat } from '../../i18n/useFormat';
import { bars, barsPath } from './bars';
import styles from './Waveform.module.css';

/** How wide a bar is with its space, in pixels. */
const BAR_PX = 5;

export interface WaveformProps {
  /** How loud the track is along its length, 0 to 1; null: nobody knows, and a plain line is shown. */
  readonly points: readonly number[] | null;
  readonly durationMs: number;
  /** Null: this is not what plays. */
  readonly positionMs: number | null;
  readonly onSeek: (positionMs: number) => void;
}

/** The shape of a track, on which its position is seen and changed. To a keyboard and a screen reader it is a slider. */
export function Waveform({ points, durationMs, positionMs, onSeek }: WaveformProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  const [dragged, setDragged] = useState<number | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const count = Math.max(20, Math.floor(width / BAR_PX));
  const heights = useMemo(() => (points ? bars(points, count) : new Array<number>(count).fill(0.02)), [points, count]);
  const path = useMemo(() => barsPath(heights), [heights]);
  const position = dragged ?? positionMs ?? 0;
  const share = durationMs > 0 ? Math.min(1, position / durationMs) : 0;
  const point = (event: PointerEvent) => {
    const rect = box.current?.getBoundingClientRect();
    if (!rect || event.pointerType === 'touch') return;
    const along = (event.clientX - rect.left) / rect.width;
    setPointed(Math.min(1, Math.max(0, document.documentElement.dir === 'rtl' ? 1 - along : along)));
  };
  const commit = () => {
    if (dragged === null) return;
    onSeek(dragged);
    setDragged(null);
  };
  const style = { '--share': share, '--pointed': pointed ?? 0 } as CSSProperties;
  return (
    <div className={styles.wave} ref={box} style={style} onPointerMove={point} onPointerLeave={() => setPointed(null)}>
      <svg className={styles.bars} viewBox={`0 0 ${heights.length} 100`} preserveAspectRatio="none" aria-hidden="true">
        <path d={path} vectorEffect="non-scaling-stroke" />
      </svg>
      <svg
        className={styles.played}
        viewBox={`0 0 ${heights.length} 100`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path d={path} vectorEffect="non-scaling-stroke" />
      </svg>
      {pointed !== null && (
        <span className={styles.tip} aria-hidden="true">
          {format.clock(pointed * durationMs)}
        </span>
      )}
      <input
        type="range"
        className={styles.input}
        aria-label={t('position')}
        aria-valuetext={t('positionOf', {
          position: format.duration(position, 'long'),
          duration: format.duration(durationMs, 'long'),
        })}
        min={0}
        max={Math.max(1, durationMs)}
        step={1000}
        value={position}
        disabled={durationMs === 0}
        onChange={(event) => setDragged(Number(event.target.value))}
        onPointerUp={commit}
        onKeyUp={commit}
        onBlur={commit}
      />
    </div>
  );
}
