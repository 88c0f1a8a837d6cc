import {
  bigint,
  customType,
  index,
  integer,
  pgTable,
  real,
  serial,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

/** A pgvector column whose values are a Float32Array in the program. */
const embedding = customType<{ data: Float32Array; driverData: string; config: { dimensions: number } }>({
  dataType: (config) => `vector(${config?.dimensions ?? 128})`,
  toDriver: (value) => vectorLiteral(value),
  fromDriver: (value) => Float32Array.from(JSON.parse(value) as number[]),
});

/** pgvector's text form of a vector: `[1,2,3]`. */
export function vectorLiteral(value: Float32Array): string {
  return `[${value.join(',')}]`;
}

export const albums = pgTable('albums', {
  id: uuid().primaryKey().defaultRandom(),
  /** Where its photos are imported from; an album is imported once however often the demo starts. */
  sourceKey: text('source_key').notNull().unique(),
  name: text().notNull(),
  position: serial().notNull(),
});

/** `pending` until the faces have been looked for; `failed` when that did not work. */
export type FaceState = 'pending' | 'done' | 'failed';

export const photos = pgTable(
  'photos',
  {
    id: uuid().primaryKey().defaultRandom(),
    albumId: uuid('album_id')
      .notNull()
      .references(() => albums.id, { onDelete: 'cascade' }),
    fileName: text('file_name').notNull(),
    /** SHA-256 of the file: the same picture is kept once. */
    contentHash: text('content_hash').notNull().unique(),
    mediaType: text('media_type').notNull(),
    bytes: integer().notNull(),
    /** In pixels, after the EXIF rotation. */
    width: integer().notNull(),
    height: integer().notNull(),
    /** null where the picture does not say. */
    takenAt: timestamp('taken_at', { withTimezone: true }),
    sourcePath: text('source_path').notNull(),
    downloads: integer().notNull().default(0),
    /** Number of the last batch of downloads that is in the total. */
    downloadsBatch: bigint('downloads_batch', { mode: 'number' }).notNull().default(0),
    faceState: text('face_state').$type<FaceState>().notNull().default('pending'),
  },
  (table) => [index('photos_album').on(table.albumId, table.takenAt)],
);

export const persons = pgTable('persons', {
  id: uuid().primaryKey().defaultRandom(),
  /** Gives the name "Person 7" until somebody names the person. */
  number: serial().notNull(),
  name: text(),
});

export const faces = pgTable(
  'faces',
  {
    id: uuid().primaryKey().defaultRandom(),
    photoId: uuid('photo_id')
      .notNull()
      .references(() => photos.id, { onDelete: 'cascade' }),
    personId: uuid('person_id').references(() => persons.id, { onDelete: 'set null' }),
    /** The box, as shares of the photo's width and height. */
    x: real().notNull(),
    y: real().notNull(),
    width: real().notNull(),
    height: real().notNull(),
    score: real().notNull(),
    embedding: embedding({ dimensions: 128 }).notNull(),
  },
  (table) => [index('faces_photo').on(table.photoId), index('faces_person').on(table.personId)],
);
