import { useResource } from '../api/use-resource.ts';
import type { Album, Person } from '../api/types.ts';
import { formatCount } from '../format/numbers.ts';
import { Link } from '../router/link.tsx';
import { Icon } from '../ui/icon.tsx';
import { CachePulse } from './cache-pulse.tsx';
import { isCurrent, sections, type Section } from './sections.ts';

export function SideBar({ path }: { path: string }) {
  const counts = useCounts();
  return (
    <aside className="side-bar">
      <nav aria-label="Main">
        <ul>
          {sections.map((section) => (
            <Entry key={section.href} section={section} path={path} count={counts[section.href]} />
          ))}
        </ul>
      </nav>
      <CachePulse />
    </aside>
  );
}

function Entry({ section, path, count }: { section: Section; path: string; count: number | undefined }) {
  return (
    <li className={section.href === '/upload' ? 'divided' : undefined}>
      <Link
        href={section.href}
        className="nav-link"
        aria-current={isCurrent(section, path) ? 'page' : undefined}
      >
        <Icon name={section.icon} size={18} />
        <span>{section.label}</span>
        {count !== undefined && <span className="nav-count">{formatCount(count)}</span>}
      </Link>
    </li>
  );
}

function useCounts(): Partial<Record<string, number>> {
  const albums = useResource<Album[]>('/albums', { counted: false }).data;
  const people = useResource<Person[]>('/people', { counted: false }).data;
  const counts: Partial<Record<string, number>> = {};
  if (albums) {
    counts['/'] = albums.reduce((sum, album) => sum + album.photoCount, 0);
    counts['/albums'] = albums.length;
  }
  if (people) counts['/people'] = people.length;
  return counts;
}
