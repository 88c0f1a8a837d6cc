import type { IconName } from '../ui/icon.tsx';

export interface Section {
  href: string;
  label: string;
  icon: IconName;
  /** Pages that belong to it begin so; `/` stands for itself only. */
  prefix: string;
}

export const sections: readonly Section[] = [
  { href: '/', label: 'Photos', icon: 'photos', prefix: '/' },
  { href: '/albums', label: 'Albums', icon: 'albums', prefix: '/albums' },
  { href: '/people', label: 'People', icon: 'people', prefix: '/people' },
  { href: '/upload', label: 'Upload', icon: 'upload', prefix: '/upload' },
  { href: '/cache', label: 'Cache', icon: 'cache', prefix: '/cache' },
];

export const isCurrent = (section: Section, path: string): boolean =>
  section.prefix === '/' ? path === '/' : path === section.prefix || path.startsWith(`${section.prefix}/`);
