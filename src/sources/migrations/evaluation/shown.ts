import { builtinFunctions } from '../../../graph/binding/builtin/builtins.ts';
import { inputTypes, type Parameter } from '../../../graph/entities/function-entity.ts';
import type { Entity, EntityOf } from '../../../graph/entities/index.ts';
import { type TypeRef, typeText } from '../../../graph/types/type-ref.ts';
import { display, type QualifiedName, quoteIdentifier } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import { isSameTypes } from '../routine/find-routine.ts';

/**
 * How the server's functions spell what the catalogs hold: with a schema only where the search_path does not find the name
 * (src/backend/utils/adt/format_type.c, ruleutils.c, regproc.c).
 */

type Routine = EntityOf<'function'>;

/** format_type(oid, NULL); undefined where the type is not known. */
export function shownType(type: TypeRef, { graph, names }: ReplayContext): string | undefined {
  if (type.isUnresolved === true) return undefined;
  const plain = { ...type, modifiers: [] };
  const entity = type.entity === undefined ? undefined : graph.find(type.entity);
  const name = entity && 'name' in entity && typeof entity.name === 'object' ? entity.name : type.name;
  const visible = names.typeEntity(undefined, name.name);
  if (name.schema === 'pg_catalog') return visible === undefined ? typeText(plain) : undefined;
  const isVisible = entity === undefined ? names.path().includes(name.schema) : visible?.id === entity.id;
  if (entity === undefined && visible !== undefined) return undefined;
  return `${isVisible ? quoteIdentifier(name.name) : display(name)}${type.isArray ? '[]' : ''}`;
}

/** pg_get_function_identity_arguments(): all but the columns of RETURNS TABLE (print_function_arguments()). */
export function identityArguments(routine: Routine, context: ReplayContext): string | undefined {
  // Those of an ordered-set aggregate have ORDER BY among them.
  if (routine.routine === 'aggregate') return undefined;
  const shown = routine.parameters
    .filter(({ mode }) => mode !== 'table')
    .map((each) => {
      const type = shownType(each.type, context);
      const name = each.name === null || each.name === '' ? '' : `${quoteIdentifier(each.name)} `;
      return type === undefined ? undefined : `${modeWord(routine, each)}${name}${type}`;
    });
  return allOf(shown)?.join(', ');
}

function modeWord({ routine }: Routine, { mode }: Parameter): string {
  if (mode === 'in') return routine === 'procedure' ? 'IN ' : '';
  return `${mode.toUpperCase()} `;
}

/** The text of a regprocedure: `f(uuid,text)`. */
export function shownRoutine(routine: Routine, context: ReplayContext): string | undefined {
  const types = allOf(inputTypes(routine).map((each) => shownType(each, context)));
  const found = namesakes(routine, context)?.filter((each) => isSameTypes(inputTypes(each), inputTypes(routine)));
  return types && found && `${shownName(routine.name, found[0]?.id === routine.id)}(${types.join(',')})`;
}

/** The text of a regproc: bare where no other routine on the search_path has the name. */
export function shownRoutineName(routine: Routine, context: ReplayContext): string | undefined {
  const found = namesakes(routine, context);
  return found && shownName(routine.name, found.length === 1 && found[0]?.id === routine.id);
}

/** What the search_path finds by the routine's name; undefined where built-in functions or those of extensions have it too. */
function namesakes({ name: { name } }: Routine, { names, provided }: ReplayContext): readonly Routine[] | undefined {
  const isProvided = names.path().some((schema) => provided.functions(schema, name).length > 0);
  return isProvided || builtinFunctions(name).length > 0 ? undefined : names.functionEntities(undefined, name);
}

/** The text of a regclass, and of a regtype of the user's. */
export function shownObject(type: string, entity: Entity, { graph, names }: ReplayContext): string {
  if (!('name' in entity) || typeof entity.name !== 'object') return graph.path(entity);
  const { name } = entity.name;
  const found = type === 'regtype' ? names.typeEntity(undefined, name) : names.relationEntity(undefined, name);
  return shownName(entity.name, found?.id === entity.id);
}

function shownName(name: QualifiedName, isVisible: boolean): string {
  return isVisible ? quoteIdentifier(name.name) : display(name);
}

function allOf(texts: readonly (string | undefined)[]): readonly string[] | undefined {
  const known = texts.filter((each) => each !== undefined);
  return known.length === texts.length ? known : undefined;
}
