import { isNotThere } from '../api/api-error.ts';
import { albumPhotosPath } from '../api/paths.ts';
import type { Album } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { countOf } from '../format/numbers.ts';
import { PageHeader } from '../layout/page-header.tsx';
import { usePeople } from '../people/use-people.ts';
import { gridSizes, rowHeights, useGridSize } from '../photos/grid-size.ts';
import { GridSkeleton } from '../photos/grid-skeleton.tsx';
import { PhotoGrid } from '../photos/photo-grid.tsx';
import { usePhotoPages } from '../photos/use-photo-pages.ts';
import { Link } from '../router/link.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Icon } from '../ui/icon.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { NotHere } from '../ui/not-here.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { useTitle } from '../ui/use-title.ts';

export function AlbumPage({ id }: { id: string }) {
  const album = useResource<Album>(`/albums/${id}`);
  const { photos, total, more } = usePhotoPages((offset) => albumPhotosPath(id, offset));
  const { byId } = usePeople();
  const [size, setSize] = useGridSize();
  const name = album.data?.name ?? '';
  useTitle(name || 'Album');
  if (album.error && isNotThere(album.error) && !album.data) return <NotHere what="album" />;
  const upload = (
    <Link href={`/upload?album=${id}`} className="button">
      <Icon name="upload" size={18} />
      Add photos
    </Link>
  );
  return (
    <>
      <PageHeader
        title={name || '\u00a0'}
        detail={total === undefined ? '\u00a0' : countOf(total, 'photo')}
        actions={
          <>
            {album.data && upload}
            <div className="wide-only">
              <Segmented label="Size" options={gridSizes} value={size} onChange={setSize} />
            </div>
          </>
        }
      />
      <Loaded resource={photos} what="this album" skeleton={<GridSkeleton rowHeight={rowHeights[size]} />}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon="photos" title="This album is empty">
              {upload}
            </EmptyState>
          ) : (
            <>
              <PhotoGrid
                photos={list}
                people={byId}
                rowHeight={rowHeights[size]}
                hrefOf={(photo) => `/photos/${photo.id}?album=${id}`}
              />
              <MoreButton more={more} loading={photos.loading} />
            </>
          )
        }
      </Loaded>
    </>
  );
}
