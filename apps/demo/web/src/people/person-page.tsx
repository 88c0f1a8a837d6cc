import { givenName } from './given-name.ts';
import { useRef, useState } from 'react';
import { isNotThere } from '../api/api-error.ts';
import { personPhotosPath } from '../api/paths.ts';
import type { Person } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { countOf } from '../format/numbers.ts';
import { PageHeader } from '../layout/page-header.tsx';
import { gridSizes, rowHeights, useGridSize } from '../photos/grid-size.ts';
import { GridSkeleton } from '../photos/grid-skeleton.tsx';
import { PhotoGrid } from '../photos/photo-grid.tsx';
import { usePhotoPages } from '../photos/use-photo-pages.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { Icon } from '../ui/icon.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { NotHere } from '../ui/not-here.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { useTitle } from '../ui/use-title.ts';
import { FaceCrop } from './face-crop.tsx';
import { MergeDialog } from './merge-dialog.tsx';
import { NameForm } from './name-form.tsx';
import { usePeople } from './use-people.ts';

export function PersonPage({ id }: { id: string }) {
  const person = useResource<Person>(`/people/${id}`);
  const { photos, more } = usePhotoPages((offset) => personPhotosPath(id, offset));
  const { resource: everyone, byId } = usePeople();
  const [size, setSize] = useGridSize();
  const dialog = useRef<HTMLDialogElement>(null);
  const known = person.data;
  useTitle(known?.name || 'Person');
  if (person.error && isNotThere(person.error) && !known) return <NotHere what="person" />;
  return (
    <>
      <PageHeader
        title={<Identity person={known} people={everyone.data ?? []} />}
        actions={
          <>
            <button
              type="button"
              className="button"
              disabled={!known}
              onClick={() => dialog.current?.showModal()}
            >
              <Icon name="merge" size={18} />
              Merge
            </button>
            <div className="wide-only">
              <Segmented label="Size" options={gridSizes} value={size} onChange={setSize} />
            </div>
          </>
        }
      />
      {known && <MergeDialog ref={dialog} person={known} people={everyone.data ?? []} />}
      <Loaded resource={photos} what="this person" skeleton={<GridSkeleton rowHeight={rowHeights[size]} />}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon="photos" title="No photos of this person" />
          ) : (
            <>
              <PhotoGrid
                photos={list}
                people={byId}
                rowHeight={rowHeights[size]}
                hrefOf={(photo) => `/photos/${photo.id}?person=${id}`}
              />
              <MoreButton more={more} loading={photos.loading} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

/** Face, name, count; the name is changed where it stands. */
function Identity({ person, people }: { person: Person | undefined; people: readonly Person[] }) {
  const [editing, setEditing] = useState(false);
  const unnamed = person !== undefined && !givenName(person);
  return (
    <div className="identity">
      <span className="identity-face">
        {person?.coverFaceId && <FaceCrop faceId={person.coverFaceId} size={72} />}
      </span>
      <div>
        {person && (editing || unnamed) ? (
          <>
            <h1 className="visually-hidden">{person.name || 'Unnamed person'}</h1>
            <NameForm key={person.name} person={person} people={people} onDone={() => setEditing(false)} />
          </>
        ) : (
          <h1>
            {givenName(person) ?? '\u00a0'}
            {person && (
              <button
                type="button"
                className="icon-button"
                onClick={() => setEditing(true)}
                aria-label={`Rename ${givenName(person) ?? ''}`}
                title="Rename"
              >
                <Icon name="pencil" size={18} />
              </button>
            )}
          </h1>
        )}
        <p>
          {person
            ? `${countOf(person.photoCount, 'photo')} · ${countOf(person.faceCount, 'face')}`
            : '\u00a0'}
        </p>
      </div>
    </div>
  );
}
