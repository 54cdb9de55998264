/**
 * Puts what the first page needs into few files. Each small one costs a round trip of its own where HTTP/1.1 is spoken, six at a
 * time: to a phone, forty of them take longer than their bytes.
 */

interface Modules {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

/**
 * Groups of modules for the bundler: the libraries that `main` imports at once, the rest of what it imports, and what `home`, the
 * first screen, and `entrance`, that of whoever is not signed in, need besides. All others it splits by itself; the three files stay
 * entries of their own.
 */
export function firstChunks(main: string, home: string, entrance: string) {
  const imports = { main: lazily(main), home: lazily(home), entrance: lazily(entrance) };
  const isLibrary = (id: string) => id.includes('/node_modules/');
  const within = (id: string, modules: Modules, of: keyof typeof imports) =>
    id !== main && id !== home && id !== entrance && imports[of](modules).has(id);
  return [
    {
      debugName: 'libraries',
      priority: 3,
      name: (id: string, modules: Modules) => (isLibrary(id) && within(id, modules, 'main') ? 'libraries' : null),
    },
    {
      debugName: 'first',
      priority: 2,
      name: (id: string, modules: Modules) => (within(id, modules, 'main') ? 'first' : null),
    },
    {
      debugName: 'cards',
      priority: 1,
      name: (id: string, modules: Modules) => (within(id, modules, 'home') ? 'cards' : null),
    },
    {
      debugName: 'entrance',
      priority: 0,
      name: (id: string, modules: Modules) => (within(id, modules, 'entrance') ? 'entrance' : null),
    },
  ];
}

/** The closure of a module, found when it is first asked for. */
function lazily(root: string) {
  let found: Set<string> | null = null;
  return (modules: Modules) => {
    found ??= closure(root, modules);
    return found;
  };
}

/** A module with all that it imports, and what those import; without what is loaded later. */
function closure(root: string, modules: Modules): Set<string> {
  const seen = new Set<string>();
  const waiting = [root];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    waiting.push(...(modules.getModuleInfo(id)?.importedIds ?? []));
  }
  return seen;
}
