/**
 * The page's content security policy takes no plain text where text could become code (Trusted Types). Libraries that know nothing
 * of that go through this default policy: it passes scripts of this origin, for workers, and empty markup, with which React Aria
 * clears what it has announced. All else is refused by the browser.
 */
interface PolicyFactory {
  createPolicy(
    name: string,
    rules: { createHTML(text: string): string | null; createScriptURL(url: string): string | null },
  ): unknown;
}

const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;

factory?.createPolicy('default', {
  createHTML: (text) => (text === '' ? text : null),
  createScriptURL: (url) => (new URL(url, location.href).origin === location.origin ? url : null),
});
