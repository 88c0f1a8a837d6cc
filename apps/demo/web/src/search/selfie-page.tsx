import { givenName } from '../people/given-name.ts';
import { useState } from 'react';
import { useResources } from '../api/use-resource.ts';
import type { Photo, Person, SelfieMatch, SelfieReply } from '../api/types.ts';
import { countOf, formatMs } from '../format/numbers.ts';
import { PageHeader } from '../layout/page-header.tsx';
import { FaceCrop } from '../people/face-crop.tsx';
import { usePeople } from '../people/use-people.ts';
import { rowHeights } from '../photos/grid-size.ts';
import { GridSkeleton } from '../photos/grid-skeleton.tsx';
import { PhotoGrid } from '../photos/photo-grid.tsx';
import { Link } from '../router/link.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Icon } from '../ui/icon.tsx';
import { useTitle } from '../ui/use-title.ts';
import { likenessOf } from './likeness.ts';
import { SelfieButton } from './selfie-button.tsx';
import { useSelfieSearch, type SelfieSearch } from './selfie-search.ts';

const MAX_SHOWN = 60;

export function SelfiePage({ hash }: { hash: string }) {
  useTitle('Search by selfie');
  const search = useSelfieSearch(hash);
  const another = (
    <SelfieButton className="button">
      <Icon name="camera" size={18} />
      Another picture
    </SelfieButton>
  );
  return (
    <>
      <PageHeader title="Search by selfie" actions={search && another} />
      {search ? (
        <Answer search={search} />
      ) : (
        <EmptyState icon="selfie" title="Choose a picture to search with">
          <p>It is not kept: after a reload it has to be chosen again.</p>
          <SelfieButton className="button button-primary">Choose a picture</SelfieButton>
        </EmptyState>
      )}
    </>
  );
}

function Answer({ search }: { search: SelfieSearch }) {
  const { state, reply, error } = search;
  return (
    <>
      <section className="selfie-head" aria-busy={state === 'searching'}>
        <Picture key={search.preview} src={search.preview} />
        <div role="status">
          <Verdict search={search} />
        </div>
      </section>
      {state === 'searching' && (
        <div className="skeleton">
          <GridSkeleton rowHeight={rowHeights.M} />
        </div>
      )}
      {state === 'failed' && error?.code !== 'NO_FACE' && <p className="selfie-hint">{error?.message}</p>}
      {reply && <Matches reply={reply} />}
    </>
  );
}

/** The picture itself, or, where the browser cannot draw it, an empty frame of the same size. */
function Picture({ src }: { src: string }) {
  const [broken, setBroken] = useState(false);
  if (broken) {
    return (
      <span className="selfie-picture selfie-no-picture">
        <Icon name="selfie" size={32} />
      </span>
    );
  }
  return (
    <img
      className="selfie-picture"
      src={src}
      alt="The picture you search with"
      width={120}
      height={120}
      onError={() => setBroken(true)}
    />
  );
}

function Verdict({ search }: { search: SelfieSearch }) {
  const { state, reply, error } = search;
  if (state === 'searching') return <h2>Looking for a face, then comparing…</h2>;
  if (error?.code === 'NO_FACE') {
    return (
      <>
        <h2>No face found</h2>
        <p>Try one where the face is larger than a thumb.</p>
      </>
    );
  }
  if (error) return <h2>The search did not work</h2>;
  const photos = new Set(reply?.results.map((match) => match.photoId)).size;
  return (
    <>
      {reply?.person ? <Found person={reply.person} /> : <h2>Nobody here is like this</h2>}
      <p>
        {countOf(photos, 'photo')} with faces alike, nearest first. {costLine(search)}
      </p>
    </>
  );
}

function Found({ person }: { person: Person }) {
  return (
    <Link href={`/people/${person.id}`} className="selfie-person">
      {person.coverFaceId && <FaceCrop faceId={person.coverFaceId} size={56} />}
      <span>
        <h2>{givenName(person) ?? 'Someone not named yet'}</h2>
        <small>{countOf(person.photoCount, 'photo')}</small>
      </span>
    </Link>
  );
}

function costLine({ repeated, cost, ms }: SelfieSearch): string {
  const fromCache = cost !== undefined && cost.misses === 0 && cost.queries === 0;
  if (fromCache)
    return `${repeated ? 'Same picture as before: answered' : 'Answered'} from cache in ${formatMs(ms)}.`;
  return `Answered in ${formatMs(ms)}.`;
}

/** The best match of each photo, with the distance in words and in figures. */
function Matches({ reply }: { reply: SelfieReply }) {
  const best = new Map<string, SelfieMatch>();
  for (const match of reply.results) if (!best.has(match.photoId)) best.set(match.photoId, match);
  const ids = [...best.keys()].slice(0, MAX_SHOWN);
  const photos = useResources<Photo>(ids.map((id) => `/photos/${id}`));
  const { byId } = usePeople();
  const known = photos.flatMap((photo) => photo.data ?? []);
  return (
    <PhotoGrid
      photos={known}
      people={byId}
      rowHeight={rowHeights.M}
      hrefOf={(photo) => `/photos/${photo.id}`}
      captionOf={(photo) => {
        const match = best.get(photo.id);
        return match && `${likenessOf(match.distance)} · distance ${match.distance.toFixed(2)}`;
      }}
    />
  );
}
