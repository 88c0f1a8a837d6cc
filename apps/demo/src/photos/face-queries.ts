import { eq, sql } from 'drizzle-orm';
import type { Database } from '../database/open-database.ts';
import { faces, persons, photos, vectorLiteral } from '../database/schema.ts';
import { assignPeople, MIN_SIZE_PX, REVIEW_MARGIN, type Candidate } from '../faces/assign-people.ts';
import type { Box, DetectedFace } from '../faces/detected-face.ts';
import type { FaceMatch } from './model.ts';

/** A face with the photo that it is cut from. */
export interface FaceDetails {
  readonly id: string;
  readonly photoId: string;
  readonly albumId: string;
  readonly personId: string | null;
  readonly box: Box;
}

export async function findFace(db: Database, faceId: string): Promise<FaceDetails | undefined> {
  const { id, photoId, personId, x, y, width, height } = faces;
  const rows = await db
    .select({ id, photoId, albumId: photos.albumId, personId, x, y, width, height })
    .from(faces)
    .innerJoin(photos, eq(photos.id, photoId))
    .where(eq(id, faceId));
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    id: row.id,
    photoId: row.photoId,
    albumId: row.albumId,
    personId: row.personId,
    box: { x: row.x, y: row.y, width: row.width, height: row.height },
  };
}

/** Who is in a photo. */
export interface StoredFaces {
  readonly personIds: readonly string[];
}

/**
 * Stores what was found in a photo in place of what was known, says who is
 * who, and marks the photo done, in one transaction. Photos are stored one
 * after the other: the people of one are known when the next is looked at.
 */
export function storeFaces(
  db: Database,
  photoId: string,
  found: readonly DetectedFace[],
  threshold: number,
): Promise<StoredFaces> {
  return db.transaction(async (transaction) => {
    await transaction.delete(faces).where(eq(faces.photoId, photoId));
    const candidates: Candidate[] = [];
    for (const [index, face] of found.entries()) {
      if (face.sizePx < MIN_SIZE_PX) continue;
      for (const near of await findPeopleNear(transaction, face.embedding, threshold - REVIEW_MARGIN)) {
        candidates.push({ face: index, ...near });
      }
    }
    const assigned = assignPeople(candidates, threshold);
    const personIds: string[] = [];
    for (const [index, face] of found.entries()) {
      const isClear = face.sizePx >= MIN_SIZE_PX;
      const personId = isClear ? (assigned.get(index) ?? (await insertPerson(transaction))) : null;
      if (personId !== null) personIds.push(personId);
      const { box, score, embedding } = face;
      await transaction.insert(faces).values({ photoId, personId, ...box, score, embedding });
    }
    await transaction.update(photos).set({ faceState: 'done' }).where(eq(photos.id, photoId));
    return { personIds };
  });
}

/** The stored faces within `threshold` of an embedding, nearest first. */
export async function findSimilarFaces(
  db: Database,
  embedding: Float32Array,
  threshold: number,
): Promise<FaceMatch[]> {
  const distance = sql<number>`${faces.embedding} <-> ${vectorLiteral(embedding)}::vector`;
  return db
    .select({ photoId: faces.photoId, faceId: faces.id, personId: faces.personId, distance })
    .from(faces)
    .where(sql`${distance} < ${threshold}`)
    .orderBy(distance)
    .limit(MAX_MATCHES);
}

const MAX_MATCHES = 100;
/** More people than this are never within the threshold of one face, unless the threshold is set far too loose. */
const MAX_NEAR = 20;

/** The people whose centre (mean of their faces) lies within `threshold`. */
async function findPeopleNear(
  db: Database,
  embedding: Float32Array,
  threshold: number,
): Promise<{ personId: string; distance: number }[]> {
  const distance = sql<number>`avg(${faces.embedding}) <-> ${vectorLiteral(embedding)}::vector`;
  const rows = await db
    .select({ personId: faces.personId, distance })
    .from(faces)
    .where(sql`${faces.personId} IS NOT NULL`)
    .groupBy(faces.personId)
    .having(sql`${distance} < ${threshold}`)
    .orderBy(distance)
    .limit(MAX_NEAR);
  return rows.flatMap(({ personId, distance: d }) => (personId === null ? [] : [{ personId, distance: d }]));
}

async function insertPerson(db: Database): Promise<string> {
  const rows = await db.insert(persons).values({}).returning({ id: persons.id });
  const row = rows[0];
  if (row === undefined) throw new Error('The new person was not stored.');
  return row.id;
}
