import { givenName } from './given-name.ts';
import { useState } from 'react';
import { toApiError } from '../api/api-error.ts';
import { mergePeople } from '../api/changes.ts';
import type { Person } from '../api/types.ts';
import { countOf } from '../format/numbers.ts';
import { Icon } from '../ui/icon.tsx';
import { showToast } from '../ui/toasts.tsx';
import { FaceCrop } from './face-crop.tsx';
import { mergeTarget } from './merge-target.ts';

/** What can be done with the chosen people: from two on, they become one. */
export function SelectionBar({ people, onClear }: { people: readonly Person[]; onClear: () => void }) {
  const [busy, setBusy] = useState(false);
  if (people.length === 0) return null;
  const target = mergeTarget(people);
  const others = people.filter((person) => person !== target);
  const chosen = countOf(people.length, 'person', 'people');
  const name = givenName(target);
  const into = name ? ` into ${name}` : '';
  const merge = async (): Promise<void> => {
    if (!target) return;
    setBusy(true);
    try {
      await mergePeople(
        others.map((person) => person.id),
        target.id,
      );
      showToast(`Merged ${chosen}${into}.`);
      onClear();
    } catch (error) {
      showToast(`Not all were merged. ${toApiError(error).message}`, { tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  const title = others.length === 0 ? `${givenName(target) ?? '1 person'} chosen` : `Merge ${chosen}${into}`;
  return (
    <section className="selection-bar" aria-label="Chosen people">
      <div className="selection-faces" aria-hidden="true">
        {people
          .slice(0, 4)
          .map(
            (person) =>
              person.coverFaceId && <FaceCrop key={person.id} faceId={person.coverFaceId} size={36} />,
          )}
      </div>
      <p role="status">
        <strong>{title}</strong>
        <small>
          {others.length === 0 ? 'Choose one more to merge them.' : 'A merge cannot be taken back yet.'}
        </small>
      </p>
      <button type="button" className="button" onClick={onClear}>
        Clear
      </button>
      <button
        type="button"
        className="button button-primary"
        disabled={others.length === 0 || busy}
        onClick={() => void merge()}
      >
        <Icon name="merge" size={18} />
        Merge
      </button>
    </section>
  );
}
