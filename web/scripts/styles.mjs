// React Aria writes two constant <style> elements into the page. The content security policy names them by their hashes, which
// are taken from the installed package, so that an update of it cannot leave them behind.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const FILES = ['overlays/usePreventScroll.mjs', 'interactions/usePress.mjs'];
const STYLE = /style\.textContent = `([^`]*)`\.trim\(\)/;

/** The text of the style that a module writes, its constants put in. */
function styleOf(source) {
  const text = source.match(STYLE)?.[1];
  if (text === undefined) return undefined;
  const constant = (name) => source.match(new RegExp(`const ${name.replaceAll('$', '\\$')} = '([^']*)'`))?.[1];
  let isKnown = true;
  const style = text.replaceAll(/\$\{([\w$]+)\}/g, (_, name) => {
    const value = constant(name);
    isKnown &&= value !== undefined;
    return value;
  });
  return isKnown ? style.trim() : undefined;
}

/** The hashes of React Aria's styles, as a policy names them. */
export function styleHashes() {
  const entry = createRequire(import.meta.url).resolve('react-aria/package.json');
  return FILES.map((file) => {
    const style = styleOf(readFileSync(join(dirname(entry), 'dist/private', file), 'utf8'));
    if (style === undefined)
      throw new Error(`react-aria's ${file} writes its style in another way now: see styles.mjs`);
    return `sha256-${createHash('sha256').update(style).digest('base64')}`;
  });
}
