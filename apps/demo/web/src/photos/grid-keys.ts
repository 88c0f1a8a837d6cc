import type { KeyboardEvent } from 'react';

/** The tile that an arrow, Home or End leads to from the focused one, over all grids of the page. */
export function nextInGrid(event: KeyboardEvent): HTMLElement | undefined {
  if (event.metaKey || event.ctrlKey || event.altKey || event.shiftKey) return undefined;
  const tiles = [...document.querySelectorAll<HTMLElement>('.grid .tile > a')];
  const index = tiles.findIndex((tile) => tile === document.activeElement);
  const from = tiles[index];
  if (!from) return undefined;
  switch (event.key) {
    case 'ArrowRight':
      return tiles[index + 1];
    case 'ArrowLeft':
      return tiles[index - 1];
    case 'ArrowDown':
      return nearest(from, tiles.slice(index + 1), 1);
    case 'ArrowUp':
      return nearest(from, tiles.slice(0, index).reverse(), -1);
    case 'Home':
      return tiles[0];
    case 'End':
      return tiles.at(-1);
    default:
      return undefined;
  }
}

/** The tile of the next row, down (1) or up (-1), whose middle lies nearest to that of `from`. */
function nearest(
  from: HTMLElement,
  others: readonly HTMLElement[],
  direction: 1 | -1,
): HTMLElement | undefined {
  const start = from.getBoundingClientRect();
  const middle = start.left + start.width / 2;
  let rowTop: number | undefined;
  let best: { tile: HTMLElement; far: number } | undefined;
  for (const tile of others) {
    const box = tile.getBoundingClientRect();
    if ((box.top - start.top) * direction < 2) continue;
    rowTop ??= box.top;
    if (Math.abs(box.top - rowTop) > 2) break;
    const far = Math.abs(box.left + box.width / 2 - middle);
    if (!best || far < best.far) best = { tile, far };
  }
  return best?.tile;
}
