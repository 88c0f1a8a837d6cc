import type { CacheDetail, FamilyStats } from '../api/types.ts';
import { formatCount, spacePercent } from '../format/numbers.ts';

/** Families are named by the first segment of their keys; these have a word and a colour of their own. */
const words: Readonly<Record<string, string>> = {
  album: 'Albums',
  photo: 'Photos',
  face: 'Faces',
  person: 'People',
  search: 'Search',
  user: 'Users and rights',
  response: 'Images',
};

export function FamilyTable({ families }: { families: CacheDetail['cache']['families'] }) {
  const rows = Object.entries(families).sort(([, a], [, b]) => b.hits + b.misses - a.hits - a.misses);
  return (
    <section className="panel">
      <header>
        <h2>
          By entity <small>since start</small>
        </h2>
      </header>
      {rows.length === 0 ? (
        <p className="panel-foot">Nothing was read through the cache yet. Open a few photos.</p>
      ) : (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="By entity">
          <table>
            <thead>
              <tr>
                <th scope="col">Entity</th>
                <th scope="col" className="wide-cell">
                  Served from cache
                </th>
                <th scope="col">Hits</th>
                <th scope="col">Misses</th>
                <th scope="col">Stored</th>
                <th scope="col">Deleted keys</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(([name, family]) => (
                <Row key={name} name={name} family={family} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ name, family }: { name: string; family: FamilyStats }) {
  const reads = family.hits + family.misses;
  return (
    <tr>
      <th scope="row">
        <span className={`swatch swatch-${name}`} aria-hidden="true" />
        {words[name] ?? name}
      </th>
      <td className="wide-cell">
        <strong>{spacePercent(family.hit_rate)}</strong>
        <span className="meter" aria-hidden="true">
          <span style={{ width: `${reads === 0 ? 0 : (family.hits / reads) * 100}%` }} />
        </span>
      </td>
      <td>{formatCount(family.hits)}</td>
      <td>{formatCount(family.misses)}</td>
      <td>{formatCount(family.sets)}</td>
      <td>{formatCount(family.deletes)}</td>
    </tr>
  );
}
