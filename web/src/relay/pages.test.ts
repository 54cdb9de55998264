import { describe, expect, it, vi } from 'vitest';

import { type LoadedPage, PAGE_SIZE, Pages, type PageWindow } from './pages';

/** A server with a list of numbers that it hands out by pages; `version` grows with every change. */
function server(length: number, isRandom = true) {
  const state = { items: Array.from({ length }, (_, index) => index), version: 1 };
  const load = vi.fn(async ({ first, offset, after }: PageWindow): Promise<LoadedPage<number>> => {
    const start = isRandom ? offset : after === null ? 0 : Number(after);
    const items = state.items.slice(start, start + first);
    const end = start + items.length;
    return {
      items,
      totalCount: state.items.length,
      endCursor: String(end),
      hasNextPage: end < state.items.length,
      version: state.version,
    };
  });
  return { state, source: { isRandom, load } };
}

describe('pages', () => {
  it('enters a list of 10,000 at its end with one request', async () => {
    const { source } = server(10_000);
    const pages = new Pages(source);
    await pages.ensure([9_950]);
    expect(source.load).toHaveBeenCalledTimes(1);
    expect(pages.items).toHaveLength(10_000);
    expect(pages.items[9_950]).toBe(9_950);
    expect(pages.items[0]).toBeUndefined();
  });

  it('asks once for a page that several rows need', async () => {
    const { source } = server(300);
    const pages = new Pages(source);
    pages.need(0);
    await pages.ensure([1, 2, 99]);
    expect(source.load).toHaveBeenCalledTimes(1);
  });

  it('reads one page behind the other where the API knows cursors only', async () => {
    const { source } = server(250, false);
    const pages = new Pages(source);
    await pages.ensure([240]);
    expect(pages.items).toEqual(Array.from({ length: 250 }, (_, index) => index));
    expect(source.load.mock.calls.map(([window]) => window.after)).toEqual([null, '100', '200']);
  });

  it('loads everything', async () => {
    for (const isRandom of [true, false]) {
      const { source } = server(3 * PAGE_SIZE + 1, isRandom);
      const pages = new Pages(source);
      await pages.ensureAll();
      expect(pages.items.filter((item) => item !== undefined)).toHaveLength(301);
    }
  });

  it('reads everything again where all is wanted, and shows what it had until then', async () => {
    for (const isRandom of [true, false]) {
      const { state, source } = server(350, isRandom);
      const pages = new Pages(source);
      await pages.wantAll(true);
      state.items = [999, ...state.items];
      state.version = 2;
      const counts = new Set<number>();
      pages.subscribe(() => counts.add(pages.items.filter((item) => item !== undefined).length));
      pages.seen(2);
      await vi.waitFor(() => expect(pages.items[0]).toBe(999));
      expect(pages.items.filter((item) => item !== undefined)).toHaveLength(351);
      expect([...counts]).toEqual([351]);
    }
  });

  it('loads everything although the list is read again meanwhile', async () => {
    const { state, source } = server(350);
    const pages = new Pages(source);
    await pages.ensure([0]);
    const all = pages.wantAll(true);
    state.items = [...state.items, 350];
    state.version = 2;
    pages.seen(2);
    await all;
    await vi.waitFor(() => expect(pages.items.filter((item) => item !== undefined)).toHaveLength(351));
  });

  it('reads what is in sight again when somebody else changed the list, and not when it knows the version', async () => {
    const { state, source } = server(1_000);
    const pages = new Pages(source);
    await pages.ensure([0, 500]);
    pages.see(500, 520);
    pages.seen(1);
    expect(source.load).toHaveBeenCalledTimes(2);
    state.items = state.items.slice(1);
    state.version = 2;
    pages.seen(2);
    await vi.waitFor(() => expect(pages.items[500]).toBe(501));
    expect(pages.items).toHaveLength(999);
    expect(pages.items[0]).toBeUndefined();
    expect(source.load).toHaveBeenCalledTimes(3);
  });

  it('shows an own change at once and reads nothing when it was the only one', async () => {
    const { state, source } = server(10);
    const pages = new Pages(source);
    await pages.ensure([0]);
    const done = pages.edit(
      (items) => items.splice(3, 1),
      async () => {
        state.items.splice(3, 1);
        state.version = 2;
        // The live frame may come before the answer.
        pages.seen(2);
        return 2;
      },
    );
    expect(pages.items).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9]);
    expect(pages.getSnapshot().totalCount).toBe(9);
    expect(await done).toBe(true);
    pages.seen(2);
    expect(source.load).toHaveBeenCalledTimes(1);
  });

  it('takes an own change back when it is refused', async () => {
    const { source } = server(3);
    const pages = new Pages(source);
    await pages.ensure([0]);
    expect(
      await pages.edit(
        (items) => items.reverse(),
        async () => null,
      ),
    ).toBe(false);
    expect(pages.items).toEqual([0, 1, 2]);
  });

  it('reads again when others changed the list while an own change was under way', async () => {
    const { state, source } = server(4);
    const pages = new Pages(source);
    await pages.ensure([0]);
    await pages.edit(
      (items) => items.pop(),
      async () => {
        state.items = [3, 2, 1];
        state.version = 3;
        return 3;
      },
    );
    expect(pages.items).toEqual([3, 2, 1]);
  });

  it('tells of an error and is well again with the next answer', async () => {
    const { source } = server(5);
    source.load.mockRejectedValueOnce(new Error('away'));
    const pages = new Pages(source);
    pages.need(0);
    await vi.waitFor(() => expect(pages.getSnapshot().error).toBeInstanceOf(Error));
    pages.need(0);
    await vi.waitFor(() => expect(pages.getSnapshot()).toMatchObject({ error: null, totalCount: 5 }));
  });
});
