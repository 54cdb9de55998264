/**
 * Makes media for tests: tones, cut by FFmpeg exactly as the platform's pipeline does it
 * (subgraphs/media/src/pipeline/arguments.rs), with the figures that `Rendition.gapless` would have.
 */

import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Sounds as a function of the sample's number, -1 to 1. */
export type Wave = (sample: number) => number;

export interface Recording {
  readonly name: string;
  readonly rate: number;
  readonly wave: Wave;
  /** The samples `[from, to)` of the wave. */
  readonly from: number;
  readonly to: number;
  readonly renditions: readonly ('flac' | `aac-${number}`)[];
}

export interface EncodedRendition {
  readonly name: string;
  readonly codec: 'AAC' | 'FLAC';
  readonly bitrateKbps: number;
  readonly bandwidth: number;
  readonly durations: readonly number[];
  readonly gapless: { encoderDelay: number; padding: number; sampleRateHz: number; totalSamples: number };
  /** The folder with `init.mp4` and `00000.m4s`, … */
  readonly folder: string;
}

export interface EncodedTrack {
  readonly name: string;
  readonly durationMs: number;
  readonly renditions: readonly EncodedRendition[];
}

const AAC_FRAME = 1024;
const AAC_DELAY = 1024;
const run = promisify(execFile);

/** Encodes a recording into `folder`. */
export async function encode(recording: Recording, folder: string): Promise<EncodedTrack> {
  const base = join(folder, recording.name);
  await rm(base, { recursive: true, force: true });
  await mkdir(base, { recursive: true });
  const source = join(base, 'source.wav');
  await writeFile(source, wav(recording));
  const renditions: EncodedRendition[] = [];
  for (const name of recording.renditions) renditions.push(await rendition(recording, name, source, join(base, name)));
  const samples = recording.to - recording.from;
  return { name: recording.name, durationMs: Math.round((samples / recording.rate) * 1000), renditions };
}

async function rendition(
  { rate, from, to }: Recording,
  name: string,
  source: string,
  folder: string,
): Promise<EncodedRendition> {
  await mkdir(folder, { recursive: true });
  const isFlac = name === 'flac';
  const kbps = isFlac ? 0 : Number(name.slice(4));
  const graph = `[0:a]asetpts=round(N/SR/TB),aresample=${rate},aformat=sample_fmts=${isFlac ? 's16' : 'fltp'}[r]`;
  const codec = isFlac ? 'flac -bits_per_raw_sample 16 -strict -2' : `aac -b:a ${kbps}k`;
  const hls =
    `-map [r] -c:a ${codec} -map_metadata -1 -map_chapters -1 -f hls -hls_time 6 -hls_list_size 0 ` +
    '-hls_playlist_type event -hls_flags temp_file -hls_segment_type fmp4 -hls_fmp4_init_filename init.mp4 ' +
    '-hls_segment_filename %05d.m4s ffmpeg.m3u8';
  const input = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', '-i', source, '-filter_complex', graph];
  await run('ffmpeg', [...input, ...hls.split(' ')], { cwd: folder });
  const list = await readFile(join(folder, 'ffmpeg.m3u8'), 'utf8');
  const durations = [...list.matchAll(/#EXTINF:([\d.]+)/g)].map((match) => Number(match[1]));
  const files = (await readdir(folder)).filter((file) => file.endsWith('.m4s'));
  const sizes = await Promise.all(files.map(async (file) => (await readFile(join(folder, file))).byteLength));
  const seconds = (to - from) / rate;
  const bandwidth = Math.ceil((sizes.reduce((sum, size) => sum + size, 0) * 8) / seconds);
  const encoderDelay = isFlac ? 0 : AAC_DELAY;
  const total = to - from;
  const padding = isFlac ? 0 : (AAC_FRAME - ((total + encoderDelay) % AAC_FRAME)) % AAC_FRAME;
  return {
    name,
    codec: isFlac ? 'FLAC' : 'AAC',
    bitrateKbps: isFlac ? Math.round(bandwidth / 1000) : kbps,
    bandwidth,
    durations,
    gapless: { encoderDelay, padding, sampleRateHz: rate, totalSamples: total },
    folder,
  };
}

/** What FFmpeg decodes of a rendition, cut as its figures say: what a player should give out. */
export async function decode({ folder, durations, gapless }: EncodedRendition): Promise<Float32Array> {
  const names = ['init.mp4', ...durations.map((_, index) => `${String(index).padStart(5, '0')}.m4s`)];
  const whole = join(folder, 'whole.mp4');
  await writeFile(whole, Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, name))))));
  const input = ['-v', 'error', '-flags2', '+skip_manual', '-i', whole, '-f', 'f32le', '-ac', '1', '-'];
  const { stdout } = await run('ffmpeg', input, { encoding: 'buffer', maxBuffer: 2 ** 28 });
  const samples = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength));
  return samples.slice(gapless.encoderDelay, gapless.encoderDelay + gapless.totalSamples);
}

/** A mono WAV of 16 bits. */
function wav({ rate, wave, from, to }: Recording): Buffer {
  const bytes = Buffer.alloc(44 + (to - from) * 2);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(bytes.length - 44, 40);
  for (let sample = from; sample < to; sample += 1)
    bytes.writeInt16LE(Math.round(wave(sample) * 32_000), 44 + (sample - from) * 2);
  return bytes;
}
