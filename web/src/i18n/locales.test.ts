import { describe, expect, test } from 'vitest';

import { LANGUAGES, type Language } from './languages';
import { NAMESPACES } from './namespaces';

const FILES = import.meta.glob<Record<string, string>>('./locales/*/*.json', { eager: true, import: 'default' });
const OTHERS = Object.keys(LANGUAGES).filter((language) => language !== 'en') as Language[];
const PLURAL = /_(zero|one|two|few|many|other)$/;

const texts = (language: string, namespace: string) => FILES[`./locales/${language}/${namespace}.json`] ?? {};
const isPlural = (key: string, all: Record<string, string>) =>
  PLURAL.test(key) && `${key.replace(PLURAL, '')}_other` in all;

/** The keys that a language must have, from those of English: plurals in all of its own forms. */
function expectedKeys(language: string, english: Record<string, string>): string[] {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const keys = Object.keys(english).flatMap((key) =>
    isPlural(key, english) ? forms.map((form) => key.replace(PLURAL, `_${form}`)) : [key],
  );
  return [...new Set(keys)].sort();
}

const placeholders = (text: string) => [...text.matchAll(/{{\s*(\w+)[^}]*}}/g)].map((match) => match[1] ?? '');

describe.each(OTHERS)('%s', (language) => {
  test.each(NAMESPACES)('has every text of %s, and none that English lacks', (namespace) => {
    expect(Object.keys(texts(language, namespace)).sort()).toEqual(expectedKeys(language, texts('en', namespace)));
  });

  test.each(NAMESPACES)('fills in only what English does, in %s', (namespace) => {
    const english = texts('en', namespace);
    for (const [key, text] of Object.entries(texts(language, namespace))) {
      const base = key.replace(PLURAL, '');
      const original = english[key] ?? english[`${base}_other`] ?? '';
      const allowed = new Set(placeholders(original));
      expect(
        placeholders(text).filter((name) => !allowed.has(name)),
        `${namespace}:${key}`,
      ).toEqual([]);
      // A plural form may say its number in words; every other text must use what it is given.
      if (!PLURAL.test(key)) expect(new Set(placeholders(text)), `${namespace}:${key}`).toEqual(allowed);
      expect(text.trim(), `${namespace}:${key}`).not.toBe('');
    }
  });
});

test('English has every form of its plurals', () => {
  for (const namespace of NAMESPACES) {
    const english = texts('en', namespace);
    expect(Object.keys(english).sort()).toEqual(expectedKeys('en', english));
  }
});
