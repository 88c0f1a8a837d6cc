import { faceCropUrl } from '../api/paths.ts';
import type { Id } from '../api/types.ts';

/** A face on its own, square; the name beside it says who, so the picture itself is silent. */
export function FaceCrop({ faceId, size, alt = '' }: { faceId: Id; size?: number; alt?: string }) {
  const side = size ?? 256;
  return (
    <img
      className="face-crop"
      src={faceCropUrl(faceId)}
      alt={alt}
      width={side}
      height={side}
      loading="lazy"
      decoding="async"
    />
  );
}
