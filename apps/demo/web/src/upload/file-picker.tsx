import { useId } from 'react';
import { Icon } from '../ui/icon.tsx';

/** A field for files that looks like what it takes: drop, paste or pick. */
export function FilePicker({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const id = useId();
  return (
    <div className="file-picker">
      <input
        id={id}
        type="file"
        multiple
        accept="image/jpeg,image/png,image/webp"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
      <label htmlFor={id}>
        <Icon name="upload" size={28} />
        <strong>Choose photos</strong>
        <span>or drop them anywhere, or paste. JPEG, PNG and WebP, up to 20 MB each.</span>
      </label>
    </div>
  );
}
