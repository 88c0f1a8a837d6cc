import { isLasting, isNotThere, type ApiError } from '../api/api-error.ts';
import { Link } from '../router/link.tsx';
import { Icon } from './icon.tsx';

interface ErrorStateProps {
  what: string;
  error: ApiError;
  onRetry: () => void;
}

export function ErrorState({ what, error, onRetry }: ErrorStateProps) {
  const gone = isNotThere(error);
  return (
    <div className="state" role="alert">
      <Icon name={error.status === 0 ? 'offline' : 'warning'} size={32} />
      <h2>{gone ? `We could not find ${what}` : `We could not load ${what}`}</h2>
      <p>{error.message}</p>
      {isLasting(error) ? (
        <Link href="/" className="button">
          See all photos
        </Link>
      ) : (
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
