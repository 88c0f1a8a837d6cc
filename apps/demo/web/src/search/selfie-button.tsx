import { useRef, type ReactNode } from 'react';
import { startSelfieSearch } from './selfie-search.ts';

interface SelfieButtonProps {
  className: string;
  label?: string;
  children: ReactNode;
}

/** Asks for a picture of a face, from the camera where there is one, and searches with it. */
export function SelfieButton({ className, label, children }: SelfieButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className={className}
        aria-label={label}
        title={label}
        onClick={() => input.current?.click()}
      >
        {children}
      </button>
      <input
        ref={input}
        type="file"
        accept="image/jpeg,image/png,image/webp"
        hidden
        data-testid="selfie-input"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file) void startSelfieSearch(file);
        }}
      />
    </>
  );
}
