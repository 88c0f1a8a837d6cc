/** The command was typed wrong: its text is for whoever typed it. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
}

/** What a script sees. */
export const EXIT = { fine: 0, found: 1, misuse: 2, unreachable: 3 } as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];
