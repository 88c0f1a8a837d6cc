import { givenName } from './given-name.ts';
import { useState, type RefObject } from 'react';
import { toApiError } from '../api/api-error.ts';
import { mergePeople } from '../api/changes.ts';
import type { Person } from '../api/types.ts';
import { countOf } from '../format/numbers.ts';
import { navigate } from '../router/location.ts';
import { Icon } from '../ui/icon.tsx';
import { showToast } from '../ui/toasts.tsx';
import { FaceCrop } from './face-crop.tsx';
import { mergeTarget } from './merge-target.ts';

interface MergeDialogProps {
  ref: RefObject<HTMLDialogElement | null>;
  person: Person;
  people: readonly Person[];
}

/** Chooses who this group in truth is. A named group takes an unnamed one in, whichever is open: no name is lost. */
export function MergeDialog({ ref, person, people }: MergeDialogProps) {
  const [busy, setBusy] = useState(false);
  const others = people.filter((other) => other.id !== person.id);
  const merge = async (other: Person): Promise<void> => {
    setBusy(true);
    try {
      const into = mergeTarget([person, other]) ?? other;
      await mergePeople([person.id, other.id], into.id);
      ref.current?.close();
      showToast(`Merged into ${givenName(into) ?? 'one group'}.`);
      navigate(`/people/${into.id}`, { replace: true });
    } catch (error) {
      showToast(`They were not merged. ${toApiError(error).message}`, { tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <dialog ref={ref} className="dialog" aria-labelledby="merge-title">
      <header>
        <h2 id="merge-title">Merge {givenName(person) ?? 'this person'} with</h2>
        <form method="dialog">
          <button className="icon-button" aria-label="Close">
            <Icon name="close" />
          </button>
        </form>
      </header>
      {others.length === 0 ? (
        <p>There is nobody else yet.</p>
      ) : (
        <ul className="merge-list">
          {others.map((other) => (
            <li key={other.id}>
              <button type="button" disabled={busy} onClick={() => void merge(other)}>
                {other.coverFaceId && <FaceCrop faceId={other.coverFaceId} size={64} />}
                <strong>{other.name || 'Unnamed'}</strong>
                <small>{countOf(other.photoCount, 'photo')}</small>
              </button>
            </li>
          ))}
        </ul>
      )}
    </dialog>
  );
}
