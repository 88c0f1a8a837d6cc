/** The sources of the workspace as the architecture rules see them: parsed, with their imports resolved. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path of the file in the tree that it leads to, if it is one of ours. */
  readonly target: string | undefined;
}

export interface SourceFile {
  /** From the root, with `/`: `packages/core/src/index.ts`. */
  readonly path: string;
  /** `packages/core`, `apps/demo`, `bench`, ... */
  readonly project: string;
  readonly text: string;
  readonly syntax: ts.SourceFile;
  /** Static, type-only, dynamic and re-exporting ones. */
  readonly imports: readonly Import[];
}

export interface SourceTree {
  readonly files: ReadonlyMap<string, SourceFile>;
  /** Source file of each public entry: `@keepsake/core` -> `packages/core/src/index.ts`. */
  readonly entries: ReadonlyMap<string, string>;
}

/** Builds a tree from path and text; nothing is read from the disk. */
export function buildTree(
  texts: Iterable<readonly [path: string, text: string]>,
  entries: ReadonlyMap<string, string>,
): SourceTree {
  const all = new Map(texts);
  const files = new Map<string, SourceFile>();
  for (const [path, text] of all) {
    const kind = path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind);
    const imports = specifiersOf(syntax).map((specifier) => ({
      specifier,
      target: specifier.startsWith('.')
        ? posix.normalize(posix.join(posix.dirname(path), specifier))
        : entries.get(specifier),
    }));
    files.set(path, { path, project: projectOf(path), text, syntax, imports });
  }
  return { files, entries };
}

/** Reads every `.ts` and `.tsx` file below the given folders of `root`. */
export function readTree(root: string, folders: readonly string[]): SourceTree {
  const texts: (readonly [string, string])[] = [];
  for (const folder of folders) {
    for (const path of listFiles(join(root, folder))) {
      if (/(?<!\.d)\.tsx?$/.test(path)) {
        texts.push([relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')]);
      }
    }
  }
  return buildTree(texts, readEntries(root));
}

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.turbo', 'coverage']);

/** Every file below a folder, without what is installed or built; none where there is no such folder. */
export function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}

function readEntries(root: string): ReadonlyMap<string, string> {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) =>
    readFileSync(path, 'utf8'),
  ) as {
    config: { compilerOptions: { paths: Record<string, readonly [string]> } };
  };
  return new Map(
    Object.entries(config.compilerOptions.paths).map(([name, [path]]) => [name, posix.normalize(path)]),
  );
}

function projectOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return ['packages', 'apps', 'examples'].includes(first) ? `${first}/${second}` : first;
}

function specifiersOf(syntax: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (named !== undefined && ts.isStringLiteralLike(named)) found.push(named.text);
    ts.forEachChild(node, visit);
  };
  visit(syntax);
  return found;
}

/** Whether a path is a test or a type test. */
export function isTest(path: string): boolean {
  return /\.test(-d)?\.tsx?$/.test(path) || path.split('/').includes('test');
}

/** The folder of a file, from the root. */
export function folderOf(path: string): string {
  return dirname(path).split(sep).join('/');
}
