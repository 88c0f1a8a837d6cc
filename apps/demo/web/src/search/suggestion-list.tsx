import type { Suggestion } from '../api/types.ts';
import { Icon, type IconName } from '../ui/icon.tsx';

const kinds: readonly { kind: Suggestion['kind']; title: string; icon: IconName }[] = [
  { kind: 'person', title: 'People', icon: 'people' },
  { kind: 'album', title: 'Albums', icon: 'albums' },
  { kind: 'photo', title: 'Photos', icon: 'photos' },
];

interface SuggestionListProps {
  id: string;
  suggestions: readonly Suggestion[];
  active: number;
  onChoose: (suggestion: Suggestion) => void;
}

/** The listbox of the search field, in groups; the field keeps the focus. */
export function SuggestionList({ id, suggestions, active, onChoose }: SuggestionListProps) {
  return (
    <div
      id={id}
      role="listbox"
      aria-label="Suggestions"
      className="suggestions"
      hidden={suggestions.length === 0}
    >
      {kinds.map(({ kind, title, icon }) => {
        const members = suggestions.filter((suggestion) => suggestion.kind === kind);
        if (members.length === 0) return null;
        return (
          <div key={kind} role="group" aria-label={title}>
            <span className="suggestion-title" aria-hidden="true">
              {title}
            </span>
            {members.map((suggestion) => {
              const index = suggestions.indexOf(suggestion);
              return (
                <div
                  key={suggestion.id}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={index === active}
                  className="suggestion"
                  // The press, not the click: the field must not lose the focus in between.
                  onPointerDown={(event) => {
                    event.preventDefault();
                    onChoose(suggestion);
                  }}
                >
                  <Icon name={icon} size={18} />
                  {suggestion.label}
                </div>
              );
            })}
          </div>
        );
      })}
    </div>
  );
}
