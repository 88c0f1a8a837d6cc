import { useMemo, useState, type KeyboardEvent } from 'react';
import type { Id, Person, Photo } from '../api/types.ts';
import { useWidth } from '../ui/use-width.ts';
import { nextInGrid } from './grid-keys.ts';
import { justify } from './justify.ts';
import { PhotoTile } from './photo-tile.tsx';
import { useReturnFocus } from './return-focus.ts';

const GAP = 4;
/** Under this width the grid is three square columns, drawn by the style sheet. */
const NARROW = 480;

interface PhotoGridProps {
  photos: readonly Photo[];
  people: ReadonlyMap<Id, Person>;
  rowHeight: number;
  hrefOf: (photo: Photo) => string;
  captionOf?: (photo: Photo) => string | undefined;
}

/**
 * Justified rows whose height is exact before any picture is there, for the API sends each photo's
 * proportions. One stop of the Tab key; arrows move inside.
 */
export function PhotoGrid({ photos, people, rowHeight, hrefOf, captionOf }: PhotoGridProps) {
  const [element, width] = useWidth<HTMLDivElement>();
  const [current, setCurrent] = useState<Id | undefined>(photos[0]?.id);
  useReturnFocus(photos);
  const rows = width >= NARROW;
  const layout = useMemo(
    () => justify(rows ? photos.map((photo) => photo.width / photo.height) : [], width, rowHeight, GAP),
    [photos, width, rowHeight, rows],
  );
  const move = (event: KeyboardEvent<HTMLUListElement>): void => {
    const next = nextInGrid(event);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  const stop = photos.some((photo) => photo.id === current) ? current : photos[0]?.id;
  const style = rows ? { height: layout.height } : undefined;
  // The box is measured, not the list: squares reach over its edges.
  return (
    <div ref={element}>
      <ul className={rows ? 'grid grid-rows' : 'grid grid-squares'} style={style} onKeyDown={move}>
        {width > 0 &&
          photos.map((photo, index) => {
            const placed = rows ? layout.tiles[index] : undefined;
            return (
              <PhotoTile
                key={photo.id}
                photo={photo}
                people={people}
                href={hrefOf(photo)}
                focusable={photo.id === stop}
                onFocus={() => setCurrent(photo.id)}
                position={{ index, of: photos.length }}
                caption={captionOf?.(photo)}
                {...(placed ? { style: { ...placed } } : {})}
              />
            );
          })}
      </ul>
    </div>
  );
}
