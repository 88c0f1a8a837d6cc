import type { Box } from '../faces/detected-face.ts';

/** What the API answers with. */
export interface Album {
  readonly id: string;
  readonly name: string;
  readonly photoCount: number;
  /** null in an album without photos. */
  readonly coverPhotoId: string | null;
}

export interface PhotoFace {
  readonly id: string;
  /** null where the face is too small to say whose it is. */
  readonly personId: string | null;
  readonly box: Box;
}

/** A photo without what changes at every download. */
export interface PhotoDetails {
  readonly id: string;
  readonly albumId: string;
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
  /** ISO 8601; null where the picture does not say. */
  readonly takenAt: string | null;
  readonly faces: readonly PhotoFace[];
}

export interface Photo extends PhotoDetails {
  readonly downloads: number;
}

/** Where a photo's bytes are; never sent to a client. */
export interface PhotoFile {
  readonly contentHash: string;
  readonly mediaType: string;
  readonly sourcePath: string;
  readonly fileName: string;
}

/** All that is kept of one photo under one key. */
export interface PhotoRecord {
  readonly details: PhotoDetails;
  readonly file: PhotoFile;
}

export interface PhotoPage<T> {
  readonly total: number;
  readonly items: readonly T[];
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly photoCount: number;
  readonly faceCount: number;
  readonly coverFaceId: string | null;
}

/** A face like the one that was looked for. */
export interface FaceMatch {
  readonly photoId: string;
  readonly faceId: string;
  readonly personId: string | null;
  /** L2, 0 = the same. */
  readonly distance: number;
}

/** Also a picture without a face is an answer, and kept like one. */
export type SelfieResult =
  { readonly outcome: 'no-face' } | { readonly outcome: 'found'; readonly results: readonly FaceMatch[] };

export interface Page {
  readonly offset: number;
  readonly limit: number;
}
