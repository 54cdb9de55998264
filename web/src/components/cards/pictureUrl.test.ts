import { expect, test } from 'vitest';

import { atWidth } from './pictureUrl';

test('only pictures of the media service are asked for in a width', () => {
  expect(atWidth('http://media.example/v1/images/img_1.jpg', 640)).toBe(
    'http://media.example/v1/images/img_1.jpg?size=640',
  );
  for (const other of [
    'https://elsewhere.example/cover.jpg?signature=abc',
    'https://elsewhere.example/cover.jpg',
    'http://media.example/v1/images/img_1.jpg?size=320',
    'blob:http://media.example/1',
    'data:image/png;base64,AA==',
  ])
    expect(atWidth(other, 640)).toBe(other);
});
