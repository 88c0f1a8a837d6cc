import type { CacheDetail } from '../api/types.ts';
import { formatBytes, formatCount, formatMs } from '../format/numbers.ts';

/** What stands behind the eight numbers: who answered, what loading costs, how much is held. */
export function WorkPanel({ detail }: { detail: CacheDetail }) {
  const { cache, dbQueries, instance, stalenessMs } = detail;
  const rows: readonly (readonly [name: string, value: string, note: string])[] = [
    ['From memory', formatCount(cache.l1Hits), 'hits'],
    ['From Redis', formatCount(cache.l2Hits), 'hits'],
    ['Stale, refreshed behind', formatCount(cache.stale), 'hits'],
    ['Loads', formatCount(cache.loads), `${formatCount(cache.joined)} callers joined one`],
    ['A load takes', formatMs(cache.loadMs.p50), `p99 ${formatMs(cache.loadMs.p99)}`],
    ['Database queries', formatCount(dbQueries), 'since start'],
    ['Memory', formatBytes(cache.bytes), `${formatCount(cache.evictions)} evicted`],
    ['No older than', formatMs(stalenessMs), 'after a change'],
  ];
  return (
    <section className="panel">
      <header>
        <h2>
          Behind it <small>instance {instance}</small>
        </h2>
      </header>
      <dl className="work-list">
        {rows.map(([name, value, note]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <strong>{value}</strong> <small>{note}</small>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
