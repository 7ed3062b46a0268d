import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { SNAPSHOT_SCHEMA } from './snapshot-file.ts';

/**
 * What is wrong with the shape of a snapshot, the first only; empty when nothing is.
 * The build puts the compiled validator in this module's place, so that the command does not load ajv.
 */
export function validateSnapshot(value: unknown): readonly ErrorObject[] {
  validate ??= new Ajv().compile(SNAPSHOT_SCHEMA);
  return validate(value) ? [] : (validate.errors ?? []);
}

let validate: ValidateFunction | undefined;
