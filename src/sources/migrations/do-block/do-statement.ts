import { compileError } from '../../../sql/plpgsql/compile-error.ts';
import { parsePlpgsqlBody } from '../../../sql/plpgsql.ts';
import type { ReplayContext } from '../context.ts';
import type { Handler } from '../handler.ts';
import { Refusal } from '../refusal.ts';
import { checkDeclarations } from '../routine/check-declarations.ts';
import { Interpreter } from './interpreter.ts';

/** DO: the block is run against the graph. Bodies in other languages are not read. */
export const doStatement: Handler<'DoStmt'> = (node, context) => {
  const { statement, text } = context.running;
  if (statement === null) return;
  const reading = parsePlpgsqlBody(
    { index: statement.index, kind: 'DoStmt', node: { DoStmt: node }, at: statement.at },
    text,
  );
  if (reading === undefined) {
    context.notUnderstood('A DO block in another language than plpgsql is not read.', undefined, {
      aspects: 'anything',
      reach: 'any',
    });
  } else if (reading.ok) {
    const wrong = compileError(reading.block, { name: undefined, parameters: [], result: 'void' });
    if (wrong !== undefined) refuseText(wrong.message, wrong.at.start, context);
    checkDeclarations(reading.block, context);
    new Interpreter(context).run(reading.block);
  } else {
    refuseText(`${reading.message} in a DO block`, reading.at.start, context);
  }
};

function refuseText(message: string, location: number, context: ReplayContext): never {
  throw new Refusal({ type: 'refused', message, at: context.at(location), isOfText: true });
}
