import { formatBytes } from '../format/numbers.ts';
import { AlbumName } from '../albums/album-name.tsx';
import { Link } from '../router/link.tsx';
import { Icon } from '../ui/icon.tsx';
import { isOver, stateWords, type UploadItem } from './upload-item.ts';
import { uploads, useUploads } from './upload-store.ts';
import { PauseButton } from './upload-tray.tsx';
import { summarize } from './upload-summary.ts';

/** Each file with its progress, its state in words, and what can be done about it. */
export function UploadList() {
  const items = useUploads();
  if (items.length === 0) return null;
  const { title, detail, over } = summarize(items);
  // Said aloud at quarters only: every percent would drown everything else.
  const quarter = Math.floor((items.filter(isOver).length / items.length) * 4) * 25;
  return (
    <section className="upload-list" aria-label="Files">
      <header>
        <h2>
          {title} {detail && <small>{detail}</small>}
        </h2>
        {over ? (
          <button type="button" className="button" onClick={() => uploads.clear()}>
            Clear list
          </button>
        ) : (
          <PauseButton />
        )}
      </header>
      <p className="visually-hidden" role="status">
        {quarter} percent uploaded
      </p>
      <ul>
        {items.map((item) => (
          <Row key={item.id} item={item} />
        ))}
      </ul>
    </section>
  );
}

function Row({ item }: { item: UploadItem }) {
  const { file, state, sent, photoId, foundIn, lasting, reason } = item;
  return (
    <li data-state={state}>
      <span className="upload-name">
        {photoId ? <Link href={`/photos/${photoId}`}>{file.name}</Link> : file.name}
        <small>
          {foundIn ? (
            <>
              It is in the album <AlbumName id={foundIn} />
            </>
          ) : (
            (reason ?? formatBytes(file.size))
          )}
        </small>
      </span>
      {state === 'failed' ? (
        <span className="upload-no-progress" />
      ) : (
        <progress max={1} value={sent} aria-label={`${file.name}: ${stateWords[state]}`} />
      )}
      <span className="upload-state">
        {state === 'failed' && <Icon name="warning" size={16} />}
        {isOver(item) && state !== 'failed' && <Icon name="check" size={16} />}
        {stateWords[state]}
      </span>
      {state === 'failed' && !lasting && (
        <button type="button" className="button" onClick={() => uploads.retry(item.id)}>
          Retry
        </button>
      )}
    </li>
  );
}
