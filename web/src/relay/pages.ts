/** How many entries a request brings: the most that the API gives at once. */
export const PAGE_SIZE = 100;

/** Which part of a list is asked for: behind the entry with the cursor `after`, which is the one before `offset`. */
export interface PageWindow {
  readonly first: number;
  readonly offset: number;
  readonly after: string | null;
}

/** A part of a list as it was answered. */
export interface LoadedPage<T> {
  readonly items: readonly T[];
  /** Of the whole list; null: the API does not count it. */
  readonly totalCount: number | null;
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
  /** The version of the whole that the list is a part of; 0 where there are none. */
  readonly version: number;
}

export interface PagesState<T> {
  /** From the list's beginning; a hole is an entry that is not loaded. */
  readonly items: readonly (T | undefined)[];
  /** How many the whole list has; null: nothing is known yet. */
  readonly totalCount: number | null;
  /** Why nothing could be loaded; null: all is well. */
  readonly error: unknown;
}

/** Asks for a page. `isRandom`: any `offset` may be asked for; else pages are read one behind the other. */
export interface PageSource<T> {
  readonly isRandom: boolean;
  load(window: PageWindow): Promise<LoadedPage<T>>;
}

/**
 * A long list of which only what came into sight is loaded. Own changes show at once (`edit`); those of others, told by a
 * higher version, make it read again what is in sight.
 */
export class Pages<T> {
  readonly #source: PageSource<T>;
  readonly #listeners = new Set<() => void>();
  #state: PagesState<T> = { items: [], totalCount: null, error: null };
  #end: Pick<LoadedPage<T>, 'endCursor' | 'hasNextPage'> = { endCursor: null, hasNextPage: true };
  #version = 0;
  /** Grows with everything that makes answers under way useless. */
  #generation = 0;
  /** Somebody sorts or filters the whole: a refresh reads all of it. */
  #wantsAll = false;
  #visible: readonly [number, number] = [0, 0];
  #pending = 0;
  #newest = 0;
  readonly #loading = new Map<number, Promise<void>>();

  constructor(source: PageSource<T>, stored: LoadedPage<T> | null = null) {
    this.#source = source;
    if (stored) this.#replace(stored);
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };
  readonly getSnapshot = () => this.#state;

  /** What the list shows now, for whoever acts later than it was rendered. */
  get items(): readonly (T | undefined)[] {
    return this.#state.items;
  }

  /** An entry that is not loaded is wanted. */
  readonly need = (index: number) => void this.#cover(index).catch(this.#fail);

  /** Which rows are in sight: they are the ones that a refresh reads again first. */
  readonly see = (first: number, last: number) => {
    this.#visible = [first, last];
  };

  /** Loads until the entries at these places are there, or the list has ended. */
  async ensure(indexes: readonly number[]): Promise<void> {
    for (const index of indexes) await this.#cover(index);
  }

  /** The whole list is wanted, and stays so when it is read again; `false`: what is in sight will do again. */
  async wantAll(wanted: boolean): Promise<void> {
    this.#wantsAll = wanted;
    if (wanted) await this.ensureAll();
  }

  /** Loads everything; begins again where the list was read anew meanwhile. */
  async ensureAll(): Promise<void> {
    for (let generation = -1; generation !== this.#generation; ) {
      generation = this.#generation;
      await this.#coverAll();
    }
  }

