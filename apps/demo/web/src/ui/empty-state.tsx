import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

/** One sentence, at most one action. */
export function EmptyState({
  icon,
  title,
  children,
}: {
  icon: IconName;
  title: string;
  children?: ReactNode;
}) {
  return (
    <div className="state">
      <Icon name={icon} size={32} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}
