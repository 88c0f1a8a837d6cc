import type { PGlite } from '@electric-sql/pglite';

/** Each step runs once, in order; a released step is never edited, a change is a new step. */
const STEPS: readonly string[] = [
  `
  CREATE EXTENSION IF NOT EXISTS vector;
  CREATE TABLE albums (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    source_key text NOT NULL UNIQUE,
    name text NOT NULL,
    position serial NOT NULL
  );
  CREATE TABLE photos (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    album_id uuid NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
    file_name text NOT NULL,
    content_hash text NOT NULL UNIQUE,
    media_type text NOT NULL,
    bytes integer NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    taken_at timestamptz NOT NULL,
    source_path text NOT NULL,
    downloads integer NOT NULL DEFAULT 0,
    face_state text NOT NULL DEFAULT 'pending'
  );
  CREATE INDEX photos_album ON photos (album_id, taken_at);
  CREATE TABLE persons (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number serial NOT NULL,
    name text
  );
  CREATE TABLE faces (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    photo_id uuid NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    person_id uuid REFERENCES persons (id) ON DELETE SET NULL,
    x real NOT NULL,
    y real NOT NULL,
    width real NOT NULL,
    height real NOT NULL,
    score real NOT NULL,
    embedding vector(128) NOT NULL
  );
  CREATE INDEX faces_photo ON faces (photo_id);
  CREATE INDEX faces_person ON faces (person_id);
  `,
  'ALTER TABLE photos ALTER COLUMN taken_at DROP NOT NULL',
  'ALTER TABLE photos ADD COLUMN downloads_batch bigint NOT NULL DEFAULT 0',
];

/** Brings the schema up to date; each step and its mark are one transaction. */
export async function migrate(client: PGlite): Promise<void> {
  await client.exec('CREATE TABLE IF NOT EXISTS schema_steps (step integer PRIMARY KEY)');
  const { rows } = await client.query<{ done: number }>('SELECT count(*)::int AS done FROM schema_steps');
  const done = rows[0]?.done ?? 0;
  for (const [step, statements] of STEPS.entries()) {
    if (step < done) continue;
    await client.transaction(async (transaction) => {
      await transaction.exec(statements);
      await transaction.query('INSERT INTO schema_steps (step) VALUES ($1)', [step]);
    });
  }
}
