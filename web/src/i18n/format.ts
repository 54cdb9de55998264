/** Words for figures, by `Intl`: nothing here is put together from pieces of sentences. */

const cache = new Map<string, unknown>();

/** Formatters are slow to make and many rows want the same one. */
function cached<T>(key: string, make: () => T): T {
  let made = cache.get(key) as T | undefined;
  if (made === undefined) {
    made = make();
    cache.set(key, made);
  }
  return made;
}

/** How long a track is, as a clock shows it: `3:07`, `1:02:09`. Digits are the language's. */
export function clock(ms: number, language: string): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const digits = cached(`digits ${language}`, () => new Intl.NumberFormat(language, { useGrouping: false }));
  const twoDigits = cached(
    `two ${language}`,
    () => new Intl.NumberFormat(language, { useGrouping: false, minimumIntegerDigits: 2 }),
  );
  const minutes = Math.floor(seconds / 60);
  const rest = twoDigits.format(seconds % 60);
  if (minutes < 60) return `${digits.format(minutes)}:${rest}`;
  return `${digits.format(Math.floor(minutes / 60))}:${twoDigits.format(minutes % 60)}:${rest}`;
}

const unit = (language: string, name: string, display: 'short' | 'long') =>
  cached(
    `unit ${language} ${name} ${display}`,
    () => new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: display }),
  );

/** How long something plays, in words: `42 min`, `1 hr, 12 min`; seconds only below a minute. `long` is for screen readers. */
export function duration(ms: number, language: string, display: 'short' | 'long' = 'short'): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return unit(language, 'second', display).format(seconds);
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return unit(language, 'minute', display).format(minutes);
  const parts = [unit(language, 'hour', display).format(Math.floor(minutes / 60))];
  if (minutes % 60 > 0) parts.push(unit(language, 'minute', display).format(minutes % 60));
  return cached(`list ${language}`, () => new Intl.ListFormat(language, { type: 'unit', style: 'short' })).format(
    parts,
  );
}

/** A count as people write it: `12,400`, or short with `compact`: `12K`. */
export function count(value: number, language: string, compact = false): string {
  const notation = compact ? 'compact' : 'standard';
  return cached(`count ${language} ${notation}`, () => new Intl.NumberFormat(language, { notation })).format(value);
}

/** Some bytes: `3.4 MB`. */
export function bytes(value: number, language: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  const name = units[power] ?? 'byte';
  return cached(
    `bytes ${language} ${name}`,
    () =>
      new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: 1 }),
  ).format(value / 1000 ** power);
}

/** Per cent, from 0 to 1. */
export const percent = (value: number, language: string) =>
  cached(`percent ${language}`, () => new Intl.NumberFormat(language, { style: 'percent' })).format(value);

/** A date as exactly as it is known: `2019`, `May 2019`, `31 May 2019` from the `releasedOn` of an album. */
export function partialDate(value: string, language: string): string {
  const [year, month, day] = value.split('-');
  if (!year || Number.isNaN(Number(year))) return value;
  if (!month) return year;
  const options: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'long', timeZone: 'UTC' };
  if (day) options.day = 'numeric';
  const at = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1)));
  return cached(`date ${language} ${day ? 'day' : 'month'}`, () => new Intl.DateTimeFormat(language, options)).format(
    at,
  );
}

/** A moment: `31 May 2019, 14:05`. */
export function dateTime(value: string | number | Date, language: string): string {
  const options: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' };
  return cached(`moment ${language}`, () => new Intl.DateTimeFormat(language, options)).format(new Date(value));
}

/** A day: `31 May 2019`. */
export function day(value: string | number | Date, language: string): string {
  return cached(`day ${language}`, () => new Intl.DateTimeFormat(language, { dateStyle: 'medium' })).format(
    new Date(value),
  );
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['week', 604_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** How long ago, or until when: `3 days ago`, `in 2 hours`, `now`. */
export function relative(value: string | number | Date, language: string, now = Date.now()): string {
  const difference = new Date(value).getTime() - now;
  const format = cached(`relative ${language}`, () => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }));
  for (const [name, ms] of STEPS) {
    if (Math.abs(difference) >= ms) return format.format(Math.trunc(difference / ms), name);
  }
  return format.format(0, 'second');
}
