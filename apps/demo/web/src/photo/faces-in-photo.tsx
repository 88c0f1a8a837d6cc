import { givenName } from '../people/given-name.ts';
import type { Id, Person, Photo } from '../api/types.ts';
import { countOf, formatCount } from '../format/numbers.ts';
import { FaceCrop } from '../people/face-crop.tsx';
import { Link } from '../router/link.tsx';

interface FacesInPhotoProps {
  photo: Photo;
  people: ReadonlyMap<Id, Person>;
  onHover: (faceId: Id | undefined) => void;
}

/** The people of a photo from the left; pointing at one shows where it is. */
export function FacesInPhoto({ photo, people, onHover }: FacesInPhotoProps) {
  const faces = photo.faces.filter((face) => face.personId !== null).sort((a, b) => a.box.x - b.box.x);
  const loose = photo.faces.length - faces.length;
  return (
    <section>
      <h3>{faces.length === 0 ? 'No faces found' : countOf(faces.length, 'person', 'people')}</h3>
      {faces.length > 0 && (
        <ul className="details-faces" onMouseLeave={() => onHover(undefined)}>
          {faces.map((face) => {
            const person = face.personId === null ? undefined : people.get(face.personId);
            const name = givenName(person);
            return (
              <li key={face.id} onMouseEnter={() => onHover(face.id)}>
                <Link
                  href={`/people/${face.personId ?? ''}`}
                  className={name ? undefined : 'unnamed'}
                  onFocus={() => onHover(face.id)}
                  onBlur={() => onHover(undefined)}
                >
                  <FaceCrop faceId={face.id} size={56} />
                  <strong>{name?.split(' ')[0] ?? 'New'}</strong>
                  <small>{person && name ? formatCount(person.photoCount) : 'Add name'}</small>
                </Link>
              </li>
            );
          })}
        </ul>
      )}
      {loose > 0 && <p className="details-note">{countOf(loose, 'face')} too small to recognise.</p>}
    </section>
  );
}
