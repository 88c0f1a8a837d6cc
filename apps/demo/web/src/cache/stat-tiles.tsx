import type { CacheStats } from '../api/types.ts';
import { countOf, formatCount, spacePercent } from '../format/numbers.ts';
import type { Sample } from './use-samples.ts';
import { StatTile } from './stat-tile.tsx';

/** The eight numbers of `/cache/stats`, each since the server started. */
export function StatTiles({ stats, last }: { stats: CacheStats; last: Sample | undefined }) {
  const perSecond = (count: number | undefined): string =>
    count === undefined ? '\u00a0' : `${formatCount(count)} in the last second`;
  return (
    <dl className="stat-tiles">
      <StatTile
        name="Served from cache"
        value={spacePercent(stats.hit_rate)}
        detail="of all reads since start"
      />
      <StatTile
        name="Reads"
        value={formatCount(stats.total_requests)}
        detail={perSecond(last && last.hits + last.misses)}
      />
      <StatTile name="Hits" value={formatCount(stats.hits)} detail={perSecond(last?.hits)} />
      <StatTile name="Misses" value={formatCount(stats.misses)} detail={perSecond(last?.misses)} />
      <StatTile name="Stored" value={formatCount(stats.sets)} detail="values written" />
      <StatTile name="Removals" value={formatCount(stats.deletes)} detail="of keys and tags, after changes" />
      <StatTile
        name="Errors"
        value={formatCount(stats.errors)}
        detail={
          stats.errors === 0
            ? 'the store always answered'
            : `${countOf(stats.errors, 'call')} to the store failed`
        }
        tone={stats.errors > 0 ? 'bad' : undefined}
      />
      <StatTile name="Keys" value={formatCount(stats.db_size)} detail="held now" />
    </dl>
  );
}
