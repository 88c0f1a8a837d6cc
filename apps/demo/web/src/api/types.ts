/** What the API sends, as `/api/v1` documents it. */

export type Id = string;

export interface Album {
  id: Id;
  name: string;
  photoCount: number;
  coverPhotoId: Id | null;
}

/** A part of a photo, each side as a share (0..1) of the whole picture. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Face {
  id: Id;
  /** `null`: too small or too far from any group to say whose face it is. */
  personId: Id | null;
  box: Box;
}

export interface Photo {
  id: Id;
  albumId: Id;
  fileName: string;
  width: number;
  height: number;
  takenAt: string | null;
  downloads: number;
  faces: Face[];
}

export interface PhotoPage {
  total: number;
  items: Photo[];
}

export interface Person {
  id: Id;
  /** "Person 12" until someone names the group. */
  name: string;
  photoCount: number;
  faceCount: number;
  coverFaceId: Id | null;
}

export interface SelfieMatch {
  photoId: Id;
  faceId: Id;
  personId: Id | null;
  distance: number;
}

export interface SelfieReply {
  person?: Person;
  results: SelfieMatch[];
}

export interface SearchReply {
  people: Person[];
  albums: Album[];
  photos: Photo[];
}

export interface Suggestion {
  kind: 'person' | 'album' | 'photo';
  id: Id;
  label: string;
}

export interface UploadReply extends Photo {
  /** The same content was here already; nothing was stored. */
  duplicate: boolean;
}

export interface PhotoStatus {
  id: Id;
  faces: 'pending' | 'done' | 'failed';
}

/** The eight numbers of `/cache/stats`. */
export interface CacheStats {
  hits: number;
  misses: number;
  total_requests: number;
  hit_rate: string;
  sets: number;
  deletes: number;
  errors: number;
  db_size: number;
}

export interface ImportProgress {
  state: 'idle' | 'running' | 'done';
  total: number;
  done: number;
  failed: { fileName: string; reason: string }[];
}

export interface Health {
  status: 'ok';
  ready: boolean;
  import: ImportProgress;
}

export interface FamilyStats {
  hits: number;
  misses: number;
  hit_rate: string;
  sets: number;
  deletes: number;
}

/** `/cache/stats/detail`. `cache` is the library's own count, of which the page reads these. */
export interface CacheDetail {
  status: 'ok';
  cache: CacheStats & {
    stale: number;
    loads: number;
    joined: number;
    l1Hits: number;
    l2Hits: number;
    bytes: number;
    evictions: number;
    loadMs: { p50: number; p95: number; p99: number };
    families: Record<string, FamilyStats>;
  };
  dbQueries: number;
  instance: string;
  stalenessMs: number;
}
