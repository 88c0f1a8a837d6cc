/** Rules on single files: names, size, clocks and what must not be left in them. */
import { posix } from 'node:path';
import ts from 'typescript';
import { isTest, type SourceFile, type SourceTree } from './source-tree.ts';
import type { Rule } from './import-rules.ts';

const MAX_LINES = 300;

function packageFiles(tree: SourceTree): SourceFile[] {
  return [...tree.files.values()].filter((file) => file.path.startsWith('packages/'));
}

function shippedFiles(tree: SourceTree): SourceFile[] {
  return packageFiles(tree).filter((file) => file.path.includes('/src/') && !isTest(file.path));
}

function nodesOf(file: SourceFile, isWanted: (node: ts.Node) => boolean): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isWanted(node)) {
      const { line } = file.syntax.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${file.path}:${line + 1} ${node.getText().split('\n', 1)[0] ?? ''}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file.syntax);
  return found;
}

/** `require()` of an ES module fails where one of its modules awaits at its top level. */
export const noTopLevelAwait: Rule = (tree) =>
  shippedFiles(tree).flatMap((file) => {
    const isAwait = (node: ts.Node): boolean =>
      ts.isAwaitExpression(node) ||
      (ts.isForOfStatement(node) && node.awaitModifier !== undefined) ||
      (ts.isVariableDeclarationList(node) &&
        (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing);
    const isInFunction = (node: ts.Node): boolean =>
      node.parent !== undefined && (ts.isFunctionLike(node.parent) || isInFunction(node.parent));
    return nodesOf(file, (node) => isAwait(node) && !isInFunction(node));
  });

/** Time comes from the Clock port; only the files that implement it read a real clock. */
export const timeComesFromTheClock: Rule = (tree) =>
  shippedFiles(tree)
    .filter((file) => !posix.basename(file.path).startsWith('clock'))
    .flatMap((file) =>
      nodesOf(
        file,
        (node) =>
          (ts.isPropertyAccessExpression(node) &&
            /^(globalThis\.)?(Date\.now|performance\.now|process\.hrtime)$/.test(node.getText())) ||
          (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length),
      ),
    );

/** A file is one concept and its name is the concept's, in kebab-case. */
export const namesAreKebabCase: Rule = (tree) =>
  packageFiles(tree)
    .map((file) => file.path)
    .filter(
      (path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.test-d|\.config)?\.tsx?$/.test(posix.basename(path)),
    );

/** A name that says nothing gathers everything. */
export const noCatchAllFiles: Rule = (tree) =>
  packageFiles(tree)
    .map((file) => file.path)
    .filter((path) => /^(utils?|helpers?|common|misc)$/.test(posix.basename(path).split('.', 1)[0] ?? ''));

/** A hot structure kept whole for speed may be longer; its header comment says so with that word. Tests may be. */
export const filesAreShort: Rule = (tree) =>
  shippedFiles(tree).flatMap((file) => {
    const lines = file.text.trimEnd().split('\n').length;
    const header = /^\s*(\/\*[^]*?\*\/|(\/\/[^\n]*\n)+)/.exec(file.text)?.[0] ?? '';
    return lines <= MAX_LINES || header.includes('longer') ? [] : [`${file.path} has ${lines} lines`];
  });
