import { givenName } from '../people/given-name.ts';
import type { ReactNode } from 'react';
import { usePageTiming } from '../api/page-timing.ts';
import { imageUrl, personPhotosPath } from '../api/paths.ts';
import type { Id, Person, Photo, PhotoPage } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { formatMoment, parseDate } from '../format/dates.ts';
import { countOf, formatCount } from '../format/numbers.ts';
import { ServedList } from '../layout/served-list.tsx';
import { photoTitle } from '../photos/photo-label.ts';
import { Link } from '../router/link.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { useDownloads } from './downloads.ts';
import { FacesInPhoto } from './faces-in-photo.tsx';

interface DetailsPanelProps {
  photo: Photo | undefined;
  people: ReadonlyMap<Id, Person>;
  /** Name of the album, where the photo was not opened from a person. */
  album: string | undefined;
  onClose: () => void;
  onFaceHover: (id: Id | undefined) => void;
}

export function DetailsPanel({ photo, people, album, onClose, onFaceHover }: DetailsPanelProps) {
  const { replies } = usePageTiming();
  return (
    <aside className="details" aria-label="Details">
      <header>
        <h2>Details</h2>
        <button type="button" className="icon-button" onClick={onClose} aria-label="Close details">
          <Icon name="close" />
        </button>
      </header>
      {photo && (
        <div className="details-body">
          <Summary photo={photo} />
          <FacesInPhoto photo={photo} people={people} onHover={onFaceHover} />
          <section>
            <h3>File</h3>
            <dl>
              <dt>Size</dt>
              <dd>
                {formatCount(photo.width)} × {formatCount(photo.height)}
              </dd>
              <dt>Name</dt>
              <dd>{photo.fileName}</dd>
            </dl>
          </section>
          <section>
            <h3>In albums</h3>
            <Link className="pill" href={`/albums/${photo.albumId}`}>
              {album || 'Open the album'}
            </Link>
          </section>
          <MoreWithThem photo={photo} people={people} />
        </div>
      )}
      {replies.length > 0 && (
        <section className="details-served">
          <h3>How this page was served</h3>
          <ServedList replies={replies} />
        </section>
      )}
    </aside>
  );
}

function Summary({ photo }: { photo: Photo }) {
  const date = parseDate(photo.takenAt);
  const downloads = useDownloads(photo);
  return (
    <section>
      <h2 className="details-title">{photoTitle(photo)}</h2>
      <Line icon="calendar">{date ? formatMoment(date) : 'Date not known'}</Line>
      <Line icon="download">{countOf(downloads, 'download')}</Line>
    </section>
  );
}

function Line({ icon, children }: { icon: IconName; children: ReactNode }) {
  return (
    <p className="details-line">
      <Icon name={icon} size={16} />
      {children}
    </p>
  );
}

/** Other photos of the person who is in most of them. */
function MoreWithThem({ photo, people }: { photo: Photo; people: ReadonlyMap<Id, Person> }) {
  const persons = photo.faces.map((face) => (face.personId === null ? undefined : people.get(face.personId)));
  const known = persons.filter((person) => person !== undefined && person.photoCount > 1);
  const person = known.sort((a, b) => (b?.photoCount ?? 0) - (a?.photoCount ?? 0))[0];
  const { data } = useResource<PhotoPage>(person && personPhotosPath(person.id));
  const others = (data?.items ?? []).filter((one) => one.id !== photo.id).slice(0, 4);
  if (!person || others.length === 0) return null;
  return (
    <section>
      <h3>
        More with {givenName(person) ?? 'the same person'}{' '}
        <Link href={`/people/${person.id}`}>See {person.photoCount}</Link>
      </h3>
      <div className="details-more">
        {others.map((one) => (
          <Link key={one.id} href={`/photos/${one.id}?person=${person.id}`}>
            <img src={imageUrl(one.id, 'thumb')} alt={photoTitle(one)} width={80} height={80} />
          </Link>
        ))}
      </div>
    </section>
  );
}
