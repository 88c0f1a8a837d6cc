import { useSyncExternalStore } from 'react';
import { Icon } from './icon.tsx';

interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 10_000;
const MAX_TOASTS = 3;

const listeners = new Set<() => void>();
let toasts: readonly Toast[] = [];
let nextId = 1;

function publish(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

const dismiss = (id: number): void => publish(toasts.filter((toast) => toast.id !== id));

/** Says what happened for ten seconds; at most three at once, the oldest makes room. */
export function showToast(
  text: string,
  options: { tone?: Toast['tone']; action?: { label: string; run: () => void } } = {},
): void {
  const { tone = 'plain', action } = options;
  const id = nextId++;
  publish([...toasts, { id, text, tone, ...(action ? { action } : {}) }].slice(-MAX_TOASTS));
  setTimeout(() => dismiss(id), SHOWN_MS);
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, tone, action }) => (
        <div key={id} className={`toast toast-${tone}`}>
          <Icon name={tone === 'bad' ? 'warning' : 'check'} size={18} />
          <span>{text}</span>
          {action && (
            <button
              type="button"
              className="toast-action"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <button type="button" className="icon-button" aria-label="Close" onClick={() => dismiss(id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