  async #coverAll(): Promise<void> {
    await this.#cover(0);
    for (let index = 0; index < (this.#state.totalCount ?? this.#state.items.length + 1); index += PAGE_SIZE) {
      await this.#cover(index);
      if (!this.#source.isRandom && !this.#end.hasNextPage) return;
    }
  }

  /** The whole has this version now; reads again what is in sight if that is news. */
  readonly seen = (version: number) => {
    this.#newest = Math.max(this.#newest, version);
    if (this.#pending === 0 && this.#newest > this.#version && this.#state.totalCount !== null) void this.refresh();
  };

  /**
   * Shows a change of one's own at once, then does it. `commit` gives the version of the whole after it, or null when it was
   * refused. If it is the next version, nobody else changed anything meanwhile, and nothing has to be read.
   */
  async edit(change: (items: (T | undefined)[]) => void, commit: () => Promise<number | null>): Promise<boolean> {
    const base = this.#version + this.#pending;
    const items = [...this.#state.items];
    const before = items.length;
    change(items);
    this.#generation += 1;
    this.#loading.clear();
    const { totalCount } = this.#state;
    this.#show({ items, totalCount: totalCount === null ? null : totalCount + items.length - before });
    this.#pending += 1;
    const version = await commit().catch(() => null);
    this.#pending -= 1;
    if (version === base + 1) this.#version = Math.max(this.#version, version);
    else await this.refresh();
    this.seen(this.#newest);
    return version !== null;
  }

  /** Reads again what is in sight, or all where that is wanted; the rest is read when it comes into sight. */
  readonly refresh = async () => {
    this.#generation += 1;
    this.#loading.clear();
    const generation = this.#generation;
    try {
      const [first, last] = this.#visible;
      const start = this.#source.isRandom && !this.#wantsAll ? Math.floor(first / PAGE_SIZE) * PAGE_SIZE : 0;
      const pages: LoadedPage<T>[] = [];
      let offset = start;
      let after: string | null = null;
      for (;;) {
        const page = await this.#source.load({ first: PAGE_SIZE, offset, after });
        if (generation !== this.#generation) return;
        pages.push(page);
        offset += page.items.length;
        after = page.endCursor;
        if (!page.hasNextPage || page.items.length === 0 || (offset > last && !this.#wantsAll)) break;
      }
      this.#replace(
        {
          ...pages[0],
          ...pages.at(-1),
          version: pages[0]?.version ?? 0,
          items: pages.flatMap((page) => page.items),
        } as LoadedPage<T>,
        start,
      );
    } catch (error) {
      if (generation === this.#generation) this.#fail(error);
    }
  };

  readonly #fail = (error: unknown) => this.#show({ error });

  #show(changed: Partial<PagesState<T>>): void {
    this.#state = { ...this.#state, error: null, ...changed };
    for (const listener of this.#listeners) listener();
  }

  #replace(page: LoadedPage<T>, start = 0): void {
    const items: (T | undefined)[] = new Array(start).fill(undefined);
    items.push(...page.items);
    this.#end = page;
    this.#version = page.version;
    this.#newest = Math.max(this.#newest, page.version);
    this.#show({ items: this.#filled(items, page), totalCount: this.#total(items, page) });
  }

  /** With random access the list is as long as it is from the start, with holes. */
  #filled(items: (T | undefined)[], page: LoadedPage<T>): (T | undefined)[] {
    if (!this.#source.isRandom || page.totalCount === null) return items;
    const filled = items.slice(0, Math.max(page.totalCount, items.length));
    while (filled.length < page.totalCount) filled.push(undefined);
    return filled;
  }

  #total(items: readonly unknown[], page: LoadedPage<T>): number {
    return page.totalCount ?? items.length + (page.hasNextPage ? 1 : 0);
  }

  async #cover(index: number): Promise<void> {
    if (this.#source.isRandom) {
      if (this.#state.items[index] === undefined) await this.#once(Math.floor(index / PAGE_SIZE) * PAGE_SIZE);
      return;
    }
    while (this.#end.hasNextPage && this.#state.items[index] === undefined) await this.#once(this.#state.items.length);
  }

  /** Loads the page at an offset; who asks while it is under way waits for the same answer. */
  #once(offset: number): Promise<void> {
    const under = this.#loading.get(offset);
    if (under) return under;
    const loading = this.#loadAt(offset).finally(() => {
      if (this.#loading.get(offset) === loading) this.#loading.delete(offset);
    });
    this.#loading.set(offset, loading);
    return loading;
  }

  async #loadAt(offset: number): Promise<void> {
    const generation = this.#generation;
    const after = this.#source.isRandom ? null : this.#end.endCursor;
    const page = await this.#source.load({ first: PAGE_SIZE, offset, after });
    // What was asked for lies elsewhere now; it is asked for again if it is still in sight.
    if (generation !== this.#generation) return;
    if (this.#state.totalCount === null) return this.#replace(page, offset);
    const items = [...this.#state.items];
    items.splice(offset, page.items.length, ...page.items);
    this.#end = page;
    this.#show({ items: this.#filled(items, page), totalCount: this.#total(items, page) });
  }
}
