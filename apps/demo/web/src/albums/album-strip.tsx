import type { Resource } from '../api/resources.ts';
import type { Album } from '../api/types.ts';
import { Link } from '../router/link.tsx';
import { AlbumCard, CardSkeleton } from './album-card.tsx';

const SHOWN = 6;

/** The albums at the head of the timeline; on a narrow screen the row scrolls. */
export function AlbumStrip({ albums }: { albums: Resource<Album[]> }) {
  const { data, error } = albums;
  // The page's own error state speaks for both.
  if (data === undefined && error) return null;
  if (data?.length === 0) return null;
  return (
    <section className="strip" aria-labelledby="recent-albums">
      <header>
        <h2 id="recent-albums">Recent albums</h2>
        {data && data.length > 1 && <Link href="/albums">All {data.length} albums</Link>}
      </header>
      {data ? (
        <ul className="album-strip">
          {data.slice(0, SHOWN).map((album) => (
            <AlbumCard key={album.id} album={album} />
          ))}
        </ul>
      ) : (
        <div className="skeleton">
          <CardSkeleton count={SHOWN} className="album-strip" />
        </div>
      )}
    </section>
  );
}
