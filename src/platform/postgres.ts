import type { Exposure, Platform } from './platform.ts';

/** Postgres' own schemas: pg_catalog, pg_toast, pg_temp_1 and so on are reserved by their prefix (docs 5.10.5). */
export function isSystemSchema(schema: string): boolean {
  return schema.startsWith('pg_') || schema === 'information_schema';
}

/** Roles made by initdb or reserved by their prefix (docs 21.5). */
export function isSystemRole(role: string): boolean {
  return role.startsWith('pg_');
}

/** A plain server, as initdb makes it: one superuser, schema public, nobody from outside but whom the user lets in. */
export function postgres(exposure: Exposure): Platform {
  return {
    name: 'postgres',
    exposure,
    bootstrapRole: 'postgres',
    sessionRole: 'postgres',
    searchPath: ['$user', 'public'],
    platformSchemas: ['information_schema', 'pg_catalog', 'pg_toast'],
    platformRoles: ['postgres'],
    platformEventTriggers: [],
    placedExtensions: [],
    clientRoles: [],
    rlsBypassingRoles: ['postgres'],
    exposedSchemas: [],
    offeredExtensions: null,
    isPlatformSchema: isSystemSchema,
    isPlatformRole: (role) => role === 'postgres' || isSystemRole(role),
    bootstrapSql: () => [],
  };
}
