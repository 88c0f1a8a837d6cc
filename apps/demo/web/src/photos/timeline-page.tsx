import { AlbumStrip } from '../albums/album-strip.tsx';
import { useConnection } from '../api/connection.ts';
import type { Photo } from '../api/types.ts';
import { formatCount } from '../format/numbers.ts';
import { PageHeader } from '../layout/page-header.tsx';
import { usePeople } from '../people/use-people.ts';
import { Link } from '../router/link.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { useSetting } from '../ui/settings.ts';
import { useTitle } from '../ui/use-title.ts';
import { gridSizes, rowHeights, useGridSize } from './grid-size.ts';
import { GridSkeleton } from './grid-skeleton.tsx';
import { groupByDate } from './group-by-date.ts';
import { PhotoGrid } from './photo-grid.tsx';
import { useTimeline } from './use-timeline.ts';

const filters = [
  { value: 'all', text: 'All', title: 'All photos' },
  { value: 'people', text: 'With people', title: 'Photos with people' },
] as const;

export function TimelinePage() {
  useTitle('');
  const { albums, photos } = useTimeline();
  const [size, setSize] = useGridSize();
  const [filter, setFilter] = useSetting<'all' | 'people'>('filter', ['all', 'people'], 'all');
  return (
    <>
      <PageHeader
        title="Photos"
        actions={
          <>
            <Segmented label="Which photos" options={filters} value={filter} onChange={setFilter} />
            <div className="wide-only">
              <Segmented label="Size" options={gridSizes} value={size} onChange={setSize} />
            </div>
          </>
        }
      />
      <AlbumStrip albums={albums} />
      <Loaded resource={photos} what="your photos" skeleton={<GridSkeleton rowHeight={rowHeights[size]} />}>
        {(all) => (
          <Days
            photos={filter === 'people' ? all.filter((photo) => photo.faces.length > 0) : all}
            size={size}
          />
        )}
      </Loaded>
    </>
  );
}

function Days({ photos, size }: { photos: readonly Photo[]; size: keyof typeof rowHeights }) {
  const { byId } = usePeople();
  const groups = groupByDate(photos, new Date().getFullYear());
  if (groups.length === 0) return <NoPhotos />;
  return groups.map((group) => (
    <section key={group.key} className="day" aria-label={group.title}>
      <h2>
        {group.title} <small>{formatCount(group.photos.length)}</small>
      </h2>
      <PhotoGrid
        photos={group.photos}
        people={byId}
        rowHeight={rowHeights[size]}
        hrefOf={(photo) => `/photos/${photo.id}`}
      />
    </section>
  ));
}

function NoPhotos() {
  const { health } = useConnection();
  if (!health?.ready) return <EmptyState icon="photos" title="The first photos are on their way" />;
  return (
    <EmptyState icon="photos" title="No photos here yet">
      <Link href="/upload" className="button button-primary">
        Upload photos
      </Link>
    </EmptyState>
  );
}
