/** What a column of an ERP can mean, apart from what each ERP calls it. */
export interface Meaning {
  /** In plain words, for the comment behind a proposed line. */
  readonly words: string;
  /**
   * OData names of the fields that hold it, the likeliest first; an entity has one of them or none.
   * `Customer definitions:Name` stands for that entity only.
   */
  readonly fields: readonly string[];
  /** How sure it is that the field holds just this, from 0 to 1; 1 unless said otherwise. */
  readonly certainty?: number;
}
