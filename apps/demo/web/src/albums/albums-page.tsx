import type { Album } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { countOf } from '../format/numbers.ts';
import { PageHeader } from '../layout/page-header.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { useTitle } from '../ui/use-title.ts';
import { AlbumCard, CardSkeleton } from './album-card.tsx';

export function AlbumsPage() {
  useTitle('Albums');
  const albums = useResource<Album[]>('/albums');
  return (
    <>
      <PageHeader title="Albums" detail={albums.data ? countOf(albums.data.length, 'album') : '\u00a0'} />
      <Loaded
        resource={albums}
        what="the albums"
        skeleton={<CardSkeleton count={6} className="album-grid" />}
      >
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon="albums" title="No albums yet" />
          ) : (
            <ul className="album-grid">
              {list.map((album) => (
                <AlbumCard key={album.id} album={album} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}
