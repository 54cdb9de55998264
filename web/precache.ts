/**
 * What the service worker fetches before anybody needs it, and what only when it was used once. The first is what plays offline:
 * the shell, the player and the songs that are kept; the second are all other screens, and the texts of languages.
 */
import { readFileSync } from 'node:fs';

/** The modules with which the page starts and plays without a network. */
const CORE = [
  'index.html',
  'src/screens/home/Home.tsx',
  'src/screens/offline/Offline.tsx',
  'src/screens/now-playing/NowPlaying.tsx',
  'src/screens/now-playing/LyricsPanel.tsx',
  'src/screens/queue/QueuePanel.tsx',
  'src/shell/SidePanel.tsx',
  'src/player/createPlayer.ts',
  'src/components/controls/MenuPopover.tsx',
];

/** The revision of what is fetched when it is used: its name has its hash, so it needs none. */
export const LATER = 'later';

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
}

interface Entry {
  readonly url: string;
  revision: string | null;
  readonly size: number;
}

function coreFiles(manifest: Readonly<Record<string, Chunk>>): Set<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const visit = (name: string) => {
    const chunk = manifest[name];
    if (seen.has(name)) return;
    if (!chunk) throw new Error(`${name} is no module of the build`);
    seen.add(name);
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const name of CORE) visit(name);
  return files;
}

/** Marks what is fetched later, among the files that the worker gets to know. */
export function markLater(entries: Entry[]): { manifest: Entry[] } {
  const core = coreFiles(JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8')));
  const manifest = entries.map((entry) =>
    entry.url.startsWith('assets/') && !core.has(entry.url) ? { ...entry, revision: LATER } : entry,
  );
  return { manifest };
}

/** The texts of a language have it in their names, so that the worker knows which ones to keep. */
export function chunkName({ facadeModuleId }: { facadeModuleId?: string | null }): string {
  const language = /\/locales\/([\w-]+)\/\w+\.json$/.exec(facadeModuleId ?? '')?.[1];
  return language ? `assets/texts-${language}-[name]-[hash].js` : 'assets/[name]-[hash].js';
}
