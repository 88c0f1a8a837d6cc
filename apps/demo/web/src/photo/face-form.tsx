import { givenName } from '../people/given-name.ts';
import { useEffect, useRef, type CSSProperties, type KeyboardEvent } from 'react';
import { personPhotosPath } from '../api/paths.ts';
import type { Face, Id, Person, PhotoPage } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { countOf } from '../format/numbers.ts';
import { NameForm } from '../people/name-form.tsx';
import { FaceCrop } from '../people/face-crop.tsx';
import { Link } from '../router/link.tsx';
import { Icon } from '../ui/icon.tsx';

interface FaceFormProps {
  face: Face;
  people: ReadonlyMap<Id, Person>;
  onClose: () => void;
}

/** Under a face: who it is, or a field for the name; and the way to the person's photos. */
export function FaceForm({ face, people, onClose }: FaceFormProps) {
  const element = useRef<HTMLDivElement>(null);
  const person = face.personId === null ? undefined : people.get(face.personId);
  useEffect(() => {
    element.current?.querySelector('input')?.focus();
  }, []);
  if (!person) return null;
  const title = givenName(person) ?? 'Who is this?';
  const closeOnEscape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    // Taken: the page's own Esc would leave the photo.
    event.preventDefault();
    onClose();
  };
  return (
    <div
      ref={element}
      className="face-form"
      style={place(face)}
      role="dialog"
      aria-label={title}
      onKeyDown={closeOnEscape}
    >
      <div className="face-form-head">
        <FaceCrop faceId={face.id} size={40} />
        <div>
          <strong>{title}</strong>
          <Link href={`/people/${person.id}`}>{countOf(person.photoCount, 'photo')}</Link>
        </div>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" size={16} />
        </button>
      </div>
      <NameForm person={person} people={[...people.values()]} onDone={onClose} />
      <SamePerson id={person.id} />
    </div>
  );
}

/** The rest of the group, so that one knows whom one names. */
function SamePerson({ id }: { id: Id }) {
  const { data } = useResource<PhotoPage>(personPhotosPath(id), { counted: false });
  const faces = (data?.items ?? []).flatMap((photo) => photo.faces.filter((face) => face.personId === id));
  return (
    <div className="face-form-others" aria-hidden="true">
      {faces.slice(0, 5).map((face) => (
        <FaceCrop key={face.id} faceId={face.id} size={40} />
      ))}
    </div>
  );
}

/** Below the face where there is room, above it in the lower half; never over the edge of the photo. */
function place({ box }: Face): CSSProperties {
  const middle = box.x + box.width / 2;
  const vertical =
    box.y + box.height < 0.6
      ? { top: `calc(${(box.y + box.height) * 100}% + 10px)` }
      : { bottom: `calc(${(1 - box.y) * 100}% + 10px)` };
  return { ...vertical, left: `clamp(0px, calc(${middle * 100}% - 130px), calc(100% - 260px))` };
}
