import { downloadUrl } from '../api/paths.ts';
import type { Photo } from '../api/types.ts';
import { formatCount } from '../format/numbers.ts';
import { CacheChip } from '../layout/cache-chip.tsx';
import { Icon } from '../ui/icon.tsx';
import { countDownload } from './downloads.ts';
import type { PhotoContext } from './photo-context.ts';
import type { PhotoActions } from './use-photo-keys.ts';

interface PhotoBarProps {
  context: PhotoContext;
  photo: Photo | undefined;
  actions: PhotoActions;
  details: boolean;
  faces: boolean;
}

export function PhotoBar({ context, photo, actions, details, faces }: PhotoBarProps) {
  const { title, index, total } = context;
  const place = index < 0 ? '' : `${formatCount(index + 1)} of ${formatCount(total)}`;
  return (
    <header className="photo-bar">
      <button
        type="button"
        className="icon-button"
        onClick={actions.close}
        aria-label="Back"
        title="Back (Esc)"
      >
        <Icon name="back" />
      </button>
      <p className="photo-place" role="status">
        {title && <span className="photo-list">{title}</span>}
        {title && place && <span aria-hidden="true"> · </span>}
        {place}
      </p>
      <CacheChip />
      <button
        type="button"
        className="icon-button"
        aria-pressed={faces}
        onClick={actions.faces}
        aria-label="Show faces"
        title="Faces (p)"
      >
        <Icon name="people" />
      </button>
      {photo && (
        <a
          className="icon-button"
          href={downloadUrl(photo.id)}
          download={photo.fileName}
          onClick={() => countDownload(photo)}
          aria-label={`Download ${photo.fileName}`}
          title="Download"
        >
          <Icon name="download" />
        </a>
      )}
      <button
        type="button"
        className="icon-button"
        aria-pressed={details}
        onClick={actions.details}
        aria-label="Show details"
        title="Details (i)"
      >
        <Icon name="info" />
      </button>
    </header>
  );
}
