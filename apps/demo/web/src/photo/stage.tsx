import { useState, type CSSProperties } from 'react';
import { imageUrl } from '../api/paths.ts';
import type { Id, Person, Photo } from '../api/types.ts';
import { photoLabel } from '../photos/photo-label.ts';
import { Icon } from '../ui/icon.tsx';
import { FaceBox } from './face-box.tsx';
import { FaceForm } from './face-form.tsx';
import type { PhotoContext } from './photo-context.ts';
import { usePreload } from './use-preload.ts';
import type { PhotoActions } from './use-photo-keys.ts';

interface StageProps {
  photo: Photo | undefined;
  people: ReadonlyMap<Id, Person>;
  showFaces: boolean;
  focusedFace: Id | undefined;
  context: PhotoContext;
  actions: PhotoActions;
}

/** The picture, as large as it fits, with its faces at percentages of it. */
export function Stage({ photo, people, showFaces, focusedFace, context, actions }: StageProps) {
  const [open, setOpen] = useState<Id>();
  usePreload([context.next, context.previous]);
  // Read and tabbed through as they stand: from the left.
  const faces = [...(photo?.faces ?? [])].sort((a, b) => a.box.x - b.box.x);
  const openFace = faces.find((face) => face.id === open);
  const fit = { '--ratio': photo ? photo.width / photo.height : 1.5 } as CSSProperties;
  return (
    <div className="stage">
      <StageButton side="left" label="Previous photo" run={context.previous && actions.previous} />
      <div className="stage-fit">
        <div className="frame" style={fit} key={photo?.id}>
          {photo && (
            <img
              src={imageUrl(photo.id, 'large')}
              alt={photoLabel(photo, people)}
              width={photo.width}
              height={photo.height}
              fetchPriority="high"
              style={{ backgroundImage: `url("${imageUrl(photo.id, 'thumb')}")` }}
            />
          )}
          {showFaces &&
            faces.map((face) => (
              <FaceBox
                key={face.id}
                face={face}
                person={face.personId === null ? undefined : people.get(face.personId)}
                highlighted={face.id === focusedFace}
                open={face.id === open}
                onToggle={() => setOpen(face.id === open ? undefined : face.id)}
              />
            ))}
          {showFaces && openFace && (
            <FaceForm key={openFace.id} face={openFace} people={people} onClose={() => setOpen(undefined)} />
          )}
        </div>
      </div>
      <StageButton side="right" label="Next photo" run={context.next && actions.next} />
    </div>
  );
}

function StageButton({
  side,
  label,
  run,
}: {
  side: 'left' | 'right';
  label: string;
  run: (() => void) | undefined;
}) {
  return (
    <button
      type="button"
      className={`stage-button stage-${side}`}
      onClick={run}
      disabled={!run}
      aria-label={label}
    >
      <Icon name={side} size={22} />
    </button>
  );
}
