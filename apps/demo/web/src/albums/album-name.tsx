import type { Album, Id } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { Link } from '../router/link.tsx';

/** An album's name in a sentence, as a link to it. */
export function AlbumName({ id }: { id: Id }) {
  const { data } = useResource<Album>(`/albums/${id}`, { counted: false });
  return <Link href={`/albums/${id}`}>{data?.name ?? '…'}</Link>;
}
