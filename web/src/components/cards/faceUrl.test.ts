import { expect, test } from 'vitest';

import { faceUrl } from './faceUrl';

test('an uploaded picture goes before an address, and without the size that its address asks for', () => {
  const avatarUrl = 'https://example.org/n.png';
  expect(faceUrl({ avatarUrl, picture: { url: 'http://media/v1/images/img_1.jpg?size=640' } })).toBe(
    'http://media/v1/images/img_1.jpg',
  );
  expect(faceUrl({ avatarUrl, picture: null })).toBe(avatarUrl);
  expect(faceUrl({ avatarUrl: null })).toBeNull();
});
