import type { NamePatterns } from './pattern.ts';

/** Names of policies by what they are for, in the notation of `isNamed`; a rule takes a list as the default of an option. */
export const POLICY_NAMES = {
  /** Everybody is meant: public, everyone, and the same in the other languages that policies are written in. */
  open: [
    ...['*_public_*', '*_publicly_*', '*_everyone_*', '*_everybody_*', '*_anyone_*', '*_anybody_*'],
    // Dutch, German, the languages of the north
    ...['*_publiek_*', '*_publieke_*', '*_openbaar_*', '*_openbare_*', '*_iedereen_*'],
    ...['*_öffentlich_*', '*_öffentliche_*', '*_öffentlicher_*', '*_öffentlichen_*', '*_öffentliches_*'],
    ...['*_oeffentlich_*', '*_oeffentliche_*', '*_jeder_*', '*_jedermann_*'],
    ...['*_offentlig_*', '*_offentlige_*', '*_offentligt_*', '*_offentliga_*', '*_julkinen_*'],
    // Spanish, Portuguese, French, Italian, Romanian
    ...['*_público_*', '*_pública_*', '*_públicos_*', '*_públicas_*', '*_públicamente_*', '*_cualquiera_*'],
    ...['*_publico_*', '*_publica_*', '*_publicos_*', '*_publicas_*', '*_publicamente_*'],
    ...['*_publics_*', '*_publique_*', '*_publiques_*', '*_publiquement_*'],
    ...['*_pubblico_*', '*_pubblica_*', '*_pubblici_*', '*_pubbliche_*', '*_chiunque_*'],
    // Polish, Czech, Slovak, Turkish, Indonesian
    ...['*_publiczny_*', '*_publiczna_*', '*_publiczne_*', '*_publicznie_*'],
    ...['*_veřejný_*', '*_veřejná_*', '*_veřejné_*', '*_veřejně_*', '*_verejný_*', '*_verejné_*'],
    ...['*_herkese_*', '*_herkes_*', '*_publik_*'],
  ],
} as const satisfies Record<string, NamePatterns>;
