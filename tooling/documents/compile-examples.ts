/** Type-checks examples of documents together, as modules that use the packages' public entries. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../workspace.ts';

export interface ExampleModule {
  /** Where its imports are looked up. */
  readonly folder: string;
  readonly code: string;
}

/** The messages of the type checker for each module, in their order, with the line inside the example. */
export function compileExamples(modules: readonly ExampleModule[]): string[][] {
  const texts = new Map(
    modules.map(({ folder, code }, index) => [join(folder, `example-${index}.ts`), code]),
  );
  const options = documentOptions();
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, settings, onError, shouldCreate) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile(path, settings, onError, shouldCreate)
      : ts.createSourceFile(path, text, settings, true);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].map((path) => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ start = 0, messageText }) => {
      const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

/** The house's strictness without its rules of style, which a reader's project need not share. */
function documentOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) =>
    readFileSync(path, 'utf8'),
  ) as {
    config: { compilerOptions: object };
  };
  const style = {
    noUnusedLocals: false,
    noUnusedParameters: false,
    noPropertyAccessFromIndexSignature: false,
    isolatedDeclarations: false,
    declaration: false,
    erasableSyntaxOnly: false,
  };
  const { options, errors } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, ...style, typeRoots: [join(root, 'node_modules', '@types')] },
    root,
  );
  if (errors.length > 0) throw new Error(errors.map(({ messageText }) => String(messageText)).join('\n'));
  return options;
}
