import { useEffect, useRef } from 'react';
import { navigate } from '../router/location.ts';
import { SEARCH_FIELD_ID } from '../search/search-box.tsx';
import { toggleTheme } from '../theme/theme.ts';
import { readSetting } from '../ui/settings.ts';
import { isPlainKey } from './plain-key.ts';

/** How long `g` waits for its second key. */
const SECOND_KEY_MS = 1_500;

const goTo: Readonly<Record<string, string>> = { p: '/', a: '/albums', e: '/people', c: '/cache' };

const focusSearch = (): void => document.getElementById(SEARCH_FIELD_ID)?.focus();

/** Single keys of the whole app. Off in fields, with a modifier held, and by the switch in the sheet. */
export function useShortcuts(openSheet: () => void): void {
  const sheet = useRef(openSheet);
  useEffect(() => {
    sheet.current = openSheet;
  });
  useEffect(() => {
    let goPressedAt = -Infinity;
    const onKey = (event: KeyboardEvent): void => {
      if (readSetting('shortcuts') === 'off' || !isPlainKey(event)) return;
      const afterGo = event.timeStamp - goPressedAt < SECOND_KEY_MS;
      goPressedAt = event.key === 'g' ? event.timeStamp : -Infinity;
      const page = afterGo ? goTo[event.key] : undefined;
      const run = page === undefined ? single(event.key, sheet.current) : () => navigate(page);
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function single(key: string, openSheet: () => void): (() => void) | undefined {
  switch (key) {
    case '/':
      return focusSearch;
    case 'u':
      return () => navigate('/upload');
    case 't':
      return toggleTheme;
    case '?':
      return openSheet;
    default:
      return undefined;
  }
}
