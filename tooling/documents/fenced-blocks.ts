/**
 * The TypeScript examples of a Markdown document.
 *
 * ` ```ts ` is compiled and run; ` ```ts no-run ` is compiled only; ` ```ts continued ` goes on from the block
 * before it, as one module. Blocks in other languages are not looked at.
 */

export interface Example {
  /** Of the first line of code in the document, from 1. */
  readonly line: number;
  readonly code: string;
  readonly isRun: boolean;
}

const MODES = ['', 'no-run', 'continued'];

/** Throws on a mode that does not exist: a misspelt one would otherwise switch a check off. */
export function extractExamples(markdown: string): Example[] {
  const examples: Example[] = [];
  const fence = /^(?<indent> *)```(?:ts|typescript)(?<mode>[^\n]*)\n(?<code>[^]*?)^ *```/gm;
  for (const match of markdown.matchAll(fence)) {
    const { indent = '', mode: rawMode = '', code: rawCode = '' } = match.groups ?? {};
    const mode = rawMode.trim();
    const line = markdown.slice(0, match.index).split('\n').length + 1;
    if (!MODES.includes(mode)) throw new Error(`line ${line - 1}: no such mode of a ts block: "${mode}"`);
    const code = indent === '' ? rawCode : rawCode.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    const previous = examples.at(-1);
    if (mode !== 'continued') {
      examples.push({ line, code, isRun: mode !== 'no-run' });
    } else if (previous === undefined) {
      throw new Error(`line ${line - 1}: nothing to continue`);
    } else {
      // Blank lines keep the line numbers of a message right.
      const gap = '\n'.repeat(Math.max(0, line - previous.line - previous.code.split('\n').length + 1));
      examples.splice(-1, 1, { ...previous, code: previous.code + gap + code });
    }
  }
  return examples;
}

/** The doc comments of a source file as Markdown, on the lines where they stand. */
export function commentsOf(source: string): string {
  let isInside = false;
  const lines = source.split('\n').map((line) => {
    if (/^\s*\/\*\*/.test(line)) isInside = true;
    const text = isInside ? (/^\s*\* ?(?<text>.*)$/.exec(line)?.groups?.['text'] ?? '') : '';
    if (line.includes('*/')) isInside = false;
    return text;
  });
  return lines.join('\n');
}
