/** A rectangle as shares of a photo's width and height, 0..1. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A face as the detector found it. */
export interface DetectedFace {
  readonly box: Box;
  /** The shorter side in pixels of the picture that was looked at; small faces are told apart badly. */
  readonly sizePx: number;
  /** How sure the detector is, 0..1. */
  readonly score: number;
  /** 128 numbers; the nearer two of them (L2), the more alike the faces. */
  readonly embedding: Float32Array;
}

/** RGB pixels, 3 bytes each, row by row. */
export interface Pixels {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}
