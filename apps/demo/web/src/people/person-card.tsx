import { givenName } from './given-name.ts';
import type { Person } from '../api/types.ts';
import { countOf } from '../format/numbers.ts';
import { Link } from '../router/link.tsx';
import { Icon } from '../ui/icon.tsx';
import { FaceCrop } from './face-crop.tsx';
import { NameForm } from './name-form.tsx';

interface PersonCardProps {
  person: Person;
  people: readonly Person[];
  selected: boolean;
  onSelect: () => void;
}

/** The face crop of a person, never a whole photo: faces have to be compared. */
export function PersonCard({ person, people, selected, onSelect }: PersonCardProps) {
  const called = person.name || 'this unnamed person';
  return (
    <li className="person-card" data-selected={selected}>
      <div className="person-face">
        <Link
          href={`/people/${person.id}`}
          aria-label={`${person.name || 'Unnamed'}, ${countOf(person.photoCount, 'photo')}`}
        >
          {person.coverFaceId === null ? (
            <Icon name="people" size={40} />
          ) : (
            <FaceCrop faceId={person.coverFaceId} />
          )}
        </Link>
        <button
          type="button"
          className="select-button"
          aria-pressed={selected}
          aria-label={`Select ${called}`}
          onClick={onSelect}
        >
          <Icon name="check" size={16} />
        </button>
      </div>
      {givenName(person) ? (
        <strong className="card-name">{givenName(person)}</strong>
      ) : (
        <NameForm person={person} people={people} compact />
      )}
      <span className="card-detail">{countOf(person.photoCount, 'photo')}</span>
    </li>
  );
}
