import i18next, { type BackendModule, type FormatterModule, type ReadCallback } from 'i18next';
import { initReactI18next } from 'react-i18next';

import { count } from './format';
import { FALLBACK_LANGUAGE, LANGUAGES, type Language } from './languages';
import type { Namespace } from './namespaces';

const FILES = import.meta.glob<Record<string, string>>('./locales/*/*.json', { import: 'default' });

/** Loads a language's texts of one part, as a file of its own. */
const files: BackendModule = {
  type: 'backend',
  init() {},
  read(language: string, namespace: string, done: ReadCallback) {
    const load = FILES[`./locales/${language}/${namespace}.json`];
    if (!load) return done(new Error(`no texts for ${language}/${namespace}`), false);
    load().then(
      (texts) => done(null, texts),
      (error) => done(error, false),
    );
  },
};

/** Writes figures as people do, wherever a text has one: `5,000`. */
const figures: FormatterModule = {
  type: 'formatter',
  init() {},
  add() {},
  addCached() {},
  format: (value, _format, language) =>
    typeof value === 'number' ? count(value, language ?? FALLBACK_LANGUAGE) : value,
};

function applyLanguage(language: string): void {
  const { documentElement: root } = document;
  root.lang = language;
  root.dir = LANGUAGES[language as Language]?.dir ?? 'ltr';
}

/** Resolves when texts can be asked for; rejects as `startI18n` does. */
let started: Promise<unknown> = Promise.resolve();

/** Begins with a language; resolves when the texts that every screen has are there. */
export async function startI18n(language: Language): Promise<void> {
  i18next.on('languageChanged', applyLanguage);
  started = i18next
    .use(files)
    .use(figures)
    .use(initReactI18next)
    .init({
      lng: language,
      // A text that a language lacks shows in English while somebody writes it; a test lets none of these be committed.
      fallbackLng: import.meta.env.DEV ? FALLBACK_LANGUAGE : false,
      load: 'currentOnly',
      ns: ['common', 'player'] satisfies Namespace[],
      defaultNS: 'common',
      // Keys are flat: a text's name may have dots.
      keySeparator: false,
      interpolation: { escapeValue: false, alwaysFormat: true },
      react: { useSuspense: true },
    });
  await started;
  applyLanguage(language);
}

export const setLanguage = (language: Language) => i18next.changeLanguage(language);

/** Loads the texts of a screen beside its code, also while those that every screen has are on their way. */
export async function loadTexts(...namespaces: readonly Namespace[]): Promise<void> {
  // A file that failed is asked for again below, by whoever tells of it.
  for (const namespace of namespaces) FILES[`./locales/${i18next.language}/${namespace}.json`]?.().catch(() => {});
  await started;
  await i18next.loadNamespaces(namespaces);
}
