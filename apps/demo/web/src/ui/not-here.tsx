import { Link } from '../router/link.tsx';
import { Icon } from './icon.tsx';

/** In the place of a thing that the API does not know: nothing to try again, a way on. */
export function NotHere({ what }: { what: 'photo' | 'album' | 'person' }) {
  return (
    <div className="state" role="alert">
      <Icon name="warning" size={32} />
      <h1>This {what} is not here</h1>
      <p>
        {what === 'person'
          ? 'The address may be mistyped, or the person was merged with another.'
          : `The address may be mistyped, or the ${what} was removed.`}
      </p>
      <Link href={homes[what].href} className="button">
        {homes[what].text}
      </Link>
    </div>
  );
}

const homes = {
  photo: { href: '/', text: 'See all photos' },
  album: { href: '/albums', text: 'See all albums' },
  person: { href: '/people', text: 'See all people' },
} as const;
