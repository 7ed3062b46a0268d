import type { BoundFunction } from '../../../graph/binding/name-source.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { extensionContents } from '../../../platform/extensions.ts';
import type { ReplayContext } from '../context.ts';
import { superuserOf } from '../privileges/authority.ts';

/**
 * The function of an installed extension that a trigger calls (moddatetime(), http_request()), as an entity, which it becomes
 * when something of the graph first depends on it.
 */
export function extensionTriggerFunction(
  schema: string | undefined,
  name: string,
  context: ReplayContext,
): EntityOf<'function'> | undefined {
  for (const each of schema === undefined ? context.names.path() : [schema]) {
    for (const extension of context.graph.ofKind('extension')) {
      const home = extension.schema === null ? '' : context.graph.get('schema', extension.schema).name;
      const found = extensionContents(extension.name, home)?.functionsNamed({ schema: each, name }) ?? [];
      const called = found.find((one) => one.arguments.length === 0);
      if (called) return create(called, extension, context);
    }
  }
  return undefined;
}

function create(
  { name, returns, volatility }: BoundFunction,
  extension: EntityOf<'extension'>,
  context: ReplayContext,
): EntityOf<'function'> {
  const { session } = context;
  const role = session.role;
  session.role = superuserOf(context);
  const acl = context.initialAcl('function', name.schema);
  const owner = session.role;
  session.role = role;
  return context.builder.create(
    {
      kind: 'function',
      name,
      routine: 'function',
      parameters: [],
      returns: returns ?? null,
      returnsSet: false,
      language: 'c',
      security: 'invoker',
      volatility: volatility ?? 'volatile',
      isStrict: false,
      isLeakproof: false,
      parallel: 'unsafe',
      config: [],
      body: null,
      owner,
      acl,
      extension: extension.id,
    },
    context.by,
  );
}
