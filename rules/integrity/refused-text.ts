import {
  cutText,
  defineRule,
  orList,
  quoteIdentifier,
  quoteLiteral,
  type RefusedText,
  refusedTexts,
  relationName,
  SENT_LENGTH,
  withArticle,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'refused-text',
    category: 'integrity',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'A trigger on auth.users puts a text into a column that does not take it, and so the sign-up fails.',
    why: 'What a trigger on auth.users does belongs to the sign-up: where a CHECK or varchar(n) refuses what it makes of an e-mail address, or what was sent as a name, nobody with such an address or name gets an account. The address may have one letter before the @ or 64, and raw_user_meta_data is as long as the client sends it. Supabase Auth answers with no more than "Database error saving new user".',
    remedy:
      'Cut the text off (left(…, 20)), make one that the column takes where it does not (a part of the new id), or have an EXCEPTION handler that goes on without it.',
    scope: [
      'Tried with a short and a long address, and with a text of 100 characters for each key that is read.',
      'Not reported: where the body refuses users itself, asks something that is not known before, or calls a function of the schema for the text, and where a trigger of the table sets the column.',
      'What users send is low: the app may limit it.',
    ],
    messages: {
      address:
        'Whoever signs up as {{address}} is refused: the trigger {{trigger}} puts {{value}} into {{column}}, and {{limit}}. Supabase Auth says no more than "Database error saving new user".',
      sent: 'Whoever signs up with {{keys}} of {{length}} characters is refused: the trigger {{trigger}} puts it into {{column}}, and {{limit}}. Supabase Auth says no more than "Database error saving new user".',
    },
    restsOn: ['existence', 'columns', 'constraints', 'triggers', 'functions'],
    references: [
      'https://www.postgresql.org/docs/current/datatype-character.html',
      'https://supabase.com/docs/guides/auth/managing-user-data',
    ],
  },
  visit: {
    trigger(trigger, { graph, texts, report }) {
      for (const refused of refusedTexts(graph, trigger)) {
        const { column, statement, address, keys, value } = refused;
        const { at } = statement;
        const name = `${relationName(graph, column.relation)}.${quoteIdentifier(column.name)}`;
        const about = {
          entity: trigger,
          ...(at.file === '' ? {} : { origin: { from: 'statement', at } as const }),
          discriminator: name,
          fix: () => cutText(graph, refused, texts),
        } as const;
        const data = { trigger: quoteIdentifier(trigger.name), column: name, limit: limitText(refused) };
        if (address !== null)
          report({ ...about, message: 'address', data: { ...data, address, value: quoteLiteral(value) } });
        else
          report({
            ...about,
            message: 'sent',
            data: { ...data, keys: withArticle(orList(keys)), length: SENT_LENGTH },
            severity: 'low',
          });
      }
    },
  },
});

function limitText({ limit }: RefusedText): string {
  return limit.kind === 'length'
    ? `varchar(${limit.most}) takes no more (22001)`
    : `the CHECK ${quoteIdentifier(limit.check.name)} refuses it (23514)`;
}
