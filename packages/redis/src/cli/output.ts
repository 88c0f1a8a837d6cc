import type { Terminal } from './terminal.ts';

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;

export type Style = keyof typeof STYLES;

/** A cell of a table; what is to the right is aligned to the right. */
export type Cell = string | { readonly text: string; readonly style?: Style; readonly isRight?: boolean };

/** What a command shows: text for people, or JSON for scripts. */
export class Output {
  readonly isJson: boolean;
  readonly terminal: Terminal;

  constructor(terminal: Terminal, isJson: boolean) {
    this.terminal = terminal;
    this.isJson = isJson;
  }

  style(style: Style, text: string): string {
    return this.terminal.hasColour && text !== '' ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  }

  async lines(...lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.terminal.write(`${lines.join('\n')}\n`);
  }

  async json(value: unknown): Promise<void> {
    await this.terminal.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** One value a line, for results that are a stream. */
  async jsonLines(values: readonly unknown[]): Promise<void> {
    if (values.length > 0) {
      await this.terminal.write(`${values.map((value) => JSON.stringify(value)).join('\n')}\n`);
    }
  }

  /** A word beside the result, for people. */
  async note(text: string): Promise<void> {
    await this.terminal.writeError(`${this.style('dim', text)}\n`);
  }

  /** Rows of texts, whatever these hold, with their columns aligned, two spaces in front of each and between them. */
  async table(rows: readonly (readonly Cell[])[]): Promise<void> {
    const cells = rows.map((row) =>
      row.map((cell) => {
        const { text, ...rest } = typeof cell === 'string' ? { text: cell } : cell;
        return { text: oneLine(text), ...rest };
      }),
    );
    const widths: number[] = [];
    for (const row of cells) {
      row.forEach(({ text }, i) => (widths[i] = Math.max(widths[i] ?? 0, text.length)));
    }
    await this.lines(
      ...cells.map((row) => {
        const texts = row.map(({ text, style, isRight }, i) => {
          const pad = ' '.repeat((widths[i] ?? 0) - text.length);
          const styled = style === undefined ? text : this.style(style, text);
          return isRight === true ? pad + styled : styled + pad;
        });
        return `  ${texts.join('  ')}`.trimEnd();
      }),
    );
  }

  /** A line that is drawn over the last one, where that can be; `''` removes it. */
  async progress(text: string): Promise<void> {
    if (this.terminal.canRedraw) await this.terminal.writeError(`\r\u001b[K${text}`);
  }
}

/** A name may hold anything: what would move the cursor or recolour the screen is shown escaped. */
export const oneLine = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
