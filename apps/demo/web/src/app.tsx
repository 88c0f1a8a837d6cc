import { lazy, Suspense, useRef, type ReactNode } from 'react';
import { AlbumPage } from './albums/album-page.tsx';
import { AlbumsPage } from './albums/albums-page.tsx';
import { ShortcutsSheet } from './keyboard/shortcuts-sheet.tsx';
import { useShortcuts } from './keyboard/use-shortcuts.ts';
import { Shell } from './layout/shell.tsx';
import { PeoplePage } from './people/people-page.tsx';
import { PersonPage } from './people/person-page.tsx';
import { PhotoPage } from './photo/photo-page.tsx';
import { TimelinePage } from './photos/timeline-page.tsx';
import { Link } from './router/link.tsx';
import { useLocation, type Location } from './router/location.ts';
import { useScrollPosition } from './router/scroll.ts';
import { searchedFor } from './search/searched-for.ts';
import { SearchPage } from './search/search-page.tsx';
import { SelfiePage } from './search/selfie-page.tsx';
import { EmptyState } from './ui/empty-state.tsx';
import { Toasts } from './ui/toasts.tsx';
import { UploadPage } from './upload/upload-page.tsx';

const CachePage = lazy(() => import('./cache/cache-page.tsx'));

export function App() {
  const location = useLocation();
  const sheet = useRef<HTMLDialogElement>(null);
  useScrollPosition(location);
  useShortcuts(() => sheet.current?.showModal());
  const photoId = /^\/photos\/([^/]+)$/.exec(location.path)?.[1];
  return (
    <>
      {photoId === undefined ? (
        <Shell path={location.path}>
          <Suspense fallback={null}>{pageFor(location)}</Suspense>
        </Shell>
      ) : (
        <PhotoPage id={photoId} />
      )}
      <ShortcutsSheet ref={sheet} />
      <Toasts />
    </>
  );
}

function pageFor({ path, query }: Location): ReactNode {
  const [, section = '', id, extra] = path.split('/');
  switch (section) {
    case '':
      return <TimelinePage />;
    case 'albums':
      return id ? <AlbumPage key={id} id={id} /> : <AlbumsPage />;
    case 'people':
      return id ? <PersonPage key={id} id={id} /> : <PeoplePage />;
    case 'search':
      return id === 'selfie' && extra ? (
        <SelfiePage hash={extra} />
      ) : (
        <SearchPage query={searchedFor(query)} />
      );
    case 'upload':
      return <UploadPage />;
    case 'cache':
      return <CachePage />;
    default:
      return <NotFound />;
  }
}

function NotFound() {
  return (
    <EmptyState icon="search" title="There is no page here">
      <Link href="/" className="button button-primary">
        See all photos
      </Link>
    </EmptyState>
  );
}
