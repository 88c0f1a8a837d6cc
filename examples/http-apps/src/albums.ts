/** What the six services have in common: a few albums, a picture, and a list that is made line by line. */
import { setImmediate as nextTurn } from 'node:timers/promises';

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

/** Tells where the service is to be found, as the tests read it. */
export const announce = (address: unknown): void => {
  const { port } = address as { port: number };
  console.log(`listening on http://127.0.0.1:${port}`);
};

export const PORT = Number(process.env['PORT'] ?? 3000);
