import type { Capability } from '../graph/capability.ts';
import type { Entity, EntityKind, EntityOf } from '../graph/entities/index.ts';
import type { Aspect, Change, Migration, Statement } from '../graph/journal.ts';
import type { Origin } from '../graph/origin.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { SourceLocation } from '../sql/location.ts';
import type { Fix, RelatedPlace } from './finding.ts';
import type { Category, Confidence, Severity } from './severity.ts';

/** What a rule can be shown: each entity that is the user's, each change, file or statement of the history, or the whole once. */
export type Subjects = { readonly [K in EntityKind]: EntityOf<K> } & {
  readonly graph: SchemaGraph;
  readonly change: Change;
  readonly migration: Migration;
  readonly statement: Statement;
};

export type Messages = Readonly<Record<string, string>>;

type Placeholders<T extends string> = T extends `${string}{{${infer Name}}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** Exactly the values a template asks for. */
export type MessageData<T extends string> = { readonly [N in Placeholders<T>]: string | number };

type DataFor<T extends string> = [Placeholders<T>] extends [never]
  ? { readonly data?: undefined }
  : { readonly data: MessageData<T> };

/** What a finding is about: an entity, or (for history) a named thing at a place. */
type About =
  | { readonly entity: Entity; readonly origin?: Origin }
  | { readonly object: { readonly kind: string; readonly name: string }; readonly at: SourceLocation };

export interface FixPart {
  readonly of: Entity;
  readonly fix: () => Fix | undefined;
  /** As that of a report: where that fix is given, this part is left out. */
  readonly mendedWith?: MendedWith;
}

interface MendedWith {
  readonly fixTrusts: readonly Entity[];
  readonly places: readonly RelatedPlace[];
}

interface Details {
  /** Where the facts make it worse or milder than the rule's own severity; the message then says why. */
  readonly severity?: Severity;
  readonly confidence?: Confidence;
  readonly related?: readonly RelatedPlace[];
  /** A function where it is dear to make: called only when someone reads it. */
  readonly fix?: Fix | (() => Fix | undefined);
  /** A fix for each of several entities, which are joined to one: without those that would undo what the fix of another finding writes. */
  readonly fixes?: readonly FixPart[];
  /** The policies that the fix joins or keeps as they stand: none is given where a finding of security is about one of them, which has to be mended first. */
  readonly fixTrusts?: readonly Entity[];
  /** A fix of another finding that mends this as well: where that is given, its place is told in the place of a fix of this one's own. */
  readonly mendedWith?: MendedWith;
  /** Policies of which the finding tells beside its entity: no fix that trusts one of them is given either. */
  readonly alsoAbout?: readonly Entity[];
  /** Rules by whose finding about the same object this is told as well, with a fix that mends both: where there is one, this is left out. */
  readonly toldBy?: readonly string[];
  /** The object of that finding, where it tells of several and this one is not it. */
  readonly toldAbout?: Entity;
  /** Tells findings of one rule and message on one object apart (a policy clause, a column pair). */
  readonly discriminator?: string;
}

export type Report<M extends Messages> = {
  readonly [Id in keyof M & string]: { readonly message: Id } & DataFor<M[Id]>;
}[keyof M & string] &
  About &
  Details;

/** A report as the engine takes it, whatever the rule's messages are. */
export type AnyReport = {
  readonly message: string;
  readonly data?: Readonly<Record<string, string | number>> | undefined;
} & About &
  Details;

/** The settings that rules share, resolved from config, platform and source. */
export interface AuditSettings {
  readonly platform: 'supabase' | 'postgres';
  /** Schemas the API serves (PostgREST); only these are open to client roles. */
  readonly exposedSchemas: readonly string[];
  /** anon, authenticated … and 'public' for PUBLIC. */
  readonly clientRoles: readonly string[];
  /** Columns that name the tenant; empty = inferred. */
  readonly tenantColumns: readonly string[];
  /** The migration tool that runs the files, as detected: 'supabase', 'prisma', 'plain' … */
  readonly migrationTool: string;
  /** Nobody signs up: only the server makes users, as far as the source says. */
  readonly isSignUpOff: boolean;
  /** Users come without an e-mail address (by phone, anonymously, with a wallet), or none do; null where the source does not say. */
  readonly signsUpWithoutEmail: boolean | null;
  /** The file beside the migrations that installs an extension which none of them does, by the extension's name. */
  readonly installedBeside: ReadonlyMap<string, string>;
}

export interface RuleContext<M extends Messages, Options> {
  readonly graph: SchemaGraph;
  /** Empty without the capability `history`. */
  readonly journal: readonly Change[];
  readonly migrations: readonly Migration[];
  readonly statements: readonly Statement[];
  /** Source texts by file, as shown. */
  readonly texts: ReadonlyMap<string, string>;
  readonly settings: AuditSettings;
  readonly options: Options;
  /** What a visit of that kind would be shown, for those who look at all of them together. */
  readonly shown: <K extends EntityKind>(kind: K) => readonly EntityOf<K>[];
  /**
   * Is it to be told of by itself, if at all, whatever else is alike: something not understood may have changed it, or somebody ignores the rule there?
   * @param origin where it would be told; default: where the entity was made
   */
  readonly isApart: (entity: Entity, origin?: Origin) => boolean;
  report(report: Report<M>): void;
}

export interface RuleMeta<M extends Messages> {
  /** Kebab case, the problem as a noun phrase; the file's name. */
  readonly id: string;
  readonly category: Category;
  readonly severity: Severity;
  /** Default `certain`. */
  readonly confidence?: Confidence;
  /** In the preset `recommended`. Default: true for certain rules, false for likely ones. */
  readonly recommended?: boolean;
  /** One sentence: the condition. */
  readonly summary: string;
  /** What happens because of it. */
  readonly why: string;
  /** What to do. */
  readonly remedy: string;
  /** What is reported besides the summary, what is not, and what makes it milder or worse: of each a sentence or two. */
  readonly scope?: readonly string[];
  /** Full sentences with {{placeholders}} that name the object. */
  readonly messages: M;
  readonly needs?: readonly Capability[];
  /** Facts whose state the finding rests on: where something not understood may have changed them, the finding is withheld and counted. */
  readonly restsOn: readonly Aspect[];
  readonly equivalents?: readonly string[];
  /** Links: Postgres docs, peers. */
  readonly references?: readonly string[];
  /** One line for each option, by name: the docs page and the config schema are made from it. */
  readonly optionDocs?: Readonly<Record<string, string>>;
}

/** Default values of a rule's options; their types are the options' types. */
export type RuleOptions = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export type Visitor<M extends Messages, Options> = {
  readonly [S in keyof Subjects]?: (subject: Subjects[S], context: RuleContext<M, Options>) => void;
};

export interface Rule<M extends Messages = Messages, Options extends RuleOptions = RuleOptions> {
  readonly meta: RuleMeta<M>;
  readonly defaults: Options;
  readonly visit: Visitor<M, Options>;
}

/** Default option values get the types people may set: a literal `12` becomes `number`. */
type Widened<T extends RuleOptions> = {
  readonly [K in keyof T]: T[K] extends number
    ? number
    : T[K] extends boolean
      ? boolean
      : T[K] extends string
        ? string
        : readonly string[];
};

/** A rule in any message and option type, as the engine handles it. */
// biome-ignore lint/suspicious/noExplicitAny: a rule is contravariant in its messages; the engine only passes data through.
export type AnyRule = Rule<any, any>;

/** Defines a rule; infers the message templates so that a report must carry just their data, and the options from their defaults. */
export function defineRule<const M extends Messages, const O extends RuleOptions = Record<never, never>>(rule: {
  readonly meta: RuleMeta<M>;
  readonly defaults?: O;
  readonly visit: Visitor<M, Widened<O>>;
}): AnyRule {
  return { defaults: {}, ...rule };
}
