import { expect, test } from 'vitest';

import { bytes, clock, count, duration, partialDate, relative } from './format';
import { bestLanguage } from './languages';

test('a clock shows minutes, and hours when there are some', () => {
  expect(clock(0, 'en')).toBe('0:00');
  expect(clock(187_900, 'en')).toBe('3:07');
  expect(clock(3_729_000, 'en')).toBe('1:02:09');
  expect(clock(-5, 'en')).toBe('0:00');
});

test('digits are those of the language', () => {
  expect(clock(67_000, 'ar-EG')).toBe('١:٠٧');
  expect(count(12_400, 'de')).toBe('12.400');
});

test('a duration is in words', () => {
  expect(duration(42_000, 'en')).toBe('42 sec');
  expect(duration(72 * 60_000, 'en')).toBe('1 hr, 12 min');
  expect(duration(72 * 60_000, 'en', 'long')).toBe('1 hour, 12 minutes');
  expect(duration(60 * 60_000, 'de', 'long')).toBe('1 Stunde');
});

test('a release date is as exact as it is known', () => {
  expect(partialDate('2019', 'en')).toBe('2019');
  expect(partialDate('2019-05', 'en')).toBe('May 2019');
  expect(partialDate('2019-05-31', 'de')).toBe('31. Mai 2019');
  expect(partialDate('unknown', 'en')).toBe('unknown');
});

test('moments are relative to now', () => {
  const now = Date.UTC(2026, 10, 30);
  expect(relative(now - 3 * 86_400_000, 'en', now)).toBe('3 days ago');
  expect(relative(now + 2 * 3_600_000, 'fr', now)).toBe('dans 2 heures');
  expect(relative(now - 400, 'en', now)).toBe('now');
});

test('bytes have the unit that suits them', () => {
  expect(bytes(0, 'en')).toBe('0 byte');
  expect(bytes(3_400_000, 'en')).toBe('3.4 MB');
});

test('the language is the first that a person reads and the player speaks', () => {
  expect(bestLanguage(['pt-BR', 'de-AT', 'en'])).toBe('de');
  expect(bestLanguage(['ja'])).toBe('en');
});
