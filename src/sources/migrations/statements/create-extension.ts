import type { CreateExtensionStmt } from '@pgsql/types';
import { extensionContents, forcedSchema } from '../../../platform/extensions.ts';
import { defBoolean, defElems, defText } from '../../../sql/def-elem.ts';
import type { ReplayContext } from '../context.ts';
import { createMembers } from '../extension/members.ts';
import { Refusal } from '../refusal.ts';

/** CREATE EXTENSION; where the platform has it already, IF NOT EXISTS does nothing, whatever schema is asked for. */
export function createExtension(stmt: CreateExtensionStmt, context: ReplayContext): void {
  const name = stmt.extname ?? '';
  const options = new Map(defElems(stmt.options).map((each) => [each.defname, each]));
  const asked = defText(options.get('schema'));
  const existing = context.graph.global('extension', name);
  if (existing) {
    if (stmt.if_not_exists !== true) context.refuseDuplicate(existing);
    const home = existing.schema === null ? undefined : context.graph.get('schema', existing.schema).name;
    const differs = asked !== undefined && home !== undefined && asked !== home;
    context.skipped(existing, differs ? [{ what: 'schema', existing: home, wanted: asked }] : []);
    return;
  }
  const cascade = options.get('cascade');
  install(name, asked, cascade !== undefined && defBoolean(cascade) === true, context);
}

function install(name: string, asked: string | undefined, cascades: boolean, context: ReplayContext): void {
  const forced = forcedSchema(name);
  if (forced !== undefined && asked !== undefined && asked !== forced && !context.provided.isPlaced(name))
    context.refuse(`extension "${name}" must be installed in schema "${forced}"`);
  const home = homeOf(forced, asked, context);
  for (const required of extensionContents(name, home)?.requires ?? []) {
    if (context.graph.global('extension', required)) continue;
    if (!cascades)
      throw new Refusal({ type: 'missingExtension', extension: required, needed: name, at: context.at(undefined) });
    install(required, forcedSchema(required) === undefined ? asked : undefined, true, context);
  }
  const schema = context.graph.global('schema', home)?.id ?? null;
  const extension = context.builder.create({ kind: 'extension', name, schema }, context.by);
  createMembers(extension, home, context);
}

/** A schema that the control file names is made where it is missing (get_required_extension() and CreateExtensionInternal()). */
function homeOf(forced: string | undefined, asked: string | undefined, context: ReplayContext): string {
  if (forced !== undefined) {
    if (context.graph.global('schema', forced) === undefined && forced !== 'pg_catalog') {
      const acl = context.initialAcl('schema', undefined);
      context.builder.create({ kind: 'schema', name: forced, owner: context.session.role, acl }, context.by);
    }
    return forced;
  }
  if (asked !== undefined) return context.assumptions.schema(asked).name;
  return context.names.creationSchema() ?? context.refuse('no schema has been selected to create in');
}
