import { request, type Reply } from './request.ts';
import { resources } from './resources.ts';
import type { Id, Person, SelfieReply } from './types.ts';

const json = (body: unknown): RequestInit => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Changes on the server. Each rejects with an ApiError, and refreshes what is on screen once it is done. */
export async function renamePerson(id: Id, name: string): Promise<Person> {
  const reply = await request(`/people/${id}`, { method: 'PATCH', ...json({ name }) });
  resources.revalidate();
  return JSON.parse(reply.text) as Person;
}

/** Moves every face of `id` into the person `into`, which remains. */
export async function mergePerson(id: Id, into: Id): Promise<void> {
  await request(`/people/${id}/merge`, { method: 'POST', ...json({ into }) });
}

export async function mergePeople(ids: readonly Id[], into: Id): Promise<void> {
  try {
    for (const id of ids) if (id !== into) await mergePerson(id, into);
  } finally {
    resources.revalidate();
  }
}

export async function searchBySelfie(file: File): Promise<{ found: SelfieReply; reply: Reply }> {
  const body = new FormData();
  body.append('file', file);
  const reply = await request('/search/by-selfie', { method: 'POST', body, counted: true });
  return { found: JSON.parse(reply.text) as SelfieReply, reply };
}
