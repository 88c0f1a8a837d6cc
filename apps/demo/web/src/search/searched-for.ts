/** The API takes no longer text. */
export const MAX_QUERY_CHARS = 100;

export const trimQuery = (text: string): string => text.trim().slice(0, MAX_QUERY_CHARS).trim();

/** The `q` of a search page's address. */
export const searchedFor = (query: URLSearchParams): string => trimQuery(query.get('q') ?? '');
