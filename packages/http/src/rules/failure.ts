/** What went wrong in a handler. */
export interface Failure {
  readonly error: unknown;
}

/**
 * The status of a response that stands for an error, as frameworks take it from the error itself; 500 where it says
 * nothing. RFC 9110 15.5, 15.6: below 500 it is an answer to the client, such as 404, and no failure.
 */
export const statusOfError = (error: unknown): number => {
  const { status, statusCode } = Object(error) as { status?: unknown; statusCode?: unknown };
  const given = [status, statusCode].find(
    (value) => typeof value === 'number' && value >= 400 && value <= 599,
  );
  return typeof given === 'number' ? given : 500;
};

export const isFailure = (status: number): boolean => status >= 500;
