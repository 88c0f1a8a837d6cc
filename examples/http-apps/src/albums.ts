/** What the six services have in common: a few albums, a picture, and a list that is made line by line. */
import { setImmediate as nextTurn, setTimeout as after } from 'node:timers/promises';

export interface Album {
  readonly id: number;
  readonly name: string;
}

const albums: Album[] = [
  { id: 1, name: 'Summer' },
  { id: 2, name: 'Bärensee' },
];

export const listAlbums = (): readonly Album[] => albums;

export const findAlbum = (id: string): Album | undefined => albums.find((album) => String(album.id) === id);

export const addAlbum = (name: string): Album => {
  const album = { id: albums.length + 1, name };
  albums.push(album);
  return album;
};

/** A GIF of one pixel. */
export const cover: Uint8Array<ArrayBuffer> = Uint8Array.from(
  atob('R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs='),
  (character) => character.charCodeAt(0),
);

export async function* albumLines(): AsyncGenerator<string> {
  for (const { name } of albums) {
    yield `${name}\n`;
    await nextTurn();
  }
}

export const page = '<!doctype html><title>Albums</title><h1>Albums</h1><img src="/cover" alt="the cover">';

/** Browsers ask each time whether the page is still the same, and the cache can answer for ten minutes. */
export const PAGE_CONTROL = 'max-age=0, s-maxage=600';

/** An early hint: the browser may load the picture while the page is being made. */
export const PRELOAD = '</cover>; rel=preload; as=image';

export const greet = (languages = ''): string => (languages.startsWith('de') ? 'Guten Tag' : 'Hello');

/** Server-sent events. */
export async function* ticks(): AsyncGenerator<string> {
  for (let i = 1; i <= 3; i += 1) {
    if (i > 1) await after(300);
    yield `data: ${i}\n\n`;
  }
}

/** Tells where the service is to be found, as the tests read it. */
export const announce = (address: unknown): void => {
  const { port } = address as { port: number };
  console.log(`listening on http://127.0.0.1:${port}`);
};

export const PORT = Number(process.env['PORT'] ?? 3000);
