export function Logo() {
  return (
    <svg className="logo" width="28" height="28" viewBox="0 0 28 28" aria-hidden="true">
      <rect width="28" height="28" rx="8" fill="var(--accent)" />
      <rect x="5.5" y="9" width="13" height="13" rx="4" className="logo-line" opacity="0.6" />
      <rect x="9" y="5.5" width="13.5" height="13" rx="4" className="logo-front" />
      <path d="M9.5 15.5l3.5-3.200 3 2.800 2-1.800 4 3.600" className="logo-line" />
    </svg>
  );
}
