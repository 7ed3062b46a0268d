/** Identity of an entity, minted once, like an OID: a rename changes a fact, never the id. */
export type EntityId = number & { readonly __entityId: unique symbol };
