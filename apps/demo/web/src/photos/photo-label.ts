import { givenName } from '../people/given-name.ts';
import type { Id, Person, Photo } from '../api/types.ts';
import { formatShort, parseDate } from '../format/dates.ts';
import { joinNames } from '../format/numbers.ts';

/** "IMG_4182" of "IMG_4182.jpg": what a photo is called until it has a title. */
export const photoTitle = (photo: Photo): string => photo.fileName.replace(/\.[a-z0-9]{2,5}$/i, '');

/** The names of those in the photo whom someone has named, in the order of the faces from the left. */
export function namesIn(photo: Photo, people: ReadonlyMap<Id, Person>): string[] {
  const faces = [...photo.faces].sort((a, b) => a.box.x - b.box.x);
  const names = faces.map((face) =>
    face.personId === null ? undefined : givenName(people.get(face.personId)),
  );
  return [...new Set(names.filter((name): name is string => Boolean(name)))];
}

/** What a screen reader says of a tile: name, date, who is in it. */
export function photoLabel(photo: Photo, people: ReadonlyMap<Id, Person>): string {
  const date = parseDate(photo.takenAt);
  const names = namesIn(photo, people);
  const parts = [photoTitle(photo)];
  if (date) parts.push(formatShort(date));
  if (names.length > 0) parts.push(`with ${joinNames(names)}`);
  return parts.join(', ');
}
