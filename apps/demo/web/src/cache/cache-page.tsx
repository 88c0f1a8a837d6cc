import { useState } from 'react';
import type { CacheDetail, CacheStats } from '../api/types.ts';
import { useConnection } from '../api/connection.ts';
import { useResource } from '../api/use-resource.ts';
import { Icon } from '../ui/icon.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { useTitle } from '../ui/use-title.ts';
import { FamilyTable } from './family-table.tsx';
import { MinuteChart } from './minute-chart.tsx';
import { StatTiles } from './stat-tiles.tsx';
import { usePolling } from './use-cache-stats.ts';
import { useSamples } from './use-samples.ts';
import { WorkPanel } from './work-panel.tsx';

const EVERY_MS = 1_000;

/** What the cache does, second by second. A chunk of its own: most visits never open it. */
export default function CachePage() {
  useTitle('Cache');
  const [live, setLive] = useState(true);
  const { reachable } = useConnection();
  const stats = useResource<CacheStats>('/cache/stats', { counted: false });
  const detail = useResource<CacheDetail>('/cache/stats/detail', { counted: false });
  usePolling('/cache/stats/detail', live ? EVERY_MS : 0);
  const samples = useSamples(live);
  const state = !reachable ? 'No answer' : live ? 'Live' : 'Paused';
  return (
    <>
      <header className="page-header">
        <div className="page-title">
          <h1>Cache</h1>
          <StateSentence stats={stats.data} />
        </div>
        <div className="page-actions">
          <span className="live" data-state={state}>
            {state}
          </span>
          <button
            type="button"
            className="icon-button"
            onClick={() => setLive(!live)}
            aria-label={live ? 'Pause the numbers' : 'Follow the numbers'}
          >
            <Icon name={live ? 'pause' : 'play'} size={18} />
          </button>
        </div>
      </header>
      <Loaded resource={stats} what="the cache's numbers" skeleton={<div className="tiles-skeleton" />}>
        {(now) => <StatTiles stats={now} last={samples.at(-1)} />}
      </Loaded>
      <MinuteChart samples={samples} />
      {detail.error?.status === 404 ? null : (
        <Loaded resource={detail} what="the detail" skeleton={<div className="panel-skeleton" />}>
          {(more) => (
            <div className="panel-pair">
              <FamilyTable families={more.cache.families} />
              <WorkPanel detail={more} />
            </div>
          )}
        </Loaded>
      )}
    </>
  );
}

function StateSentence({ stats }: { stats: CacheStats | undefined }) {
  if (!stats) return <p className="state-pill">{'\u00a0'}</p>;
  if (stats.total_requests === 0) return <p className="state-pill">Nothing was read yet.</p>;
  const of100 = Math.floor((stats.hits / stats.total_requests) * 100);
  const well = stats.errors === 0;
  return (
    <p className="state-pill" data-tone={well ? 'good' : 'warn'}>
      <Icon name={well ? 'check' : 'warning'} size={16} />
      <span>
        <strong>{well ? 'All well.' : 'The store failed at times.'}</strong> {of100} of 100 reads came from
        the cache.
      </span>
    </p>
  );
}
