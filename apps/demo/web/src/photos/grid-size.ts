import { useSetting } from '../ui/settings.ts';

export type GridSize = 'S' | 'M' | 'L';

/** Heights that rows aim at. */
export const rowHeights: Readonly<Record<GridSize, number>> = { S: 140, M: 216, L: 320 };

export const gridSizes = [
  { value: 'S', text: 'S', title: 'Small photos' },
  { value: 'M', text: 'M', title: 'Medium photos' },
  { value: 'L', text: 'L', title: 'Large photos' },
] as const;

export const useGridSize = (): [GridSize, (size: GridSize) => void] =>
  useSetting<GridSize>('grid', ['S', 'M', 'L'], 'M');
