import type { ReactNode } from 'react';
import { useConnection, type Connection } from '../api/connection.ts';
import { formatClock } from '../format/dates.ts';
import { countOf } from '../format/numbers.ts';
import { Icon, type IconName } from '../ui/icon.tsx';

interface Notice {
  tone: 'plain' | 'neutral' | 'warn';
  icon: IconName;
  text: string;
  extra?: ReactNode;
}

/** One line under the top bar when something is not as always; its row opens and closes, nothing is covered. */
export function Banner() {
  const notice = noticeOf(useConnection());
  return (
    <div className="banner-row" data-open={notice !== undefined} role="status">
      <div>
        {notice && (
          <div className={`banner banner-${notice.tone}`}>
            <Icon name={notice.icon} size={18} />
            <span>{notice.text}</span>
            {notice.extra}
          </div>
        )}
      </div>
    </div>
  );
}

function noticeOf({ reachable, health, seenAt }: Connection): Notice | undefined {
  if (!reachable) {
    const shown = seenAt ? ` Showing what was loaded at ${formatClock(seenAt)}.` : '';
    return { tone: 'neutral', icon: 'offline', text: `The server cannot be reached.${shown}` };
  }
  if (!health) return undefined;
  const { state, total, done, failed } = health.import;
  if (!health.ready || state === 'running') {
    const text =
      total > 0 ? `Warming up: ${done} of ${countOf(total, 'photo')}` : 'Warming up: the database starts';
    const extra = <progress max={Math.max(total, 1)} value={done} aria-label="Import" />;
    return { tone: 'plain', icon: 'photos', text, extra };
  }
  if (failed.length === 0) return undefined;
  const reasons = (
    <details>
      <summary>Which</summary>
      <ul>
        {failed.map(({ fileName, reason }) => (
          <li key={fileName}>
            <strong>{fileName}</strong> {reason}
          </li>
        ))}
      </ul>
    </details>
  );
  return {
    tone: 'warn',
    icon: 'warning',
    text: `${countOf(failed.length, 'file')} could not be imported.`,
    extra: reasons,
  };
}
