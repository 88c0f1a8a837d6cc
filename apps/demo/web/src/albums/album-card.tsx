import { imageUrl } from '../api/paths.ts';
import type { Album } from '../api/types.ts';
import { countOf } from '../format/numbers.ts';
import { Link } from '../router/link.tsx';
import { Icon } from '../ui/icon.tsx';

export function AlbumCard({ album }: { album: Album }) {
  return (
    <li className="album-card">
      <Link href={`/albums/${album.id}`}>
        <span className="album-cover">
          {album.coverPhotoId === null ? (
            <Icon name="albums" size={32} />
          ) : (
            <img src={imageUrl(album.coverPhotoId, 'thumb')} alt="" width={4} height={3} decoding="async" />
          )}
        </span>
        <span className="card-name">{album.name}</span>
        <span className="card-detail">{countOf(album.photoCount, 'photo')}</span>
      </Link>
    </li>
  );
}

/** The boxes of cards to come. */
export function CardSkeleton({ count, className }: { count: number; className: string }) {
  return (
    <div className={className} aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        <span key={index} className="card-skeleton">
          <span />
        </span>
      ))}
    </div>
  );
}
