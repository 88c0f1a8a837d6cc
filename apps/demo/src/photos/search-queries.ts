import { asc, eq, ilike, sql, type SQL, type SQLWrapper } from 'drizzle-orm';
import type { Database } from '../database/open-database.ts';
import { albums, faces, persons, photos } from '../database/schema.ts';

/** The ids of what a text names, best first, and of each kind a bounded number. */
export interface TextMatches {
  readonly personIds: readonly string[];
  readonly albumIds: readonly string[];
  readonly photoIds: readonly string[];
}

/** Something that a text may be the beginning of. */
export interface Suggestion {
  readonly kind: 'person' | 'album' | 'photo';
  readonly id: string;
  readonly label: string;
}

const MAX_PER_KIND = 50;
const MAX_SUGGESTIONS = 8;

const shownName = sql<string>`coalesce(${persons.name}, 'Person ' || ${persons.number})`;
const hasFaces = sql`EXISTS (SELECT 1 FROM ${faces} WHERE ${faces.personId} = ${persons.id})`;

/** People and albums by name, photos by file name or by the name of somebody in them. */
export async function searchText(db: Database, text: string): Promise<TextMatches> {
  const pattern = containing(text);
  const people = await db
    .select({ id: persons.id })
    .from(persons)
    .where(sql`${shownName} ILIKE ${pattern} AND ${hasFaces}`)
    .orderBy(asc(persons.number))
    .limit(MAX_PER_KIND);
  const inAlbums = await db
    .select({ id: albums.id })
    .from(albums)
    .where(ilike(albums.name, pattern))
    .orderBy(asc(albums.position))
    .limit(MAX_PER_KIND);
  const inPhotos = await db
    .select({ id: photos.id })
    .from(photos)
    .where(
      sql`${photos.fileName} ILIKE ${pattern} OR ${photos.id} IN (
        SELECT ${faces.photoId} FROM ${faces} JOIN ${persons} ON ${persons.id} = ${faces.personId} WHERE ${shownName} ILIKE ${pattern})`,
    )
    .orderBy(asc(photos.takenAt), asc(photos.id))
    .limit(MAX_PER_KIND);
  return { personIds: people.map(idOf), albumIds: inAlbums.map(idOf), photoIds: inPhotos.map(idOf) };
}

export async function suggest(db: Database, text: string): Promise<Suggestion[]> {
  const pattern = containing(text);
  const people = await db
    .select({ id: persons.id, label: shownName })
    .from(persons)
    .innerJoin(faces, eq(faces.personId, persons.id))
    .where(sql`${shownName} ILIKE ${pattern}`)
    .groupBy(persons.id)
    .orderBy(beginsFirst(shownName, text), asc(persons.number))
    .limit(MAX_SUGGESTIONS);
  const inAlbums = await db
    .select({ id: albums.id, label: albums.name })
    .from(albums)
    .where(ilike(albums.name, pattern))
    .orderBy(beginsFirst(albums.name, text), asc(albums.position))
    .limit(MAX_SUGGESTIONS);
  const inPhotos = await db
    .select({ id: photos.id, label: photos.fileName })
    .from(photos)
    .where(ilike(photos.fileName, pattern))
    .orderBy(beginsFirst(photos.fileName, text), asc(photos.fileName), asc(photos.id))
    .limit(MAX_SUGGESTIONS);
  return [
    ...people.map((row) => ({ kind: 'person' as const, ...row })),
    ...inAlbums.map((row) => ({ kind: 'album' as const, ...row })),
    ...inPhotos.map((row) => ({ kind: 'photo' as const, ...row })),
  ].slice(0, MAX_SUGGESTIONS);
}

/** A LIKE pattern for text that may itself hold wildcards. */
function containing(text: string): string {
  return `%${escapeLike(text)}%`;
}

/** What begins with the text comes before what only contains it. */
function beginsFirst(label: SQLWrapper, text: string): SQL {
  return sql`${label} ILIKE ${`${escapeLike(text)}%`} DESC`;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function idOf({ id }: { readonly id: string }): string {
  return id;
}
