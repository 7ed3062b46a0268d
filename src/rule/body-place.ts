import type { EntityOf } from '../graph/entities/index.ts';
import type { Origin } from '../graph/origin.ts';

/** Where a finding about a routine's body points: to the CREATE OR REPLACE that gave it the body it has. */
export function withBodyPlace(routine: EntityOf<'function'>): {
  readonly entity: EntityOf<'function'>;
  readonly origin?: Origin;
} {
  const { body } = routine.setBy;
  return { entity: routine, ...(body === undefined ? {} : { origin: body }) };
}
