import { countOf, formatCount, spacePercent } from '../format/numbers.ts';
import { useCacheStats } from '../cache/use-cache-stats.ts';
import { Link } from '../router/link.tsx';
import { OutcomeMark } from './outcome-mark.tsx';

const EVERY_MS = 5_000;

/** How the cache does since the server started, on every page; the Cache page has the rest. */
export function CachePulse() {
  const { stats } = useCacheStats(EVERY_MS);
  if (!stats) return <div className="pulse" aria-hidden="true" />;
  const share = stats.total_requests === 0 ? 0 : stats.hits / stats.total_requests;
  return (
    <Link href="/cache" className="pulse">
      <span className="pulse-rate">
        <OutcomeMark outcome={stats.hits > 0 ? 'cache' : 'unknown'} />
        <strong>{spacePercent(stats.hit_rate)}</strong> from cache
      </span>
      <span className="meter" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
      <span className="pulse-detail">
        {formatCount(stats.hits)} of {countOf(stats.total_requests, 'read')}
      </span>
    </Link>
  );
}
