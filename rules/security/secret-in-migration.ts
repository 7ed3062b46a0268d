import {
  anotherAt,
  brief,
  cipherKeys,
  counted,
  defineRule,
  fileName,
  groupedBy,
  type SourceLocation,
  secretsIn,
  withBodyPlace,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'secret-in-migration',
    category: 'security',
    severity: 'critical',
    summary: 'A live credential stands in a migration.',
    why: 'Migrations are kept in the repository for ever, and what they write into a function or a scheduled job can be read from the catalog as well: pg_proc and cron.job show it in plain text. Whoever has read either once has the key.',
    remedy:
      'Make the key invalid where it was made (rotate it), and give the new one to Vault: select vault.create_secret(…, name), and in the function select decrypted_secret from vault.decrypted_secrets where name = …. Taking the line out of the file does not take it out of the history. What was encrypted with such a key is to be encrypted anew.',
    scope: [
      "Only what tells by itself what it is: the service_role token of a Supabase project (not anon's, which is public, nor the demonstration's), secret keys and tokens of well-known providers, private keys. No report prints them.",
      'The key that a routine gives pgp_sym_encrypt() or pgp_sym_decrypt() as a constant, also by way of a variable.',
    ],
    messages: {
      found:
        '{{file}} holds {{what}}{{more}}: whoever can read the repository or the catalog has it. Rotate it: taking the line away is not enough.',
      cipher:
        '{{routine}}() {{does}} data with a key that stands in its body{{other}}{{more}}: whoever can read the repository or the catalog, which holds every body, can read what was encrypted with it.',
    },
    needs: ['history'],
    restsOn: ['functions'],
    references: ['https://supabase.com/docs/guides/database/vault', 'https://supabase.com/docs/guides/api/api-keys'],
  },
  visit: {
    graph(graph, { migrations, texts, report }) {
      for (const [first, ...others] of groupedBy(cipherKeys(graph), ({ key }) => key).values()) {
        if (first === undefined) continue;
        report({
          ...withBodyPlace(first.routine),
          message: 'cipher',
          data: {
            routine: brief(first.routine.name),
            does: first.seals ? 'encrypts' : 'decrypts',
            other: first.isOneOfSeveral ? ', where it finds no other' : '',
            more:
              others.length === 0
                ? ''
                : `, as ${counted(others.length, 'more routine')} ${others.length === 1 ? 'does' : 'do'}`,
          },
          related: others.flatMap(({ routine }) =>
            anotherAt({ ...routine, ...withBodyPlace(routine) }, `${brief(routine.name)}() as well`),
          ),
        });
      }
      const places = new Map<string, { readonly what: string; readonly at: SourceLocation[] }>();
      for (const { at } of migrations) {
        for (const { of, text, start, end } of secretsIn(texts.get(at.file) ?? '')) {
          const known = places.get(text) ?? { what: of, at: [] };
          known.at.push({ file: at.file, start, end });
          places.set(text, known);
        }
      }
      for (const { what, at } of places.values()) {
        const [first, ...others] = at;
        if (first === undefined) continue;
        report({
          object: { kind: 'migration', name: first.file },
          at: first,
          message: 'found',
          data: {
            file: fileName(first),
            what,
            more:
              others.length === 0
                ? ''
                : `, as ${others.length === 1 ? 'one more place does' : `${others.length} more places do`}`,
          },
          related: others.slice(0, 3).map((each) => ({ note: 'here as well', at: each })),
        });
      }
    },
  },
});
