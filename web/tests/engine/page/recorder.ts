/** Records what the engine's audio graph gives out, sample by sample, through an AudioWorklet. */

import type { Engine } from '../../../src/player/engine/engine';

const PROCESSOR = `registerProcessor('recorder', class extends AudioWorkletProcessor {
  process([input]) {
    const samples = new Float32Array(128);
    if (input[0]) samples.set(input[0]);
    this.port.postMessage({ samples, at: currentFrame }, [samples.buffer]);
    return true;
  }
});`;

const SETTLING_BLOCKS = 64;

export class Recorder {
  readonly #chunks: { samples: Float32Array; at: number }[] = [];

  constructor(readonly engine: Engine) {}

  /** Begins to record; the engine's graph must run (a click, or `play`, makes it). */
  async start(): Promise<void> {
    const running = this.engine.graph.running;
    if (!running) throw new Error('the audio graph does not run');
    const { context, master } = running;
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([PROCESSOR], { type: 'text/javascript' })));
    const node = new AudioWorkletNode(context, 'recorder');
    node.port.onmessage = ({ data }) => this.#chunks.push(data);
    // Its output is silent; connected, it is asked for every block.
    master.connect(node).connect(context.destination);
  }

  /** What was recorded, as base64 of 32-bit floats; throws where the worklet itself missed a block. */
  take(): string {
    // The first blocks come while the graph is still being put together.
    const chunks = this.#chunks.slice(SETTLING_BLOCKS);
    const samples = new Float32Array(chunks.length * 128);
    for (const [index, chunk] of chunks.entries()) {
      const before = chunks[index - 1];
      if (before && chunk.at !== before.at + 128)
        throw new Error(`the recording has a hole of ${chunk.at - before.at - 128} at block ${index} of ${chunks.length}`);
      samples.set(chunk.samples, index * 128);
    }
    let text = '';
    const bytes = new Uint8Array(samples.buffer);
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  }
}
