import type { CSSProperties, FocusEvent } from 'react';
import { imageUrl } from '../api/paths.ts';
import type { Id, Person, Photo } from '../api/types.ts';
import { Link } from '../router/link.tsx';
import { namesIn, photoLabel } from './photo-label.ts';

interface PhotoTileProps {
  photo: Photo;
  people: ReadonlyMap<Id, Person>;
  href: string;
  /** Where it lies; without it the style sheet places it. */
  style?: CSSProperties;
  focusable: boolean;
  onFocus: (event: FocusEvent) => void;
  position: { index: number; of: number };
  caption?: string | undefined;
}

export function PhotoTile({
  photo,
  people,
  href,
  style,
  focusable,
  onFocus,
  position,
  caption,
}: PhotoTileProps) {
  const note = caption ?? namesIn(photo, people).join(', ');
  return (
    <li className="tile" style={style} aria-posinset={position.index + 1} aria-setsize={position.of}>
      <Link href={href} id={tileId(photo.id)} tabIndex={focusable ? 0 : -1} onFocus={onFocus}>
        <img
          src={imageUrl(photo.id, 'thumb')}
          alt={caption === undefined ? photoLabel(photo, people) : `${photoLabel(photo, people)}, ${caption}`}
          width={photo.width}
          height={photo.height}
          loading="lazy"
          decoding="async"
        />
        {note !== '' && (
          <span
            className={caption === undefined ? 'tile-note' : 'tile-note tile-note-kept'}
            aria-hidden="true"
          >
            {note}
          </span>
        )}
      </Link>
    </li>
  );
}

export const tileId = (id: Id): string => `photo-${id}`;
