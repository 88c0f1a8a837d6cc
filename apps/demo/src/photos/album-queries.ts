import { asc, eq, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../database/open-database.ts';
import { albums } from '../database/schema.ts';
import type { Album } from './model.ts';

// Plain names: Drizzle leaves out the table of a column that stands in the selection of one table.
/** The first photo of an album, in the order in which the album shows them. */
const coverPhotoId: SQL<string | null> = sql`(
  SELECT photos.id FROM photos WHERE photos.album_id = albums.id
  ORDER BY photos.taken_at, photos.file_name, photos.id LIMIT 1
)`;

const photoCount: SQL<number> = sql`(SELECT count(*)::int FROM photos WHERE photos.album_id = albums.id)`;

export function listAlbums(db: Database): Promise<Album[]> {
  return db
    .select({ id: albums.id, name: albums.name, photoCount, coverPhotoId })
    .from(albums)
    .orderBy(asc(albums.position));
}

export async function findAlbum(db: Database, albumId: string): Promise<Album | undefined> {
  const rows = await db
    .select({ id: albums.id, name: albums.name, photoCount, coverPhotoId })
    .from(albums)
    .where(eq(albums.id, albumId));
  return rows[0];
}

/** The album that a source's photos go into, made on first use. */
export async function ensureAlbum(db: Database, sourceKey: string, name: string): Promise<string> {
  await db.insert(albums).values({ sourceKey, name }).onConflictDoNothing({ target: albums.sourceKey });
  const rows = await db.select({ id: albums.id }).from(albums).where(eq(albums.sourceKey, sourceKey));
  const row = rows[0];
  if (row === undefined) throw new Error(`The album of ${sourceKey} vanished while it was made.`);
  return row.id;
}
