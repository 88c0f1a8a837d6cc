/** The longest text that a line shows of a key, a tag or a name. */
export const MAX_SHOWN = 100;

// Control and format characters (terminal escapes, line ends, changes of direction), lone surrogates, the two
// separators that end a line in some viewers, and the two characters that the escapes themselves are made of.
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}"\\]/u;
const NEEDS_QUOTES = /[\s()"\\,=]/u;

/**
 * A text of foreign origin as part of a log line: it can neither begin a line of its own, nor steer a terminal,
 * nor look like other words of its line. At most 100 characters, then `…`.
 */
export const printable = (text: string): string => {
  let shown = '';
  let isCut = false;
  for (const character of text) {
    const next = UNSAFE.test(character) ? escape(character) : character;
    if (shown.length + next.length > MAX_SHOWN) {
      isCut = true;
      break;
    }
    shown += next;
  }
  const quoted = text === '' || NEEDS_QUOTES.test(shown) ? `"${shown}"` : shown;
  return isCut ? `${quoted}…` : quoted;
};

const escape = (character: string): string => {
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
};
