/** The three kinds of error a model may throw; anything else is a fault of the program. Models know no HTTP. */

/** Thrown when the user can mend the input: `fields` maps each field to a message key of the catalogue. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly fields: Readonly<Record<string, string>>;
  constructor(fields: Readonly<Record<string, string>>) {
    super(`invalid input: ${Object.keys(fields).join(', ')}`);
    this.fields = fields;
  }
}

/** Thrown when a rule said no. `code` is upper snake case, from the contracts or the models. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Thrown when something the platform depends on failed. `unknown`: it may have been applied. */
export class InfrastructureError extends Error {
  override readonly name = 'InfrastructureError';
  readonly outcome: 'not-applied' | 'unknown';
  constructor(message: string, outcome: 'not-applied' | 'unknown', cause?: unknown) {
    super(message, { cause });
    this.outcome = outcome;
  }
}
