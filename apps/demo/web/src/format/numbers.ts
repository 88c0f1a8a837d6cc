const whole = new Intl.NumberFormat('en');
const one = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const formatCount = (value: number): string => whole.format(value);

/** "1.2 ms" below 100, whole above, seconds from 1,000 on. */
export function formatMs(ms: number): string {
  if (ms >= 1_000) return `${one.format(ms / 1_000)}\u00a0s`;
  return `${ms < 100 ? one.format(ms) : whole.format(Math.round(ms))}\u00a0ms`;
}

/** A share of 0..1 as "98.2 %", with a thin space. */
export const formatShare = (share: number): string => `${one.format(share * 100)}\u202f%`;

/** "86.02%" as the API sends it, with a thin space. */
export const spacePercent = (text: string): string => text.replace(/%$/, '\u202f%');

export function countOf(value: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(value)} ${value === 1 ? singular : plural}`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes}\u00a0B`;
  if (bytes < 1_000_000) return `${whole.format(Math.round(bytes / 1_000))}\u00a0kB`;
  return `${one.format(bytes / 1_000_000)}\u00a0MB`;
}

/** "Lena", "Lena and Tomás", "Lena, Tomás and 2 more". */
export function joinNames(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? '';
  if (names.length === 2) return names.join(' and ');
  if (names.length === 3) return `${names[0]}, ${names[1]} and ${names[2]}`;
  return `${names[0]}, ${names[1]} and ${names.length - 2} more`;
}
