import { imageUrl } from '../api/paths.ts';
import type { Id } from '../api/types.ts';
import { photoTitle } from '../photos/photo-label.ts';
import { navigate } from '../router/location.ts';
import type { PhotoContext } from './photo-context.ts';

const AROUND = 6;

/** The neighbours at the foot of the stage. */
export function FilmStrip({ context, currentId }: { context: PhotoContext; currentId: Id }) {
  const { photos, index, suffix } = context;
  const start = Math.max(0, Math.min(index - AROUND, photos.length - 2 * AROUND - 1));
  const near = index < 0 ? [] : photos.slice(start, start + 2 * AROUND + 1);
  return (
    <nav className="film-strip" aria-label="Nearby photos">
      {near.map((photo) => (
        <a
          key={photo.id}
          href={`/photos/${photo.id}${suffix}`}
          aria-current={photo.id === currentId ? 'true' : undefined}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            navigate(`/photos/${photo.id}${suffix}`, { replace: true });
          }}
        >
          <img
            src={imageUrl(photo.id, 'thumb')}
            alt={photoTitle(photo)}
            width={66}
            height={66}
            loading="lazy"
          />
        </a>
      ))}
    </nav>
  );
}
