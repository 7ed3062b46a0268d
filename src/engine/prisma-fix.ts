import type { Fix } from '../rule/finding.ts';

/**
 * `prisma migrate dev` compares the database that its migrations make with schema.prisma, and writes a migration that takes back what is
 * only in the former (docs: Prisma Migrate, mental model): the fix has to be written there as well. Row security, policies, functions, triggers and CHECKs have no place in it.
 */
export function withSchemaPrisma(fix: Fix): Fix {
  const isThere = fix.sql.split(/;\s*$/m).some((each) => MODELLED.test(each.trim()));
  return isThere
    ? { ...fix, title: `${fix.title} (change schema.prisma as well, or the next prisma migrate dev takes it back)` }
    : fix;
}

/** Tables, columns with their types, NOT NULL and defaults, enums, keys and indexes. */
const MODELLED =
  /^(?:create (?:unique )?index|drop index|create table|drop table|alter type|create type|alter table[^;]*?\b(?:(?:add|drop) (?:column|primary key|unique|foreign key)|add constraint \S+ (?:primary key|unique|foreign key)|drop constraint|alter column \S+ (?:type|set data type|set not null|drop not null|set default|drop default)))\b/i;
