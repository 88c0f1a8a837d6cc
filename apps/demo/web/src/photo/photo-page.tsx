import { useState } from 'react';
import { isNotThere } from '../api/api-error.ts';
import type { Id, Photo } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { Shell } from '../layout/shell.tsx';
import { usePeople } from '../people/use-people.ts';
import { photoTitle } from '../photos/photo-label.ts';
import { rememberOpened } from '../photos/return-focus.ts';
import { goBack, navigate, useLocation } from '../router/location.ts';
import { ErrorState } from '../ui/error-state.tsx';
import { NotHere } from '../ui/not-here.tsx';
import { useSetting } from '../ui/settings.ts';
import { useTitle } from '../ui/use-title.ts';
import { resources } from '../api/resources.ts';
import { DetailsPanel } from './details-panel.tsx';
import { FilmStrip } from './film-strip.tsx';
import { usePhotoContext } from './photo-context.ts';
import { PhotoBar } from './photo-bar.tsx';
import { Stage } from './stage.tsx';
import { usePhotoKeys } from './use-photo-keys.ts';

const onOff = ['on', 'off'] as const;

/** One photo on a near-black stage, with its faces, its neighbours and what is known of it. */
export function PhotoPage({ id }: { id: Id }) {
  const { query } = useLocation();
  const { data: photo, error } = useResource<Photo>(`/photos/${id}`);
  const context = usePhotoContext(photo, id, query);
  const { byId } = usePeople();
  const [details, setDetails] = useSetting('details', onOff, window.innerWidth >= 1080 ? 'on' : 'off');
  const [faces, setFaces] = useSetting('faces', onOff, 'on');
  const [focusedFace, setFocusedFace] = useState<Id>();
  const shown = photo ?? context.photos[context.index];
  useTitle(shown ? photoTitle(shown) : 'Photo');
  const show = (neighbour: Photo | undefined): void => {
    if (neighbour) navigate(`/photos/${neighbour.id}${context.suffix}`, { replace: true });
  };
  const actions = {
    previous: () => show(context.previous),
    next: () => show(context.next),
    details: () => setDetails(details === 'on' ? 'off' : 'on'),
    faces: () => setFaces(faces === 'on' ? 'off' : 'on'),
    close: () => {
      rememberOpened(id);
      goBack(context.href);
    },
  };
  usePhotoKeys(actions);
  if (error && isNotThere(error) && !photo) {
    return (
      <Shell path="/">
        <NotHere what="photo" />
      </Shell>
    );
  }
  const failed = error && !shown ? error : undefined;
  const panel = details === 'on' && !failed;
  return (
    <div className="photo-page" data-details={panel ? 'on' : 'off'}>
      <main className="stage-side">
        <h1 className="visually-hidden">{shown ? photoTitle(shown) : 'Photo'}</h1>
        <PhotoBar
          context={context}
          photo={shown}
          actions={actions}
          details={details === 'on'}
          faces={faces === 'on'}
        />
        {failed ? (
          <div className="stage-message">
            <ErrorState what="this photo" error={failed} onRetry={() => resources.revalidate()} />
          </div>
        ) : (
          <Stage
            photo={shown}
            people={byId}
            showFaces={faces === 'on'}
            focusedFace={focusedFace}
            context={context}
            actions={actions}
          />
        )}
        <FilmStrip context={context} currentId={id} />
      </main>
      {panel && (
        <DetailsPanel
          photo={shown}
          people={byId}
          album={query.get('person') === null ? context.title : undefined}
          onClose={actions.details}
          onFaceHover={setFocusedFace}
        />
      )}
    </div>
  );
}
