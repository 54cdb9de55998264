import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import * as format from './format';

/** The formatters of `format.ts` in the language that is shown. */
export function useFormat() {
  const { i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(
    () => ({
      language,
      clock: (ms: number) => format.clock(ms, language),
      duration: (ms: number, display?: 'short' | 'long') => format.duration(ms, language, display),
      count: (value: number, compact?: boolean) => format.count(value, language, compact),
      bytes: (value: number) => format.bytes(value, language),
      percent: (value: number) => format.percent(value, language),
      partialDate: (value: string) => format.partialDate(value, language),
      dateTime: (value: string | number | Date) => format.dateTime(value, language),
      day: (value: string | number | Date) => format.day(value, language),
      relative: (value: string | number | Date) => format.relative(value, language),
    }),
    [language],
  );
}
