import { useEffect, useState, type ReactNode } from 'react';
import { navigate } from '../router/location.ts';
import { keepForUpload } from './chosen-files.ts';

/** Files dropped anywhere, or pasted, go to the upload page, which asks for the album. */
export function DropTarget({ children }: { children: ReactNode }) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const onDragOver = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onDragLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      setOver(false);
      if (event.defaultPrevented || !hasFiles(event)) return;
      event.preventDefault();
      take(event.dataTransfer?.files);
    };
    const onPaste = (event: ClipboardEvent): void => take(event.clipboardData?.files);
    window.addEventListener('dragover', onDragOver);
    window.addEventListener('dragleave', onDragLeave);
    window.addEventListener('drop', onDrop);
    window.addEventListener('paste', onPaste);
    return () => {
      window.removeEventListener('dragover', onDragOver);
      window.removeEventListener('dragleave', onDragLeave);
      window.removeEventListener('drop', onDrop);
      window.removeEventListener('paste', onPaste);
    };
  }, []);
  return (
    <>
      {children}
      {over && (
        <div className="drop-veil" aria-hidden="true">
          <span>Drop to upload</span>
        </div>
      )}
    </>
  );
}

function take(files: FileList | undefined): void {
  if (!files || files.length === 0) return;
  keepForUpload([...files]);
  const album = /^\/albums\/([^/]+)$/.exec(location.pathname)?.[1];
  navigate(album ? `/upload?album=${album}` : '/upload');
}
