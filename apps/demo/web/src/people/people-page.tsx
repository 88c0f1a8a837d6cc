import { givenName } from './given-name.ts';
import { useState, type ReactNode } from 'react';
import { CardSkeleton } from '../albums/album-card.tsx';
import type { Id, Person } from '../api/types.ts';
import { countOf } from '../format/numbers.ts';
import { PageHeader } from '../layout/page-header.tsx';
import { SelfieButton } from '../search/selfie-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Icon } from '../ui/icon.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { useTitle } from '../ui/use-title.ts';
import { PersonCard } from './person-card.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { usePeople } from './use-people.ts';

export function PeoplePage() {
  useTitle('People');
  const { resource } = usePeople();
  const count = resource.data?.length;
  return (
    <>
      <PageHeader
        title="People"
        detail={count === undefined ? '\u00a0' : countOf(count, 'person', 'people')}
        actions={
          <SelfieButton className="button">
            <Icon name="camera" size={18} />
            Find by selfie
          </SelfieButton>
        }
      />
      <Loaded
        resource={resource}
        what="the people"
        skeleton={<CardSkeleton count={8} className="people-grid" />}
      >
        {(people) => <Everyone people={people} />}
      </Loaded>
    </>
  );
}

function Everyone({ people }: { people: readonly Person[] }) {
  const [selected, setSelected] = useState<ReadonlySet<Id>>(new Set());
  if (people.length === 0) {
    return (
      <EmptyState icon="people" title="No people yet">
        <p>They appear here as soon as faces are found in your photos.</p>
      </EmptyState>
    );
  }
  const toggle = (id: Id): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  const cards = (some: readonly Person[]): ReactNode => (
    <ul className="people-grid">
      {some.map((person) => (
        <PersonCard
          key={person.id}
          person={person}
          people={people}
          selected={selected.has(person.id)}
          onSelect={() => toggle(person.id)}
        />
      ))}
    </ul>
  );
  const named = people.filter((person) => givenName(person));
  const unnamed = people.filter((person) => !givenName(person));
  return (
    <>
      {named.length > 0 && (
        <section className="people-section">
          <h2>
            Named <small>Sorted by photos</small>
          </h2>
          {cards(named)}
        </section>
      )}
      {unnamed.length > 0 && (
        <section className="people-section">
          <h2>
            Not named yet <small>Name one and the rest of the group follows</small>
          </h2>
          {cards(unnamed)}
        </section>
      )}
      <SelectionBar
        people={people.filter((person) => selected.has(person.id))}
        onClear={() => setSelected(new Set())}
      />
    </>
  );
}
