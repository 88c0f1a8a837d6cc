import { Link } from '../router/link.tsx';
import { useLocation } from '../router/location.ts';
import { Icon } from '../ui/icon.tsx';
import { summarize } from './upload-summary.ts';
import { uploads, useUploads } from './upload-store.ts';

/** What is under way, on every page but the upload page itself, which shows each file. */
export function UploadTray() {
  const items = useUploads();
  const { path } = useLocation();
  if (items.length === 0 || path === '/upload') return null;
  const { title, detail, share, over } = summarize(items);
  return (
    <aside className="tray" aria-label="Uploads">
      <Link href="/upload" className="tray-text">
        <strong>{title}</strong>
        {detail && <span> · {detail}</span>}
      </Link>
      <progress max={1} value={share} aria-label={title} />
      {over ? (
        <button type="button" className="icon-button" onClick={() => uploads.clear()} aria-label="Close">
          <Icon name="close" size={18} />
        </button>
      ) : (
        <PauseButton />
      )}
    </aside>
  );
}

export function PauseButton() {
  const { paused } = uploads;
  return (
    <button
      type="button"
      className="icon-button"
      onClick={() => uploads.setPaused(!paused)}
      aria-label={paused ? 'Continue uploading' : 'Pause uploading'}
    >
      <Icon name={paused ? 'play' : 'pause'} size={18} />
    </button>
  );
}
