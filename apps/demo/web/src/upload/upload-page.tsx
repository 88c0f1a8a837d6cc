import { useState } from 'react';
import type { Album, Id } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { countOf } from '../format/numbers.ts';
import { PageHeader } from '../layout/page-header.tsx';
import { useLocation } from '../router/location.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { useTitle } from '../ui/use-title.ts';
import { dropChosen, keepForUpload, useChosenFiles } from './chosen-files.ts';
import { FilePicker } from './file-picker.tsx';
import { uploads } from './upload-store.ts';
import { UploadList } from './upload-list.tsx';

export function UploadPage() {
  useTitle('Upload');
  const albums = useResource<Album[]>('/albums');
  return (
    <>
      <PageHeader title="Upload" />
      <Loaded resource={albums} what="the albums" skeleton={<div className="upload-skeleton" />}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon="albums" title="No album to upload to yet" />
          ) : (
            <Form albums={list} />
          )
        }
      </Loaded>
      <UploadList />
    </>
  );
}

function Form({ albums }: { albums: readonly Album[] }) {
  const { query } = useLocation();
  const chosen = useChosenFiles();
  const [albumId, setAlbumId] = useState<Id>(query.get('album') ?? albums[0]?.id ?? '');
  const start = (): void => {
    uploads.add(chosen, albumId);
    dropChosen();
  };
  return (
    <div className="upload-form">
      <FilePicker onFiles={keepForUpload} />
      <div className="upload-target">
        <label>
          <span>Album</span>
          <select className="field" value={albumId} onChange={(event) => setAlbumId(event.target.value)}>
            {albums.map((album) => (
              <option key={album.id} value={album.id}>
                {album.name}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          className="button button-primary"
          disabled={chosen.length === 0}
          onClick={start}
        >
          {chosen.length === 0 ? 'Upload' : `Upload ${countOf(chosen.length, 'file')}`}
        </button>
        {chosen.length > 0 && (
          <button type="button" className="button" onClick={dropChosen}>
            Clear
          </button>
        )}
      </div>
    </div>
  );
}
