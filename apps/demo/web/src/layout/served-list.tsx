import type { Served } from '../api/page-timing.ts';
import { countOf, formatMs } from '../format/numbers.ts';
import type { Outcome } from './cache-cost.ts';
import { OutcomeMark } from './outcome-mark.tsx';

/** The API replies of a page: what each asked for, and who answered. */
export function ServedList({ replies }: { replies: readonly Served[] }) {
  return (
    <ul className="served-list">
      {replies.map((reply, index) => (
        <li key={index}>
          <OutcomeMark outcome={outcomeOf(reply)} />
          <code title={reply.path}>{shorten(reply.path)}</code>
          <span>
            {sourceOf(reply)} · {formatMs(reply.serverMs ?? reply.ms)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function outcomeOf({ hits, misses, queries }: Served): Outcome {
  if (queries > 0 || misses > 0) return 'loader';
  return hits > 0 ? 'cache' : 'unknown';
}

function sourceOf(reply: Served): string {
  const { hits, misses, queries } = reply;
  if (queries > 0) return countOf(queries, 'database read');
  if (misses > 0) return `${hits} of ${hits + misses} from cache`;
  return hits > 0 ? 'cache' : 'no reads';
}

/** Long ids tell a visitor nothing: their first eight characters do. */
const shorten = (path: string): string =>
  path.replace(/\?.*$/, '').replace(/([0-9a-f]{8})-[0-9a-f-]{27}/g, '$1…');
