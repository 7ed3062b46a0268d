import type { EntityOf } from '../entities/index.ts';

/** Has the routine a search_path of its own: SET search_path, as a clause or by ALTER FUNCTION? */
export function pinsPath({ config }: EntityOf<'function'>): boolean {
  return config.some(({ name }) => name === 'search_path');
}
