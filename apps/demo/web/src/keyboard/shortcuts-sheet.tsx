import type { RefObject } from 'react';
import { Icon } from '../ui/icon.tsx';
import { useSetting } from '../ui/settings.ts';

const shortcuts: readonly (readonly [keys: string, what: string])[] = [
  ['g p', 'Photos'],
  ['g a', 'Albums'],
  ['g e', 'People'],
  ['g c', 'Cache'],
  ['/', 'Search'],
  ['u', 'Upload'],
  ['t', 'Light or dark'],
  ['← →', 'Previous, next photo'],
  ['i', 'Details of a photo'],
  ['p', 'Faces in a photo'],
  ['Esc', 'Back from a photo'],
  ['?', 'This list'],
];

export function ShortcutsSheet({ ref }: { ref: RefObject<HTMLDialogElement | null> }) {
  const [on, setOn] = useSetting('shortcuts', ['on', 'off'], 'on');
  return (
    <dialog ref={ref} className="dialog" aria-labelledby="shortcuts-title">
      <header>
        <h2 id="shortcuts-title">Keyboard shortcuts</h2>
        <form method="dialog">
          <button className="icon-button" aria-label="Close">
            <Icon name="close" />
          </button>
        </form>
      </header>
      <dl className="shortcuts">
        {shortcuts.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label className="switch-row">
        <input
          type="checkbox"
          checked={on === 'on'}
          onChange={(event) => setOn(event.target.checked ? 'on' : 'off')}
        />
        Shortcuts of a single key
      </label>
    </dialog>
  );
}
