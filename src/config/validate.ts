import { Ajv, type ErrorObject } from 'ajv';
import { CONFIG_SCHEMA } from './schema.ts';

/**
 * What is wrong with the shape of a configuration; empty when nothing is.
 * The build puts the compiled validator in this module's place, so that the command does not load ajv.
 */
export function validateConfig(value: unknown): readonly ErrorObject[] {
  const validate = new Ajv({ allErrors: true, strictTuples: false, allowUnionTypes: true }).compile(CONFIG_SCHEMA);
  return validate(value) ? [] : (validate.errors ?? []);
}
