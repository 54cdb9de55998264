/**
 * How loud an element is: volume, loudness and fades. Sound goes through Web Audio where that is allowed, because only
 * there a gain can change at an exact moment and be more than 1; everywhere else the element's own volume does.
 */

import type { Loudness } from './media';

/** Steps of gain are spread over this, so that they do not click. */
const RAMP_S = 0.02;
/** True peaks may reach this, dBTP. */
const PEAK_CEILING_DB = -1;

/** What an analyser shows as nothing and as full, at full volume. */
const ANALYSED_DB = [-85, -22] as const;

/** The factor that brings a track to the reference loudness without letting its true peak clip. */
export function loudnessGain(loudness: Loudness | null): number {
  if (!loudness) return 1;
  const gain = 10 ** (loudness.trackGainDb / 20);
  return Math.min(gain, maxGain(loudness));
}

/** The factor of a track that follows one of the same album with `before`: the same, as far as its peak allows. */
export function continuedGain(loudness: Loudness | null, before: number | null): number {
  if (before === null) return loudnessGain(loudness);
  return Math.min(before, loudness ? maxGain(loudness) : 1);
}

/** What the true peak allows; lowering is never limited. */
function maxGain(loudness: Loudness): number {
  return Math.max(1, 10 ** ((PEAK_CEILING_DB - loudness.truePeakDbtp) / 20));
}

/** The audio context of the page, made with the first sound. One for all elements. */
export class AudioGraph {
  #context: AudioContext | null = null;
  #master: GainNode | null = null;
  #analyser: AnalyserNode | null = null;
  #volume = 1;
  readonly #waiting = new Set<() => void>();

  constructor(readonly isAllowed: boolean) {}

  /** Must be called from a click, like `play`. */
  unlock(): void {
    if (!this.isAllowed) return;
    if (!this.#context) {
      this.#context = new AudioContext({ latencyHint: 'playback' });
      this.#master = this.#context.createGain();
      this.#master.gain.value = this.#volume;
      this.#master.connect(this.#context.destination);
      this.#context.addEventListener('statechange', () => this.#runs());
    }
    // Refused without a click; elements are then not connected yet, and it is tried again with the next one.
    if (this.#context.state !== 'running') this.#context.resume().catch(() => {});
  }

  /** The running context; null while sound must not go through it, since a suspended one is silent. */
  get running(): { readonly context: AudioContext; readonly master: GainNode } | null {
    const [context, master] = [this.#context, this.#master];
    return context?.state === 'running' && master ? { context, master } : null;
  }

  /** Runs `action` once, when the context runs: at once in Chromium; in Firefox a moment after the click that allowed it. */
  whenRunning(action: () => void): void {
    this.#waiting.add(action);
    this.#runs();
  }

  #runs(): void {
    if (!this.running) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const action of waiting) action();
  }

