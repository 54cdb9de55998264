// What the scripts of a build share.
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The paths of all files below a folder, relative to it. */
export function filesOf(folder) {
  const names = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  return names.filter((path) => statSync(path).isFile()).map((path) => relative(folder, path));
}
