/** Parts of names, so that an index finds a name by any piece of it: pairs of neighbouring characters, and the last one alone. */

/** The parts of a name, each once. A piece of one character begins one of them. */
export function gramsOf(name: string): string[] {
  const characters = Array.from(name);
  return [...new Set(characters.map((one, at) => one + (characters[at + 1] ?? '')))];
}

/** The pairs of which every name with this piece has all; none for a piece of one character. */
export function pairsOf(piece: string): string[] {
  const characters = Array.from(piece);
  return [...new Set(characters.slice(1).map((one, at) => (characters[at] ?? '') + one))];
}