  /** Listens to what sounds, for pictures of it; null while sound does not go through Web Audio. Volume is taken out of its scale. */
  analyser(): AnalyserNode | null {
    const { running } = this;
    if (!running) return null;
    if (!this.#analyser) {
      this.#analyser = new AnalyserNode(running.context, { fftSize: 2048, smoothingTimeConstant: 0.8 });
      running.master.connect(this.#analyser);
    }
    const volumeDb = 20 * Math.log10(Math.max(this.#volume, 0.001));
    this.#analyser.minDecibels = ANALYSED_DB[0] + volumeDb;
    this.#analyser.maxDecibels = ANALYSED_DB[1] + volumeDb;
    return this.#analyser;
  }

  set volume(volume: number) {
    this.#volume = volume;
    const { running } = this;
    if (running) running.master.gain.setTargetAtTime(volume, running.context.currentTime, RAMP_S);
    else if (this.#master) this.#master.gain.value = volume;
  }

  get volume(): number {
    return this.#volume;
  }

  async close(): Promise<void> {
    this.#waiting.clear();
    await this.#context?.close();
    this.#context = this.#master = this.#analyser = null;
  }
}

/**
 * Plays an element for no time at all, within a click: a browser that wants one for each element allows it sound from then on,
 * although what it plays is not known yet.
 */
export function unlockElement(element: HTMLAudioElement): void {
  if (!element.paused) return;
  element.play().catch(() => {});
  element.pause();
}

/** The sound of one element. */
export class Output {
  #gainNode: GainNode | null = null;
  #fadeNode: GainNode | null = null;
  #gain = 1;
  #fade = 1;
  #timer: ReturnType<typeof setTimeout> | null = null;
  readonly #connect = () => this.#goThroughGraph();

  constructor(
    readonly element: HTMLAudioElement,
    readonly graph: AudioGraph,
  ) {}

  /** Goes through Web Audio from now on, or once that runs. An element that is connected stays so. */
  connect(): void {
    this.graph.whenRunning(this.#connect);
  }

  #goThroughGraph(): void {
    const { running } = this.graph;
    if (this.#gainNode || !running) return;
    const source = running.context.createMediaElementSource(this.element);
    this.#gainNode = new GainNode(running.context, { gain: this.#gain });
    this.#fadeNode = new GainNode(running.context, { gain: this.#fade });
    source.connect(this.#gainNode).connect(this.#fadeNode).connect(running.master);
    this.element.volume = 1;
  }

  /** Sets the loudness factor, in `inSeconds` of sound. Replaces what was set for later. */
  setGain(gain: number, inSeconds = 0): void {
    this.#cancel();
    const context = this.#gainNode?.context;
    if (this.#gainNode && context) {
      const { gain: parameter } = this.#gainNode;
      parameter.cancelScheduledValues(context.currentTime);
      if (inSeconds === 0) parameter.setTargetAtTime(gain, context.currentTime, RAMP_S / 3);
      else parameter.setValueAtTime(gain, context.currentTime + inSeconds);
      if (inSeconds === 0) this.#gain = gain;
      return;
    }
    const apply = () => {
      this.#gain = gain;
      this.applyVolume();
    };
    if (inSeconds === 0) apply();
    else this.#timer = setTimeout(apply, inSeconds * 1000);
  }

  /** Fades to silence (`to` 0) or from it (1), with equal power. Zero seconds: at once. */
  fade(to: 0 | 1, seconds: number): void {
    const from = this.#fade;
    this.#fade = to;
    const context = this.#fadeNode?.context;
    if (!this.#fadeNode || !context) {
      this.#fadeByVolume(from, to, seconds);
      return;
    }
    const { gain } = this.#fadeNode;
    gain.cancelScheduledValues(context.currentTime);
    if (seconds === 0) gain.setValueAtTime(to, context.currentTime);
    else gain.setValueCurveAtTime(equalPower(from, to), context.currentTime, seconds);
  }

  /** Brings the element's own volume up to date, where Web Audio does not do it. */
  applyVolume(): void {
    if (!this.#gainNode) this.element.volume = Math.min(1, this.graph.volume * this.#gain * this.#fade);
  }

  #fadeByVolume(from: number, to: number, seconds: number): void {
    const began = performance.now();
    const step = () => {
      const part = seconds === 0 ? 1 : Math.min(1, (performance.now() - began) / 1000 / seconds);
      this.#fade = from + (to - from) * part;
      this.applyVolume();
      if (part < 1) setTimeout(step, 40);
    };
    step();
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

const CURVE_POINTS = 64;

function equalPower(from: number, to: number): Float32Array<ArrayBuffer> {
  const curve = new Float32Array(CURVE_POINTS);
  for (let index = 0; index < CURVE_POINTS; index += 1) {
    const part = index / (CURVE_POINTS - 1);
    curve[index] = to > from ? Math.sin((part * Math.PI) / 2) : Math.cos((part * Math.PI) / 2);
  }
  return curve;
}
