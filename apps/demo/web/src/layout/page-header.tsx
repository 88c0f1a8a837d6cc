import type { ReactNode } from 'react';
import { CacheChip } from './cache-chip.tsx';

interface PageHeaderProps {
  title: ReactNode;
  /** Under the title: counts, dates. */
  detail?: ReactNode;
  /** Right of the chip. */
  actions?: ReactNode;
}

export function PageHeader({ title, detail, actions }: PageHeaderProps) {
  return (
    <header className="page-header">
      <div className="page-title">
        {typeof title === 'string' ? <h1>{title}</h1> : title}
        {detail !== undefined && <p>{detail}</p>}
      </div>
      <div className="page-actions">
        <CacheChip />
        {actions}
      </div>
    </header>
  );
}
