import i18next from 'i18next';
import { expect, test } from 'vitest';

import { loadTexts, startI18n } from '.';

test('texts write figures as people of their language do', async () => {
  await startI18n('en');
  await loadTexts('uploads');
  expect(i18next.t('uploads:announce.started', { count: 5_000 })).toBe('Uploading 5,000 files');
  await i18next.changeLanguage('de');
  expect(i18next.t('uploads:announce.started', { count: 5_000 })).toContain('5.000');
});
