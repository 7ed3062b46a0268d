/**
 * Functions that schemas call by their bare name, by the extension that brings them: a sample of what people use, from the
 * extensions' pages in Postgres' docs (appendix F) and pgvector's README. A finished graph holds the extensions, not their functions.
 */
const EXTENSION_FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  pgcrypto: [
    ...['gen_random_bytes', 'gen_salt', 'crypt', 'digest', 'hmac', 'encrypt', 'decrypt', 'encrypt_iv', 'decrypt_iv'],
    ...['pgp_sym_encrypt', 'pgp_sym_decrypt', 'pgp_sym_encrypt_bytea', 'pgp_sym_decrypt_bytea', 'pgp_pub_encrypt'],
    ...['pgp_pub_decrypt', 'armor', 'dearmor'],
  ],
  'uuid-ossp': ['uuid_generate_v1', 'uuid_generate_v1mc', 'uuid_generate_v3', 'uuid_generate_v4', 'uuid_generate_v5'],
  pg_trgm: ['similarity', 'word_similarity', 'strict_word_similarity', 'show_trgm', 'set_limit'],
  unaccent: ['unaccent'],
  fuzzystrmatch: ['levenshtein', 'levenshtein_less_equal', 'soundex', 'metaphone', 'dmetaphone', 'daitch_mokotoff'],
  vector: [
    'cosine_distance',
    'l2_distance',
    'l1_distance',
    'inner_product',
    'vector_dims',
    'l2_normalize',
    'subvector',
  ],
  tablefunc: ['crosstab', 'connectby', 'normal_rand'],
};

/** The extensions that bring a function of this name. */
export function extensionsWith(name: string): readonly string[] {
  return Object.keys(EXTENSION_FUNCTIONS).filter((each) => EXTENSION_FUNCTIONS[each]?.includes(name) === true);
}
