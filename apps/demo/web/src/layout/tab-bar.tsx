import { Link } from '../router/link.tsx';
import { Icon } from '../ui/icon.tsx';
import { isCurrent, sections } from './sections.ts';

/** The navigation of a narrow screen. */
export function TabBar({ path }: { path: string }) {
  return (
    <nav className="tab-bar" aria-label="Main">
      {sections.map((section) => (
        <Link
          key={section.href}
          href={section.href}
          aria-current={isCurrent(section, path) ? 'page' : undefined}
        >
          <Icon name={section.icon} size={22} />
          <span>{section.label}</span>
        </Link>
      ))}
    </nav>
  );
}
