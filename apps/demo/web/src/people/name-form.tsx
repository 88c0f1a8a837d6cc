import { givenName } from './given-name.ts';
import { useId, useState, type FormEvent } from 'react';
import { toApiError } from '../api/api-error.ts';
import { mergePeople, renamePerson } from '../api/changes.ts';
import type { Person } from '../api/types.ts';
import { showToast } from '../ui/toasts.tsx';

interface NameFormProps {
  person: Person;
  people: readonly Person[];
  onDone?: () => void;
  /** Only the field: Enter saves. */
  compact?: boolean;
}

/**
 * A field for a name. The name of someone who is already here is taken as that person, never as a second
 * one of the same name: the button then says Merge.
 */
export function NameForm({ person, people, onDone, compact = false }: NameFormProps) {
  const before = givenName(person) ?? '';
  const [name, setName] = useState(before);
  const [busy, setBusy] = useState(false);
  const listId = useId();
  const trimmed = name.trim();
  const others = people.filter((other) => other.id !== person.id && givenName(other));
  const same = others.find((other) => givenName(other)?.toLowerCase() === trimmed.toLowerCase());
  const unchanged = trimmed === '' || trimmed === before;

  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      if (same) await mergePeople([person.id], same.id);
      else await renamePerson(person.id, trimmed);
      showToast(
        same ? `Merged into ${givenName(same) ?? ''}.` : `Saved as ${trimmed}.`,
        same ? {} : undoOf(person),
      );
      onDone?.();
    } catch (error) {
      showToast(`The name was not saved. ${toApiError(error).message}`, { tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!unchanged && !busy) void save();
  };
  return (
    <form className="name-form" onSubmit={submit}>
      <input
        className="field"
        value={name}
        onChange={(event) => setName(event.target.value)}
        list={listId}
        maxLength={80}
        placeholder="Add a name"
        aria-label={before === '' ? 'Add a name' : 'Name'}
        autoComplete="off"
      />
      <datalist id={listId}>
        {others.map((other) => (
          <option key={other.id} value={givenName(other) ?? ''} />
        ))}
      </datalist>
      {(!compact || !unchanged) && (
        <button type="submit" className="button button-primary" disabled={unchanged || busy}>
          {same ? `Merge with ${givenName(same) ?? ''}` : 'Save'}
        </button>
      )}
    </form>
  );
}

/** The way back of a rename, where there was a name before. */
function undoOf(person: Person): { action?: { label: string; run: () => void } } {
  const { id } = person;
  const name = givenName(person);
  if (!name) return {};
  const run = (): void => {
    renamePerson(id, name).catch((error: unknown) => {
      showToast(`The old name was not restored. ${toApiError(error).message}`, { tone: 'bad' });
    });
  };
  return { action: { label: 'Undo', run } };
}
