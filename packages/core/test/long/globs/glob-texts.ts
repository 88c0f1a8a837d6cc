/** Keys and patterns that are rich in what a glob treats specially, and in bytes above 127. */
import fc, { type Arbitrary } from 'fast-check';

const LETTERS = ['a', 'b', 'c', 'z', '-', '^', '!', ']', '[', '*', '?', '\\', '{', ',', '.', '\n', '\0', ' '];
/** Two bytes, three bytes and four bytes of UTF-8, some with a first or last byte in common. */
const BEYOND_ASCII = ['é', 'ä', 'ÿ', '\u0080', '\u07ff', '\u0800', '€', '\uffff', '😀', '\u{10ffff}'];
const char = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...LETTERS) },
  { weight: 1, arbitrary: fc.constantFrom(...BEYOND_ASCII) },
);

/** What a pattern is made of, odd corners included: classes unclosed, empty, reversed, of bytes above 127. */
const PIECES = [
  ...[
    '*',
    '*',
    '**',
    '?',
    '??',
    '[',
    ']',
    '[]',
    '[^',
    '[^]',
    '[]a]',
    '[^]a]',
    '[!a]',
    '[^a]',
    '[a-c]',
    '[c-a]',
  ],
  ...[
    '[a-',
    '[a',
    '[-a]',
    '[a-]',
    '[\\',
    '[\\]]',
    '[\\]',
    '[a\\-c]',
    '[^a-c',
    '[*]',
    '[?]',
    '[[]',
    '[a-c-z]',
  ],
  ...['[é]', '[é-ä]', '[ä-é]', '[a-é]', '[é-a]', '[😀-€]', '[^😀]', '[\u0080-ÿ]', '[z-\u0080]', '[^\0-z]'],
  ...['\\', '\\a', '\\*', '\\?', '\\[', '\\\\', '\\é', '{a,b}', '(a|b)', '$', '^'],
];

const joined = (one: Arbitrary<string>, maxLength: number): Arbitrary<string> =>
  fc.array(one, { maxLength }).map((parts) => parts.join(''));

export const globKey: Arbitrary<string> = joined(char, 6);

/** One in three is made of a key that is there, so that much matches: parts of it become special. */
export const globPattern = (keys: readonly string[]): Arbitrary<string> => {
  const free = joined(fc.oneof(char, fc.constantFrom(...PIECES), fc.constantFrom(...PIECES)), 5);
  const bent = fc
    .tuple(
      fc.constantFrom(...keys),
      fc.array(fc.constantFrom('', '', '', '?', '*', ...PIECES), { maxLength: 6 }),
    )
    .map(([key, bends]) => [...key].map((c, i) => bends[i] || c).join(''));
  return fc.oneof({ weight: 2, arbitrary: free }, { weight: 1, arbitrary: bent });
};
