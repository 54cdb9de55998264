import { expect, test } from 'vitest';

const SOURCES = import.meta.glob<string>('../**/*.tsx', { eager: true, query: '?raw', import: 'default' });

/** Text between tags, and attributes that people read or hear. */
const TEXT = />\s*([A-Za-zÀ-ÿ][^<>{}=;()]*[a-zà-ÿ][^<>{}=;()]*)\s*<\//g;
const ATTRIBUTE = /\s(?:aria-label|title|placeholder|alt|label)="([^"]*[a-zà-ÿ][^"]*)"/g;

test("no text stands in a component instead of in the languages' files", () => {
  const found = Object.entries(SOURCES)
    .filter(([path]) => !path.includes('.test.'))
    .flatMap(([path, source]) =>
      [...source.matchAll(TEXT), ...source.matchAll(ATTRIBUTE)].map((match) => `${path}: ${match[1]?.trim()}`),
    );
  expect(found).toEqual([]);
});
