import { Link } from '../router/link.tsx';
import { SearchBox } from '../search/search-box.tsx';
import { toggleTheme, useTheme } from '../theme/theme.ts';
import { Icon } from '../ui/icon.tsx';
import { Logo } from './logo.tsx';

export function TopBar() {
  const theme = useTheme();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <header className="top-bar">
      <Link href="/" className="brand" aria-label="Keepsake, all photos">
        <Logo />
        <span>Keepsake</span>
      </Link>
      <SearchBox />
      <div className="top-actions">
        <Link href="/upload" className="button button-primary top-upload">
          <Icon name="upload" size={18} />
          Upload
        </Link>
        <button
          type="button"
          className="icon-button"
          onClick={toggleTheme}
          aria-label={`Use the ${other} theme`}
          title={`Use the ${other} theme (t)`}
        >
          <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
        </button>
      </div>
    </header>
  );
}
