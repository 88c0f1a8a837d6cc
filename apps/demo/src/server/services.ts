import type { PhotoFiles } from '../photos/photo-files.ts';
import type { PhotoLibrary } from '../photos/photo-library.ts';
import type { PhotoReads } from '../photos/photo-reads.ts';
import type { PhotoWrites } from '../photos/photo-writes.ts';
import type { SelfieSearch } from '../photos/selfie-search.ts';

/** What the routes work with once the database is up. */
export interface Services {
  readonly reads: PhotoReads;
  readonly writes: PhotoWrites;
  readonly library: PhotoLibrary;
  readonly files: PhotoFiles;
  readonly selfies: SelfieSearch;
}

/** The context of a request below /api/v1. */
export interface ApiEnv {
  Variables: { services: Services };
}
