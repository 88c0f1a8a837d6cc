import { useId, useRef, useState, type DragEvent, type KeyboardEvent } from 'react';
import type { Suggestion } from '../api/types.ts';
import { navigate, useLocation } from '../router/location.ts';
import { Icon } from '../ui/icon.tsx';
import { MAX_QUERY_CHARS, searchedFor, trimQuery } from './searched-for.ts';
import { SelfieButton } from './selfie-button.tsx';
import { startSelfieSearch } from './selfie-search.ts';
import { SuggestionList } from './suggestion-list.tsx';
import { useSuggestions } from './use-suggestions.ts';

export const SEARCH_FIELD_ID = 'search-field';

const pages: Readonly<Record<Suggestion['kind'], string>> = {
  person: 'people',
  album: 'albums',
  photo: 'photos',
};

/** A combobox (ARIA APG, list autocomplete with manual selection); a picture dropped on it searches by face. */
export function SearchBox() {
  const location = useLocation();
  const searched = location.path === '/search' ? searchedFor(location.query) : '';
  const [typed, setTyped] = useState(searched);
  const [before, setBefore] = useState(searched);
  // The field says what the page shows, however the page was reached.
  if (before !== searched) {
    setBefore(searched);
    setTyped(searched);
  }
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  const listId = useId();
  const suggestions = useSuggestions(open ? typed : '');
  const shown = open && suggestions.length > 0;

  const leave = (to: string): void => {
    setOpen(false);
    setActive(-1);
    field.current?.blur();
    navigate(to);
  };
  const choose = ({ kind, id }: Suggestion): void => {
    setTyped('');
    leave(`/${pages[kind]}/${id}`);
  };
  const submit = (): void => {
    const chosen = shown ? suggestions[active] : undefined;
    if (chosen) choose(chosen);
    else if (trimQuery(typed) !== '') leave(`/search?q=${encodeURIComponent(trimQuery(typed))}`);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const count = suggestions.length;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      // Past either end lies the field itself (-1).
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive(((active + 1 + step + count + 1) % (count + 1)) - 1);
    } else if (event.key === 'Escape') {
      if (shown) setOpen(false);
      else setTyped('');
    }
  };
  const onDrop = (event: DragEvent): void => {
    const file = event.dataTransfer.files[0];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    void startSelfieSearch(file);
  };
  return (
    <search className="search" onDrop={onDrop} data-drop="selfie">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Icon name="search" />
        <input
          ref={field}
          id={SEARCH_FIELD_ID}
          type="text"
          inputMode="search"
          role="combobox"
          aria-label="Search people, albums and photos"
          aria-expanded={shown}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={shown && active >= 0 ? `${listId}-${active}` : undefined}
          placeholder="Search people, albums, photos"
          autoComplete="off"
          spellCheck={false}
          enterKeyHint="search"
          maxLength={MAX_QUERY_CHARS}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setOpen(true);
            setActive(-1);
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        <kbd aria-hidden="true">/</kbd>
        <SelfieButton className="icon-button" label="Search with a picture of a face">
          <Icon name="selfie" />
        </SelfieButton>
      </form>
      <SuggestionList id={listId} suggestions={shown ? suggestions : []} active={active} onChoose={choose} />
    </search>
  );
}
