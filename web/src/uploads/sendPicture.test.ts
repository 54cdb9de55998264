import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Environment, type GraphQLResponse, Network, RecordSource, Store } from 'relay-runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { sendPicture } from './sendPicture';
import { RefusedError, TryLaterError } from './types';

const PICTURE = new File(['a picture'], 'cover.png', { type: 'image/png' });

/** An object store: what came, and with which status it answers. */
let store: Server;
let url = '';
let received: string[] = [];
let status = 200;
beforeAll(async () => {
  store = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-methods', 'PUT');
    response.setHeader('access-control-allow-headers', '*');
    response.setHeader('access-control-expose-headers', 'etag');
    if (request.method === 'OPTIONS') return response.end();
    let bytes = '';
    request.on('data', (some) => {
      bytes += some;
    });
    request.on('end', () => {
      received.push(bytes);
      response.writeHead(status, { etag: '"e1"' }).end();
    });
  });
  await new Promise<void>((ready) => store.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${(store.address() as AddressInfo).port}/img_1`;
});
afterAll(() => new Promise((closed) => store.close(closed)));
beforeEach(() => {
  received = [];
  status = 200;
});

const target = () => ({ partSizeBytes: 1000, parts: [{ number: 1, url, headers: [] }] });
const refusal = { code: 'INVALID_INPUT', message: 'The file is no picture' };

/** An API that answers each mutation with what is given, and what it was asked. */
function api(answers: Readonly<Record<string, object>>) {
  const asked: Record<string, unknown> = {};
  const environment = new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(async ({ name }, variables) => {
      asked[name] = variables;
      return { data: answers[name] } as GraphQLResponse;
    }),
  });
  return { environment, asked };
}
const created = (given: object) => ({
  createImageUpload: { imageId: 'img_1', target: target(), userErrors: [], ...given },
});
const completed = (userErrors: readonly object[] = []) => ({ completeImageUpload: { userErrors } });

describe('a picture', () => {
  it('is announced, sent and completed', async () => {
    const { environment, asked } = api({
      sendPictureCreateMutation: created({}),
      sendPictureCompleteMutation: completed(),
    });
    expect(await sendPicture(environment, PICTURE)).toBe('img_1');
    expect(received).toEqual(['a picture']);
    expect(asked.sendPictureCreateMutation).toMatchObject({ sizeBytes: PICTURE.size });
    expect(asked.sendPictureCompleteMutation).toEqual({ imageId: 'img_1', parts: [{ number: 1, etag: '"e1"' }] });
  });

  it('is not sent again when its bytes are there already', async () => {
    const { environment, asked } = api({
      sendPictureCreateMutation: created({ target: null }),
      sendPictureCompleteMutation: completed(),
    });
    expect(await sendPicture(environment, PICTURE)).toBe('img_1');
    expect(received).toEqual([]);
    expect(asked.sendPictureCompleteMutation).toMatchObject({ parts: [] });
  });

  it('is refused with the words of the server, before and after its bytes', async () => {
    const before = api({ sendPictureCreateMutation: created({ imageId: null, target: null, userErrors: [refusal] }) });
    const after = api({ sendPictureCreateMutation: created({}), sendPictureCompleteMutation: completed([refusal]) });
    for (const { environment } of [before, after]) {
      const error = await sendPicture(environment, PICTURE).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(RefusedError);
      expect(error).toMatchObject(refusal);
    }
  });

  it('can be sent later when the store did not take it', async () => {
    status = 503;
    const { environment, asked } = api({ sendPictureCreateMutation: created({}) });
    await expect(sendPicture(environment, PICTURE)).rejects.toBeInstanceOf(TryLaterError);
    expect(asked.sendPictureCompleteMutation).toBeUndefined();
  });
});
