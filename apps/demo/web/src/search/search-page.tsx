import { AlbumCard } from '../albums/album-card.tsx';
import { CardSkeleton } from '../albums/album-card.tsx';
import type { SearchReply } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { countOf } from '../format/numbers.ts';
import { PageHeader } from '../layout/page-header.tsx';
import { FaceCrop } from '../people/face-crop.tsx';
import { usePeople } from '../people/use-people.ts';
import { rowHeights } from '../photos/grid-size.ts';
import { PhotoGrid } from '../photos/photo-grid.tsx';
import { Link } from '../router/link.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { useTitle } from '../ui/use-title.ts';

/** People first, then albums, then photos. */
export function SearchPage({ query }: { query: string }) {
  useTitle(query === '' ? 'Search' : `“${query}”`);
  const path = query === '' ? undefined : `/search?q=${encodeURIComponent(query)}`;
  const results = useResource<SearchReply>(path);
  if (query === '') return <EmptyState icon="search" title="Search for a person, an album or a photo" />;
  return (
    <>
      <PageHeader title={`“${query}”`} detail={results.data ? summary(results.data) : '\u00a0'} />
      <Loaded
        resource={results}
        what="the results"
        skeleton={<CardSkeleton count={6} className="album-grid" />}
      >
        {(found) => <Results found={found} />}
      </Loaded>
    </>
  );
}

function Results({ found }: { found: SearchReply }) {
  const { byId } = usePeople({ counted: false });
  const { people, albums, photos } = found;
  if (people.length + albums.length + photos.length === 0) {
    return (
      <EmptyState icon="search" title="Nothing found">
        <p>Try part of a name, or search with a picture of a face.</p>
      </EmptyState>
    );
  }
  return (
    <>
      {people.length > 0 && (
        <section className="people-section">
          <h2>People</h2>
          <ul className="people-grid">
            {people.map((person) => (
              <li key={person.id} className="person-card">
                <Link href={`/people/${person.id}`}>
                  <span className="person-face">
                    {person.coverFaceId && <FaceCrop faceId={person.coverFaceId} />}
                  </span>
                  <strong className="card-name">{person.name || 'Unnamed'}</strong>
                  <span className="card-detail">{countOf(person.photoCount, 'photo')}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      {albums.length > 0 && (
        <section className="people-section">
          <h2>Albums</h2>
          <ul className="album-grid">
            {albums.map((album) => (
              <AlbumCard key={album.id} album={album} />
            ))}
          </ul>
        </section>
      )}
      {photos.length > 0 && (
        <section className="people-section">
          <h2>Photos</h2>
          <PhotoGrid
            photos={photos}
            people={byId}
            rowHeight={rowHeights.M}
            hrefOf={(photo) => `/photos/${photo.id}`}
          />
        </section>
      )}
    </>
  );
}

function summary({ people, albums, photos }: SearchReply): string {
  const parts = [
    people.length > 0 && countOf(people.length, 'person', 'people'),
    albums.length > 0 && countOf(albums.length, 'album'),
    photos.length > 0 && countOf(photos.length, 'photo'),
  ];
  return parts.filter(Boolean).join(' · ') || '\u00a0';
}
