/** Rules on the words of sources and documents. */

/** Path and text of any file of the repository. */
export type Texts = Iterable<readonly [path: string, text: string]>;

// Spelled in pieces, or these lines would be the first ones found.
const LEFTOVERS = new RegExp(
  `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b|@ts-(ignore|nocheck)`,
);
const MACHINE_PATH = new RegExp(`(?<![\\w.:/-])/(home|root|Users|work)/[\\w.-]+`);

/** Unfinished work is named in an issue, not in the code; a checker is not switched off. */
export function noLeftovers(texts: Texts): string[] {
  return linesThatMatch(texts, LEFTOVERS);
}

/** A path of one machine means nothing on another. */
export function noMachinePaths(texts: Texts): string[] {
  return linesThatMatch(texts, MACHINE_PATH);
}

/** A document that is named (`SECURITY.md`) is there to be read. */
export function namedDocumentsExist(texts: Texts): string[] {
  const all = [...texts];
  const names = new Set(all.map(([path]) => path.split('/').at(-1)));
  // Written at each release, so absent before the first one.
  names.add('CHANGELOG.md');
  return all.flatMap(([path, text]) =>
    [...text.matchAll(/\b[A-Z][A-Z_-]+\.md\b/g)]
      .filter(([name]) => !names.has(name))
      .map(([name]) => `${path} names ${name}, which does not exist`),
  );
}

function linesThatMatch(texts: Texts, pattern: RegExp): string[] {
  return [...texts].flatMap(([path, text]) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 120)}`] : [],
      ),
  );
}
