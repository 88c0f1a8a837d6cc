import type { ReactNode } from 'react';

interface StatTileProps {
  name: string;
  value: string;
  detail: ReactNode;
  /** Only where the number is out of bounds. */
  tone?: 'bad' | undefined;
}

export function StatTile({ name, value, detail, tone }: StatTileProps) {
  return (
    <div className="stat-tile" data-tone={tone}>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <small>{detail}</small>
      </dd>
    </div>
  );
}
