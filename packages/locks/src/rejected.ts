/** A promise rejected with what was thrown, whatever it is. */
export const rejected = async (error: unknown): Promise<never> => {
  throw error;
};
