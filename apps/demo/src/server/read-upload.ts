import type { Context } from 'hono';
import { detectMediaType } from '../photos/read-image.ts';
import { ApiError } from './api-error.ts';

/** A larger file is refused. */
export const MAX_UPLOAD_BYTES: number = 20 * 1024 * 1024;
const MAX_FILE_NAME_CHARS = 200;

export interface Upload {
  /** For display and downloads only: no file is ever stored under it. */
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/** The one `file` of a multipart body, known to begin like a picture. @throws ApiError, ImageError */
export async function readUpload(c: Context): Promise<Upload> {
  if (!(c.req.header('content-type') ?? '').startsWith('multipart/form-data')) {
    throw new ApiError('BAD_REQUEST', 'Send the picture as multipart/form-data, in a field named file.');
  }
  const files = (await readForm(c)).getAll('file');
  const [file] = files;
  if (!(file instanceof File) || files.length !== 1) {
    throw new ApiError('BAD_REQUEST', 'The form must hold one file in a field named file.');
  }
  if (file.size > MAX_UPLOAD_BYTES) throw tooLarge();
  const bytes = new Uint8Array(await file.arrayBuffer());
  detectMediaType(bytes);
  return { fileName: cleanFileName(file.name), bytes };
}

export function tooLarge(): ApiError {
  return new ApiError('TOO_LARGE', `The file is larger than ${MAX_UPLOAD_BYTES / 1024 / 1024} MiB.`);
}

async function readForm(c: Context): Promise<FormData> {
  try {
    return await c.req.formData();
  } catch {
    throw new ApiError('BAD_REQUEST', 'The form cannot be read: it is not complete multipart/form-data.');
  }
}

function cleanFileName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? '';
  const clean = base
    .toWellFormed()
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(-MAX_FILE_NAME_CHARS);
  return clean === '' || clean === '.' || clean === '..' ? 'photo' : clean;
}
