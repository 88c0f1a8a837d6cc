import { eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../database/open-database.ts';
import { faces, persons, photos } from '../database/schema.ts';
import type { Person } from './model.ts';

/** The name somebody gave, else "Person 7". */
const shownName: SQL<string> = sql`coalesce(${persons.name}, 'Person ' || ${persons.number})`;
const faceCount: SQL<number> = sql`count(${faces.id})::int`;
const photoCount: SQL<number> = sql`count(DISTINCT ${faces.photoId})::int`;
/** The largest face shows best who it is. */
const coverFaceId: SQL<string | null> =
  sql`(array_agg(${faces.id} ORDER BY ${faces.width} * ${faces.height} DESC, ${faces.id}))[1]`;

const columns = { id: persons.id, name: shownName, photoCount, faceCount, coverFaceId };

/** Everybody, those in most photos first. */
export function listPeople(db: Database): Promise<Person[]> {
  return db
    .select(columns)
    .from(persons)
    .innerJoin(faces, eq(faces.personId, persons.id))
    .groupBy(persons.id)
    .orderBy(sql`count(DISTINCT ${faces.photoId}) DESC`, persons.number);
}

export async function findPerson(db: Database, personId: string): Promise<Person | undefined> {
  const rows = await db
    .select(columns)
    .from(persons)
    .leftJoin(faces, eq(faces.personId, persons.id))
    .where(eq(persons.id, personId))
    .groupBy(persons.id);
  return rows[0];
}

/** False if there is no such person. */
export async function renamePerson(db: Database, personId: string, name: string): Promise<boolean> {
  const rows = await db
    .update(persons)
    .set({ name })
    .where(eq(persons.id, personId))
    .returning({ id: persons.id });
  return rows.length > 0;
}

/**
 * Gives all faces of `from` to `into` and removes `from`; a name that only
 * `from` has goes along. Gives the albums whose photos show a moved face;
 * undefined, and nothing changed, if one of the two is missing.
 */
export function mergePeople(db: Database, from: string, into: string): Promise<string[] | undefined> {
  return db.transaction(async (transaction) => {
    const both = await transaction
      .select({ id: persons.id, name: persons.name })
      .from(persons)
      .where(inArray(persons.id, [from, into]))
      .orderBy(persons.id)
      .for('update');
    const source = both.find(({ id }) => id === from);
    const target = both.find(({ id }) => id === into);
    if (source === undefined || target === undefined) return undefined;
    const touched = await transaction
      .selectDistinct({ albumId: photos.albumId })
      .from(faces)
      .innerJoin(photos, eq(photos.id, faces.photoId))
      .where(eq(faces.personId, from));
    await transaction.update(faces).set({ personId: into }).where(eq(faces.personId, from));
    await transaction.delete(persons).where(eq(persons.id, from));
    if (target.name === null && source.name !== null) {
      await transaction.update(persons).set({ name: source.name }).where(eq(persons.id, into));
    }
    return touched.map(({ albumId }) => albumId);
  });
}
