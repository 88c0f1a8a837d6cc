import { ApiError, errorOfReply } from '../api/api-error.ts';
import { apiPath } from '../api/request.ts';
import type { Id, UploadReply } from '../api/types.ts';

/** Sends one file with progress, which `fetch` cannot report. Rejects with an ApiError. */
export function sendFile(albumId: Id, file: File, onSent: (share: number) => void): Promise<UploadReply> {
  const body = new FormData();
  body.append('file', file);
  const call = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    call.upload.addEventListener('progress', (event) =>
      onSent(event.lengthComputable ? event.loaded / event.total : 0),
    );
    call.upload.addEventListener('load', () => onSent(1));
    call.addEventListener('load', () => {
      if (call.status >= 200 && call.status < 300) resolve(JSON.parse(call.responseText) as UploadReply);
      else reject(errorOfReply(call.responseText, call.status));
    });
    call.addEventListener('error', () =>
      reject(new ApiError('The connection to the server was lost.', 0, 'UNREACHABLE')),
    );
    call.open('POST', apiPath(`/albums/${albumId}/photos`));
    call.send(body);
  });
}
