/** Rules on who may import whom. Each takes a tree and returns one line for each violation. */
import { isTest, type SourceFile, type SourceTree } from './source-tree.ts';

export type Rule = (tree: SourceTree) => string[];

/** The arrows between the packages; whatever is not here is forbidden. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'packages/core': [],
  'packages/redis': ['packages/core'],
  'packages/locks': ['packages/core'],
  'packages/http': ['packages/core'],
  'packages/entities': ['packages/core'],
};

/** The entries for Redis are the exception: they may use the one package that knows the client. */
const REDIS_ENTRY = /^packages\/(locks|entities)\/src\/redis[^/]*(\.ts$|\/)/;

function sources(tree: SourceTree): SourceFile[] {
  return [...tree.files.values()].filter(
    (file) => /^packages\/[^/]+\/src\//.test(file.path) && !isTest(file.path),
  );
}

/** Which project a specifier leads to, whether its file exists or not. */
function projectOfImport({ specifier, target }: SourceFile['imports'][number]): string | undefined {
  if (target !== undefined) {
    const [first = '', second = ''] = target.split('/');
    return ['packages', 'apps', 'examples'].includes(first) ? `${first}/${second}` : first;
  }
  const name = /^@keepsake\/([^/]+)/.exec(specifier)?.[1];
  return name === undefined ? undefined : name in { demo: 1, bench: 1 } ? name : `packages/${name}`;
}

/** core <- redis, locks, http, entities <- apps and bench. */
export const arrowsPointOneWay: Rule = (tree) =>
  sources(tree).flatMap((file) =>
    file.imports.flatMap((imported) => {
      const to = projectOfImport(imported);
      if (to === undefined || to === file.project) return [];
      if (MAY_IMPORT[file.project]?.includes(to) === true) return [];
      if (to === 'packages/redis' && REDIS_ENTRY.test(file.path)) return [];
      return [`${file.path} imports ${imported.specifier}`];
    }),
  );

/** Across projects by package name alone: a relative path would skip the public entries. */
export const projectsMeetByName: Rule = (tree) =>
  [...tree.files.values()].flatMap((file) =>
    file.imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .filter((imported) => projectOfImport(imported)?.startsWith('packages/') === true)
      .filter((imported) => projectOfImport(imported) !== file.project)
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  );

/** No cycle between files, one of type-only imports included. */
export const noCycles: Rule = (tree) => {
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path].join(' -> '));
      return;
    }
    if (finished.has(path)) return;
    for (const { target } of tree.files.get(path)?.imports ?? []) {
      if (target !== undefined) visit(target, [...trail, path]);
    }
    finished.add(path);
  };
  for (const path of tree.files.keys()) visit(path, []);
  return found;
};

/** An index.ts is for the outside. */
export const nothingImportsItsOwnIndex: Rule = (tree) =>
  sources(tree).flatMap((file) =>
    file.imports
      .filter(({ target, specifier }) => {
        const isOwn = target?.startsWith(`${file.project}/`) === true;
        const isByName = specifier.split('/', 2).join('/') === `@keepsake/${file.project.split('/')[1]}`;
        return isByName || (isOwn && /\/index\.ts$/.test(target));
      })
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  );

/** What ships to production does not know the test suites. */
export const sourcesNeverImportTesting: Rule = (tree) =>
  sources(tree)
    .filter((file) => !file.path.includes('/testing/'))
    .flatMap((file) =>
      file.imports
        .filter(({ specifier }) => specifier.split('/').includes('testing'))
        .map(({ specifier }) => `${file.path} imports ${specifier}`),
    );

/** The main entry of core runs on any JavaScript platform and stands alone. */
export const coreStandsAlone: Rule = (tree) => {
  const found: string[] = [];
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { specifier, target } of tree.files.get(path)?.imports ?? []) {
      if (target === undefined) found.push(`${path} imports ${specifier}`);
      else visit(target);
    }
  };
  visit('packages/core/src/index.ts');
  return found;
};
