import { countOf, formatCount } from '../format/numbers.ts';
import { MAX_SAMPLES, type Sample } from './use-samples.ts';

const WIDTH = 600;
const HEIGHT = 120;
const STEP = WIDTH / MAX_SAMPLES;

/** A bar a second: what the cache answered below, what it had to load, hatched, on top. */
export function MinuteChart({ samples }: { samples: readonly Sample[] }) {
  const most = Math.max(4, ...samples.map(({ hits, misses }) => hits + misses));
  const hits = samples.reduce((sum, sample) => sum + sample.hits, 0);
  const misses = samples.reduce((sum, sample) => sum + sample.misses, 0);
  // The samples begin with the page: what was read before it is in the totals alone.
  const since = samples.length < MAX_SAMPLES ? 'since this page was opened' : 'in this minute';
  const start = MAX_SAMPLES - samples.length;
  return (
    <section className="panel">
      <header>
        <h2>
          The last minute <small>reads per second</small>
        </h2>
        <ul className="legend">
          <li className="legend-cache">From cache</li>
          <li className="legend-loader">Loaded</li>
        </ul>
      </header>
      <div className="minute-chart">
        <span className="axis">{formatCount(most)}</span>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`In the last ${samples.length} seconds ${hits} reads came from the cache and ${misses} were loaded.`}
        >
          <defs>
            <pattern
              id="hatch"
              width="6"
              height="6"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect width="6" height="6" className="hatch-back" />
              <rect width="2" height="6" className="hatch-line" />
            </pattern>
          </defs>
          {samples.map((sample, index) => (
            <Bar key={start + index} sample={sample} x={(start + index) * STEP} scale={HEIGHT / most} />
          ))}
        </svg>
        <span className="axis">0</span>
      </div>
      <p className="panel-foot">
        {hits + misses === 0
          ? `Nothing was read ${since}.`
          : `${formatCount(hits)} of ${countOf(hits + misses, 'read')} ${since} never reached the loader.`}
      </p>
    </section>
  );
}

function Bar({ sample, x, scale }: { sample: Sample; x: number; scale: number }) {
  const served = sample.hits * scale;
  const loaded = sample.misses * scale;
  return (
    <>
      <rect className="bar-cache" x={x + 1} width={STEP - 2} y={HEIGHT - served} height={served} />
      <rect fill="url(#hatch)" x={x + 1} width={STEP - 2} y={HEIGHT - served - loaded} height={loaded} />
    </>
  );
}
