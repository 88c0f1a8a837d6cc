import { useRef, type FocusEvent, type KeyboardEvent } from 'react';
import { usePageTiming } from '../api/page-timing.ts';
import { formatMs } from '../format/numbers.ts';
import { cacheCost } from './cache-cost.ts';
import { OutcomeMark } from './outcome-mark.tsx';
import { ServedList } from './served-list.tsx';

/** What this page cost: "3.1 ms · 6 of 6 from cache"; opens the list of replies it was made of. */
export function CacheChip() {
  const timing = usePageTiming();
  const details = useRef<HTMLDetailsElement>(null);
  const cost = cacheCost(timing);
  const close = (): void => {
    if (details.current) details.current.open = false;
  };
  const closeWhenLeft = (event: FocusEvent): void => {
    if (!event.currentTarget.contains(event.relatedTarget)) close();
  };
  const closeOnEscape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !details.current?.open) return;
    event.preventDefault();
    close();
    details.current.querySelector('summary')?.focus();
  };
  if (!cost) return <span className="chip chip-waiting" aria-hidden="true" />;
  const text = [cost.time, cost.source].filter(Boolean).join(' · ');
  return (
    <details className="chip-details" ref={details} onBlur={closeWhenLeft} onKeyDown={closeOnEscape}>
      <summary className="chip" aria-label={`This page's data took ${text}. Show each reply`}>
        <OutcomeMark outcome={cost.outcome} />
        <span>
          {cost.time}
          {cost.source && <span className="chip-source"> · {cost.source}</span>}
        </span>
      </summary>
      <div className="chip-panel">
        <h2>How this page was served</h2>
        <ServedList replies={timing.replies} />
        <p>
          {cost.measuredBy === 'server' && `The server took ${cost.time} for these replies together. `}
          The browser waited {formatMs(timing.waitedMs)} for them, other traffic included.
        </p>
      </div>
    </details>
  );
}
