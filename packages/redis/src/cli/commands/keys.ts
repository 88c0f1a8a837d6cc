import type { Arguments } from '../arguments.ts';
import { EXIT, type Exit } from '../misuse.ts';
import { oneLine, type Output } from '../output.ts';
import { plural } from '../format.ts';
import type { Session } from '../session.ts';

/** Names are written in pages of this many: a write for each would be slow, all at once would wait long. */
const PAGE = 500;

/** The keys that match, as SCAN finds them. */
export const keys = async (session: Session, args: Arguments, output: Output): Promise<Exit> => {
  const { root, cache } = session.openCache();
  let found = 0;
  let page: string[] = [];
  const flush = async (): Promise<void> => {
    await (output.isJson ? output.jsonLines(page) : output.lines(...page.map(oneLine)));
    page = [];
  };
  try {
    for await (const key of cache.keys(args.operand)) {
      page.push(key);
      found += 1;
      if (page.length >= PAGE) await flush();
      if (found >= args.limit) break;
    }
    await flush();
  } finally {
    await root.close();
  }
  if (!output.isJson) {
    const more = found >= args.limit ? '; there may be more (--limit)' : '';
    await output.note(`${plural(found, 'key')}${more}`);
  }
  return EXIT.fine;
};
