import { givenName } from '../people/given-name.ts';
import type { CSSProperties } from 'react';
import type { Box, Face, Person } from '../api/types.ts';

interface FaceBoxProps {
  face: Face;
  person: Person | undefined;
  highlighted: boolean;
  open: boolean;
  onToggle: () => void;
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

export const boxStyle = ({ x, y, width, height }: Box): CSSProperties => ({
  left: percent(x),
  top: percent(y),
  width: percent(width),
  height: percent(height),
});

/** White with a name, dashed amber without; a face too small to be in any group has neither. */
export function FaceBox({ face, person, highlighted, open, onToggle }: FaceBoxProps) {
  const name = givenName(person);
  const kind = face.personId === null ? 'loose' : name ? 'named' : 'unknown';
  const label = { loose: 'Too small to recognise', named: name ?? '', unknown: 'Who is this?' }[kind];
  return (
    <button
      type="button"
      className={`face-box face-${kind}`}
      style={boxStyle(face.box)}
      data-highlighted={highlighted || open}
      aria-label={kind === 'unknown' ? 'Unnamed face. Who is this?' : label}
      aria-expanded={kind === 'loose' ? undefined : open}
      disabled={kind === 'loose'}
      onClick={onToggle}
      title={kind === 'loose' ? label : undefined}
    >
      {kind !== 'loose' && <span>{label}</span>}
    </button>
  );
}
