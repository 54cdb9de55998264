import { useEffect, useRef } from 'react';

import { usePlayerState } from '../../player/usePlayer';
import { useCreatedPlayer } from '../../shell/PlayerProvider';
import styles from './NowPlaying.module.css';
import { bands } from './spectrum';

const BARS = 48;

/** A picture of the sound of this tab. Nothing is drawn for whoever wants less motion, or while sound comes from elsewhere. */
export function Visualiser() {
  const created = useCreatedPlayer();
  const canvas = useRef<HTMLCanvasElement>(null);
  const sounds = usePlayerState((state) => state.playsHere && state.status === 'PLAYING');
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || !created || !sounds) return;
    let frame = 0;
    const draw = () => {
      frame = requestAnimationFrame(draw);
      const analyser = created.analyser();
      if (!analyser) return;
      sizeTo(element);
      paint(context, bands(spectrumOf(analyser), BARS, analyser.context.sampleRate));
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      context.clearRect(0, 0, element.width, element.height);
    };
  }, [created, sounds]);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without tabindex takes no focus
  return <canvas ref={canvas} className={styles.visualiser} aria-hidden="true" data-on={sounds || undefined} />;
}

function spectrumOf(analyser: AnalyserNode): Uint8Array {
  const bins = new Uint8Array(analyser.frequencyBinCount);
  analyser.getByteFrequencyData(bins);
  return bins;
}

/** As many pixels as are shown. */
function sizeTo(element: HTMLCanvasElement): void {
  const ratio = Math.min(2, devicePixelRatio);
  const [width, height] = [Math.round(element.clientWidth * ratio), Math.round(element.clientHeight * ratio)];
  if (element.width !== width || element.height !== height) [element.width, element.height] = [width, height];
}

function paint(context: CanvasRenderingContext2D, heights: readonly number[]): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(context.canvas).color;
  const step = width / heights.length;
  const bar = step * 0.62;
  for (const [index, share] of heights.entries()) {
    const tall = Math.max(bar, share * height);
    context.beginPath();
    context.roundRect(index * step + (step - bar) / 2, height - tall, bar, tall, bar / 2);
    context.fill();
  }
}
