import { asc, count, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../database/open-database.ts';
import { faces, photos, type FaceState } from '../database/schema.ts';
import type { Page, PhotoDetails, PhotoFace, PhotoPage, PhotoRecord } from './model.ts';

type PhotoRow = typeof photos.$inferSelect;
type NewPhoto = Omit<typeof photos.$inferInsert, 'id' | 'downloads' | 'downloadsBatch' | 'faceState'>;

export async function findPhoto(db: Database, photoId: string): Promise<PhotoRecord | undefined> {
  const rows = await db.select().from(photos).where(eq(photos.id, photoId));
  const row = rows[0];
  const details = (await withFaces(db, rows))[0];
  if (row === undefined || details === undefined) return undefined;
  const { contentHash, mediaType, sourcePath, fileName } = row;
  return { details, file: { contentHash, mediaType, sourcePath, fileName } };
}

export function listAlbumPhotos(db: Database, albumId: string, page: Page): Promise<PhotoPage<PhotoDetails>> {
  return listPhotos(db, eq(photos.albumId, albumId), page);
}

export function listPersonPhotos(
  db: Database,
  personId: string,
  page: Page,
): Promise<PhotoPage<PhotoDetails>> {
  return listPhotos(
    db,
    sql`${photos.id} IN (SELECT ${faces.photoId} FROM ${faces} WHERE ${faces.personId} = ${personId})`,
    page,
  );
}

export async function findPhotos(db: Database, photoIds: readonly string[]): Promise<PhotoDetails[]> {
  if (photoIds.length === 0) return [];
  return withFaces(
    db,
    await db
      .select()
      .from(photos)
      .where(inArray(photos.id, [...photoIds])),
  );
}

/** The photo with this content and how far its faces are, if it is here already. */
export async function findByContent(
  db: Database,
  contentHash: string,
): Promise<{ id: string; sourcePath: string; faceState: FaceState } | undefined> {
  const { id, sourcePath, faceState } = photos;
  const rows = await db
    .select({ id, sourcePath, faceState })
    .from(photos)
    .where(eq(photos.contentHash, contentHash));
  return rows[0];
}

/** The new photo's id; undefined if the same content came in meanwhile. */
export async function insertPhoto(db: Database, photo: NewPhoto): Promise<string | undefined> {
  const rows = await db
    .insert(photos)
    .values(photo)
    .onConflictDoNothing({ target: photos.contentHash })
    .returning({ id: photos.id });
  return rows[0]?.id;
}

export async function movePhotoSource(db: Database, photoId: string, sourcePath: string): Promise<void> {
  await db.update(photos).set({ sourcePath }).where(eq(photos.id, photoId));
}

export async function setFaceState(db: Database, photoId: string, faceState: FaceState): Promise<void> {
  await db.update(photos).set({ faceState }).where(eq(photos.id, photoId));
}

export async function findFaceState(db: Database, photoId: string): Promise<FaceState | undefined> {
  const rows = await db.select({ faceState: photos.faceState }).from(photos).where(eq(photos.id, photoId));
  return rows[0]?.faceState;
}

/** Photos whose faces nobody has looked for yet: left over from a stop in between. */
export async function listPendingPhotos(db: Database): Promise<string[]> {
  const rows = await db
    .select({ id: photos.id })
    .from(photos)
    .where(eq(photos.faceState, 'pending'))
    .orderBy(asc(photos.takenAt), asc(photos.id));
  return rows.map(({ id }) => id);
}

/** The stored totals, 0 for a photo that is not there. */
export async function findDownloads(db: Database, photoIds: readonly string[]): Promise<Map<string, number>> {
  if (photoIds.length === 0) return new Map();
  const { id, downloads } = photos;
  const rows = await db
    .select({ id, downloads })
    .from(photos)
    .where(inArray(id, [...photoIds]));
  const found = new Map(rows.map((row) => [row.id, row.downloads]));
  return new Map(photoIds.map((photoId) => [photoId, found.get(photoId) ?? 0]));
}

/** Counts one at once, past all counters; they rise to it with their next batch. */
export async function addDownload(db: Database, photoId: string): Promise<void> {
  await db
    .update(photos)
    .set({ downloads: sql`${photos.downloads} + 1` })
    .where(eq(photos.id, photoId));
}

async function listPhotos(
  db: Database,
  where: SQL,
  { offset, limit }: Page,
): Promise<PhotoPage<PhotoDetails>> {
  const totals = await db.select({ total: count() }).from(photos).where(where);
  const rows = await db
    .select()
    .from(photos)
    .where(where)
    .orderBy(asc(photos.takenAt), asc(photos.fileName), asc(photos.id))
    .offset(offset)
    .limit(limit);
  return { total: totals[0]?.total ?? 0, items: await withFaces(db, rows) };
}

async function withFaces(db: Database, rows: readonly PhotoRow[]): Promise<PhotoDetails[]> {
  if (rows.length === 0) return [];
  const { id, photoId, personId, x, y, width, height } = faces;
  const found = await db
    .select({ id, photoId, personId, x, y, width, height })
    .from(faces)
    .where(
      inArray(
        photoId,
        rows.map((row) => row.id),
      ),
    )
    .orderBy(asc(x), asc(id));
  const byPhoto = new Map<string, PhotoFace[]>(rows.map((row) => [row.id, []]));
  for (const face of found) {
    const box = { x: face.x, y: face.y, width: face.width, height: face.height };
    byPhoto.get(face.photoId)?.push({ id: face.id, personId: face.personId, box });
  }
  return rows.map((row) => ({
    id: row.id,
    albumId: row.albumId,
    fileName: row.fileName,
    width: row.width,
    height: row.height,
    takenAt: row.takenAt?.toISOString() ?? null,
    faces: byPhoto.get(row.id) ?? [],
  }));
}
