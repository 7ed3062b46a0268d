import type { EntityOf } from '../../../graph/entities/index.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import { display } from '../../../sql/name.ts';
import { replacedText } from '../../../sql/replaced-text.ts';
import { PartialText, UNKNOWN, type Value } from './value.ts';

type Routine = EntityOf<'function'>;

/**
 * What pg_get_functiondef() gives: a CREATE OR REPLACE of which the body is known to the letter, and of the rest the words alone. Migrations change a
 * piece of it with replace() and EXECUTE it.
 */
export class RoutineText extends PartialText {
  /** As it was when its definition was asked for: it may be dropped since. */
  readonly routine: Routine;
  /** Undefined where it is not known any more, or is no text between quotes. */
  readonly body: string | undefined;
  readonly #wordsBefore: ReadonlySet<string>;

  private constructor(of: Routine, body: string | undefined, wordsBefore: ReadonlySet<string>) {
    super([`CREATE OR REPLACE FUNCTION ${display(of.name)}(`, ") RETURNS void LANGUAGE sql AS ''"]);
    this.routine = of;
    this.body = body;
    this.#wordsBefore = wordsBefore;
  }

  static of(routine: Routine, graph: SchemaGraph): RoutineText {
    const isRead = routine.body?.atomic === null && !graph.isDoubtful(routine, ['functions']);
    return new RoutineText(routine, isRead ? routine.body?.text : undefined, wordsBeforeBody(routine, graph));
  }

  /** position(): where it is in the body the number is right in so far as it is more than zero. */
  positionOf(piece: string): Value {
    if (this.body === undefined || piece === '') return UNKNOWN;
    const at = this.body.indexOf(piece);
    if (at >= 0) return at + 1;
    return this.#mayStandBefore(piece) ? UNKNOWN : 0;
  }

  /** replace(): the same routine with another body, which is not known where the piece may stand before it as well. */
  replaced(piece: string, by: string): RoutineText {
    const isCertain = this.body !== undefined && piece !== '' && !this.#mayStandBefore(piece);
    return new RoutineText(
      this.routine,
      isCertain && this.body !== undefined ? replacedText(this.body, piece, by) : undefined,
      this.#wordsBefore,
    );
  }

  /** By something that is not followed. */
  changed(): RoutineText {
    return new RoutineText(this.routine, undefined, this.#wordsBefore);
  }

  #mayStandBefore(piece: string): boolean {
    return !piece.includes(';') && wordsOf(piece).every((each) => this.#wordsBefore.has(each));
  }
}

/** What pg_get_functiondef() writes before the body (src/backend/utils/adt/ruleutils.c), in no order. */
function wordsBeforeBody({ name, parameters, returns, language, config }: Routine, graph: SchemaGraph): Set<string> {
  const types = [...parameters.map(({ type }) => type), ...(returns === null ? [] : [returns])];
  return new Set(
    [
      ...[CLAUSES, name.schema, name.name, language, ...types.map((each) => graph.typeName(each))],
      ...parameters.flatMap((each) => [each.name ?? '', each.default?.text ?? '']),
      ...config.flatMap((each) => [each.name, each.value]),
    ].flatMap(wordsOf),
  );
}

const CLAUSES =
  'create or replace function procedure in out inout variadic default returns table setof transform for type language window immutable stable volatile leakproof strict security definer parallel safe restricted unsafe cost rows support set to as null true false';

/** Of a piece without any, all are known: blanks and signs stand everywhere. Numbers are those of COST and ROWS. */
function wordsOf(text: string): readonly string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).filter((each) => !/^\d+$/.test(each));
}
