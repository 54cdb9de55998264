import { describe, expect, it, vi } from 'vitest';

import type { DeckListener } from './deck';
import { NativeDeck } from './nativeDeck';
import { AudioGraph, Output } from './output';

/** An element whose events come later than what they tell, as in browsers. */
class FakeElement extends EventTarget {
  paused = true;
  ended = false;
  error = null;
  readyState = 4;
  currentTime = 0;
  duration = 200;
  volume = 1;
  #src: string | null = null;
  get buffered() {
    return { length: 0 };
  }
  set src(url: string) {
    this.#src = url;
  }
  getAttribute = () => this.#src;
  removeAttribute() {
    this.#src = null;
  }
  load() {}
  async play() {
    this.paused = false;
  }
  /** As `HTMLMediaElement.pause`, and as what a browser does by itself. */
  pause() {
    if (this.paused) return;
    this.paused = true;
    setTimeout(() => this.dispatchEvent(new Event('pause')));
  }
}

async function playing() {
  const element = new FakeElement();
  const interrupted = vi.fn();
  const listener = { changed() {}, trouble() {}, blocked() {}, interrupted } as unknown as DeckListener;
  const open = async () => ({ media: { directUrl: 'about:blank', loudness: null, durationMs: 200_000 } }) as never;
  const audio = element as unknown as HTMLAudioElement;
  const deck = new NativeDeck(audio, new Output(audio, new AudioGraph(false)), listener, { open } as never);
  deck.start([{ key: '1', trackId: 't', albumId: null }], 0);
  await deck.play();
  const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
  await settled();
  return { deck, element, interrupted, settled };
}

describe('a pause', () => {
  it('that was taken back before the browser told of it interrupts nothing', async () => {
    const { deck, element, interrupted, settled } = await playing();
    deck.pause();
    void deck.play();
    await settled();
    expect(interrupted).not.toHaveBeenCalled();
    expect(element.paused).toBe(false);
  });

  it('that the browser makes is told', async () => {
    const { element, interrupted, settled } = await playing();
    element.pause();
    await settled();
    expect(interrupted).toHaveBeenCalledOnce();
  });
});
